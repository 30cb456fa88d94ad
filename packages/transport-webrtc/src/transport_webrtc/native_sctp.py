"""aiortc's SCTP for our one channel: bounded, quiet at its end, and mostly gone around.

By itself it takes whatever it is given, does not say what has arrived, sends a packet for each
message and each acknowledgement, looks through everything on its way for each of them, and lets
errors of a closing connection out of tasks that nobody looks at. `native_packets` has the short
way; what remains aiortc's is mended here.

Written for aiortc 1.16. Only the association of our own connection is made one of this kind, so
that others who use aiortc in this process find it as it is.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from math import inf

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
from transport_webrtc.native_packets import Packets

FLIGHT_LIMIT = 128 * 2**10
"""Bytes that may be on the network at a time. aiortc ignores how much the peer can take."""

LOW_WATER = 64 * 2**10
"""Bytes not acknowledged at which it is time for more; the pace limit of a link lies above."""

_RTO_MIN = 0.2
"""Seconds after which a packet is taken for lost, at least. aiortc has the one second of the RFC,
and where a packet in a hundred is lost that is what one message in a hundred takes."""


class Association(RTCSctpTransport):
    """The association of a connection that has made its one channel: `Association.of` adopts it.

    The owner sets `received`, which gets each frame, an empty one for whatever is none, and
    `drained`, which is called when little of what was sent is not acknowledged any more.
    """

    received: Callable[[bytes], None]
    drained: Callable[[], None]
    flight: Flight
    packets: Packets
    loop: asyncio.AbstractEventLoop
    _channel: RTCDataChannel
    _acknowledged_tsn: int
    expires: float
    """When T3 does: infinite while nothing is on its way."""

    @classmethod
    def of(cls, connection: RTCPeerConnection, channel: RTCDataChannel) -> "Association":
        """Makes the association of a connection one of this kind. aiortc lets nobody choose."""
        sctp = connection.sctp
        sctp.__class__ = cls
        assert isinstance(sctp, Association)
        sctp.flight = Flight(USERDATA_MAX_LENGTH)
        sctp._channel = channel
        sctp._acknowledged_tsn = sctp._last_sacked_tsn
        sctp.loop = asyncio.get_running_loop()
        sctp.expires = inf
        sctp.packets = Packets(sctp, channel)
        return sctp

    def send(self, frame: bytes) -> None:
        """Sends a frame on the channel: see `Packets.send`."""
        self.flight.sent(len(frame))
        self.packets.send(frame)

    def take(self, packet: bytes) -> None:
        """A packet has come, another way than through aiortc."""
        if not self.packets.take(packet):
            self.packets.start(super()._handle_data(packet))

    async def _handle_data(self, data: bytes) -> None:
        if not self.packets.take(data):
            await super()._handle_data(data)

    async def _send_chunk(self, chunk: Chunk) -> None:
        if isinstance(chunk, SackChunk):
            self.packets.unacknowledged = 0
        try:
            await super()._send_chunk(chunk)
        except ConnectionError:
            # As if the packet were lost. The end of the connection is reported elsewhere.
            return

    # -------------------------------------------------------------------------- what is on its way

    async def _transmit(self) -> None:
        if self.packets.lossy:
            await super()._transmit()
            self._see_to_t3()
            self._look_for_losses()
            return
        # Nothing is to be sent again, so it need not look for that in all that is on its way.
        sent, self._sent_queue = self._sent_queue, deque()
        try:
            await super()._transmit()
        finally:
            sent.extend(self._sent_queue)
            self._sent_queue = sent
            self._see_to_t3()

    def _see_to_t3(self) -> None:
        """Set T3 if need be: aiortc looks for a timer, and ours may be there and not be set."""
        if self._sent_queue and self.expires == inf:
            self._t3_start()

    def _look_for_losses(self) -> None:
        last: int | None = self._fast_recovery_exit  # which its annotation leaves out
        self.packets.lossy = last is not None or any(
            chunk._retransmit or chunk._acked for chunk in self._sent_queue
        )

    # T3 is set, moved and taken back for each packet and acknowledgement: a time does that, and the
    # timer under it goes off early and is set again.

    def _t3_start(self) -> None:
        self.expires = self.loop.time() + self._rto
        if self._t3_handle is None:
            self._t3_handle = self.loop.call_at(self.expires, self._on_t3_timer)

    def _t3_restart(self) -> None:
        self._t3_start()

    def _t3_cancel(self) -> None:
        self.expires = inf
        if self._association_state is not RTCSctpTransport.State.ESTABLISHED:
            super()._t3_cancel()

    def _on_t3_timer(self) -> None:
        self._t3_handle = None
        if self.expires <= self.loop.time():
            self.expires = inf
            self._t3_expired()
        elif self.expires < inf:
            self._t3_handle = self.loop.call_at(self.expires, self._on_t3_timer)

    def _t3_expired(self) -> None:
        self.packets.lossy = True
        super()._t3_expired()

    async def _receive_sack_chunk(self, chunk: SackChunk) -> None:
        if chunk.gaps:
            self.packets.lossy = True
        await super()._receive_sack_chunk(chunk)
        self.on_acknowledged()

    def on_acknowledged(self) -> None:
        """The peer has more than before."""
        self._cwnd = min(self._cwnd, FLIGHT_LIMIT)
        flight = self.flight
        before = flight.bytes
        flight.acknowledged((self._last_sacked_tsn - self._acknowledged_tsn) % SCTP_TSN_MODULO)
        self._acknowledged_tsn = self._last_sacked_tsn
        if flight.bytes <= LOW_WATER < before:
            self.drained()

    def _update_rto(self, R: float) -> None:  # noqa: N803 - its name in aiortc and in the RFC
        super()._update_rto(R)
        if self._srtt is not None and self._rttvar is not None:
            self._rto = max(_RTO_MIN, min(self._srtt + 4 * self._rttvar, SCTP_RTO_MAX))

    # ----------------------------------------------------------------------------------- receiving

    def _mark_received(self, tsn: int) -> bool:
        had: bool = super()._mark_received(tsn)
        # aiortc goes through those that came out of order by their numbers, of which the first may
        # be above the last: these start again at 0. Then the peer never heard that it has them.
        last = self._last_received_tsn
        assert last is not None, "there was a handshake"
        while (tsn := (last + 1) % SCTP_TSN_MODULO) in self._sack_misordered:
            self._sack_misordered.remove(tsn)
            last = self._last_received_tsn = tsn
        return had

    async def _receive(self, stream_id: int, pp_id: int, data: bytes) -> None:
        ours = pp_id == WEBRTC_BINARY and stream_id == self._channel.id
        self.received(data if ours else b"")
