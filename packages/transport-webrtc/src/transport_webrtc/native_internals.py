"""All that we need of aiortc's inside, for one connection.

By itself its SCTP takes whatever it is given, does not say what has arrived, and leaves things
behind. Written for aiortc 1.16. Only the objects of our own connection are touched, so that others
who use aiortc in this process find it as it is.
"""

import asyncio
import socket
from collections.abc import Callable

from aiortc import RTCDataChannel, RTCPeerConnection
from aiortc.rtcsctptransport import (
    SCTP_RTO_MAX,
    SCTP_TSN_MODULO,
    USERDATA_MAX_LENGTH,
    WEBRTC_BINARY,
    Chunk,
    RTCSctpTransport,
    SackChunk,
)

from transport_webrtc.native_flight import Flight

FLIGHT_LIMIT = 128 * 2**10
"""Bytes that SCTP may have on the network at a time. It ignores how much the peer can take, and the
more are on their way the more each packet costs it."""

LOW_WATER = 64 * 2**10
"""Bytes not acknowledged at which it is time for more; the pace limit of a link lies above."""

_SOCKET_BUFFER = 4 * 2**20
"""Bytes that the kernel keeps for each of our UDP sockets, if it is allowed to. aiortc reads a
packet a turn of the loop: a quarter of a megabyte overflows in a burst."""

_RTO_MIN = 0.2
"""Seconds after which a packet is taken for lost, at least. aiortc has the one second of the RFC,
and where a packet in a hundred is lost that is what one message in a hundred takes."""

_CLOSE_PATIENCE = 1.0
"""Seconds for a close in good order, which may hang while the network is down."""

_CHECK_PACE = 0.05
"""Seconds, and more than the pause that ICE makes between checks: what was under way then ends."""


class Association:
    """The SCTP association of a connection that has made its one data channel.

    :param drained: is called when little of what was sent is not acknowledged any more.
    """

    def __init__(
        self,
        connection: RTCPeerConnection,
        channel: RTCDataChannel,
        drained: Callable[[], None],
    ) -> None:
        sctp = connection.sctp
        assert sctp is not None, "a channel was made"
        self._connection = connection
        self._channel = channel
        self._sctp: RTCSctpTransport = sctp
        self._drained = drained
        self._flight = Flight(USERDATA_MAX_LENGTH)
        self._acknowledged_tsn = sctp._last_sacked_tsn
        self._flushing: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._receive_sack = sctp._receive_sack_chunk
        self._send_chunk = sctp._send_chunk
        self._update_rto = sctp._update_rto
        # In place of the class's, for this one object.
        sctp._receive_sack_chunk = self._on_sack  # type: ignore[method-assign]
        sctp._send_chunk = self._on_send_chunk  # type: ignore[method-assign]
        sctp._update_rto = self._on_round_trip  # type: ignore[method-assign]

    def send(self, frame: bytes) -> None:
        """Sends a frame on the open channel, in the next turn of the loop.

        `RTCDataChannel.send` does the same with a task for each frame.
        """
        self._flight.sent(len(frame))
        self._channel._addBufferedAmount(len(frame))
        self._sctp._data_channel_queue.append((self._channel, WEBRTC_BINARY, frame))
        if self._flushing is None:
            self._flushing = self._loop.create_task(self._flush())

    @property
    def outstanding(self) -> int:
        """Bytes sent and not acknowledged by the peer."""
        return self._flight.bytes

    def widen(self) -> None:
        """Gives the sockets a buffer that takes a burst. To be called when they are there."""
        for protocol in self._sctp.transport.transport._connection._protocols:
            opened = protocol.transport.get_extra_info("socket")
            if opened is not None:  # a relay's has no socket of its own
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER)

    async def close(self) -> None:
        """Closes the connection and leaves nothing behind. Once, and never to be cancelled.

        No negotiation may be under way: cut short it leaves sockets behind.
        """
        closing = asyncio.create_task(self._connection.close())
        _, pending = await asyncio.wait({closing}, timeout=_CLOSE_PATIENCE)
        if pending:
            self._abort_sockets()
            await asyncio.wait({closing}, timeout=_CLOSE_PATIENCE)
            closing.cancel()
            await asyncio.wait({closing})
        ice = self._sctp.transport.transport._connection
        if ice._query_consent_task is None:
            # It was never connected, or is in the middle of it, and would begin to ask for consent.
            await asyncio.sleep(_CHECK_PACE)
        if ice._query_consent_task is not None:
            ice._query_consent_task.cancel()
            await asyncio.wait({ice._query_consent_task})
        await self._sctp.stop()  # once more, in case it was begun in the meantime

    def _abort_sockets(self) -> None:
        for protocol in self._sctp.transport.transport._connection._protocols:
            transport = protocol.transport
            relay = getattr(transport, "_TurnTransport__inner_protocol", None)
            (transport if relay is None else relay.transport).abort()

    async def _flush(self) -> None:
        self._flushing = None
        await self._sctp._data_channel_flush()

    async def _on_sack(self, chunk: SackChunk) -> None:
        sctp = self._sctp
        await self._receive_sack(chunk)
        sctp._cwnd = min(sctp._cwnd, FLIGHT_LIMIT)
        flight = self._flight
        before = flight.bytes
        tsn = sctp._last_sacked_tsn
        flight.acknowledged((tsn - self._acknowledged_tsn) % SCTP_TSN_MODULO)
        self._acknowledged_tsn = tsn
        if flight.bytes <= LOW_WATER < before:
            self._drained()

    async def _on_send_chunk(self, chunk: Chunk) -> None:
        try:
            await self._send_chunk(chunk)
        except ConnectionError:
            # As if the packet were lost. The end of the connection is reported elsewhere; from here
            # it would come out of tasks that nobody looks at.
            return

    def _on_round_trip(self, R: float) -> None:  # noqa: N803 - its name in aiortc and in the RFC
        self._update_rto(R)
        sctp = self._sctp
        if sctp._srtt is not None and sctp._rttvar is not None:
            rto = sctp._srtt + 4 * sctp._rttvar
            sctp._rto = max(_RTO_MIN, min(rto, SCTP_RTO_MAX))
