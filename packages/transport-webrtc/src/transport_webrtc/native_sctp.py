"""aiortc's SCTP for our one channel: bounded, bundled, and quiet at its end.

By itself it takes whatever it is given, does not say what has arrived, sends a packet for each
message and each acknowledgement, looks through everything on its way for each of them, and lets
errors of a closing connection out of tasks that nobody looks at.

Written for aiortc 1.16. Only the association of our own connection is made one of this kind, so
that others who use aiortc in this process find it as it is.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from aiortc import RTCDataChannel, RTCPeerConnection
from aiortc.rtcsctptransport import (
    SCTP_COMMON_HEADER_LENGTH,
    SCTP_MAX_PACKET_LENGTH,
    SCTP_RTO_MAX,
    SCTP_TSN_MODULO,
    USERDATA_MAX_LENGTH,
    WEBRTC_BINARY,
    Chunk,
    DataChunk,
    RTCSctpTransport,
    SackChunk,
)

from transport_webrtc.native_flight import Flight

FLIGHT_LIMIT = 128 * 2**10
"""Bytes that may be on the network at a time. aiortc ignores how much the peer can take."""

LOW_WATER = 64 * 2**10
"""Bytes not acknowledged at which it is time for more; the pace limit of a link lies above."""

_RTO_MIN = 0.2
"""Seconds after which a packet is taken for lost, at least. aiortc has the one second of the RFC,
and where a packet in a hundred is lost that is what one message in a hundred takes."""

_ROOM = SCTP_MAX_PACKET_LENGTH - SCTP_COMMON_HEADER_LENGTH


class _Bundle(Chunk):
    """Several chunks in one packet (RFC 9260, section 6.10)."""

    def __init__(self, chunks: list[bytes]) -> None:
        super().__init__()
        self._chunks = chunks

    def __bytes__(self) -> bytes:
        return b"".join(self._chunks)


class Association(RTCSctpTransport):
    """The association of a connection that has made its one channel: `Association.of` adopts it.

    The owner sets `received`, which gets each frame, an empty one for whatever is none, and
    `drained`, which is called when little of what was sent is not acknowledged any more.
    """

    received: Callable[[bytes], None]
    drained: Callable[[], None]
    flight: Flight
    _channel: RTCDataChannel
    _acknowledged_tsn: int
    _lossy: bool
    _bundled_chunks: list[bytes]
    _bundled_size: int
    _gathering: bool
    _flushing: asyncio.Task[None] | None

    @classmethod
    def of(cls, connection: RTCPeerConnection, channel: RTCDataChannel) -> "Association":
        """Makes the association of a connection one of this kind. aiortc lets nobody choose."""
        sctp = connection.sctp
        sctp.__class__ = cls
        assert isinstance(sctp, Association)
        sctp.flight = Flight(USERDATA_MAX_LENGTH)
        sctp._channel = channel
        sctp._acknowledged_tsn = sctp._last_sacked_tsn
        sctp._lossy = False
        sctp._bundled_chunks = []
        sctp._bundled_size = 0
        sctp._gathering = False
        sctp._flushing = None
        return sctp

    def send(self, frame: bytes) -> None:
        """Sends a frame on the channel: at once while a packet is handled, or in the next turn."""
        self.flight.sent(len(frame))
        self._channel._addBufferedAmount(len(frame))
        self._data_channel_queue.append((self._channel, WEBRTC_BINARY, frame))
        if self._flushing is None and not self._gathering:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    # ------------------------------------------------------------------------------------ bundling
    # While we gather, nothing below really waits: chunks end in a list.

    async def _flush(self) -> None:
        self._flushing = None
        self._gathering = True
        try:
            await self._data_channel_flush()
        finally:
            self._gathering = False
        await self._send_bundle()

    async def _handle_data(self, data: bytes) -> None:
        self._gathering = True
        try:
            await super()._handle_data(data)
            # What was sent from inside `received` or `drained` travels with the acknowledgement.
            if self._data_channel_queue:
                await self._data_channel_flush()
        finally:
            self._gathering = False
        await self._send_bundle()

    async def _send_chunk(self, chunk: Chunk) -> None:
        if self._gathering and isinstance(chunk, DataChunk | SackChunk):
            data = bytes(chunk)
            if self._bundled_size + len(data) > _ROOM:
                await self._send_bundle()
            # Control chunks go first. There is one acknowledgement to a packet that came.
            place = 0 if isinstance(chunk, SackChunk) else len(self._bundled_chunks)
            self._bundled_chunks.insert(place, data)
            self._bundled_size += len(data)
        else:
            await self._send_bundle()
            await self._send_alone(chunk)

    async def _send_bundle(self) -> None:
        chunks = self._bundled_chunks
        if chunks:
            self._bundled_chunks = []
            self._bundled_size = 0
            await self._send_alone(_Bundle(chunks))

    async def _send_alone(self, chunk: Chunk) -> None:
        try:
            await super()._send_chunk(chunk)
        except ConnectionError:
            # As if the packet were lost. The end of the connection is reported elsewhere.
            return

    # -------------------------------------------------------------------------- what is on its way

    async def _transmit(self) -> None:
        if self._lossy:
            await super()._transmit()
            self._lossy = any(chunk._retransmit for chunk in self._sent_queue)
            return
        # Nothing is to be sent again, so it need not look for that in all that is on its way.
        sent, self._sent_queue = self._sent_queue, deque()
        try:
            await super()._transmit()
        finally:
            sent.extend(self._sent_queue)
            self._sent_queue = sent

    def _t3_expired(self) -> None:
        self._lossy = True
        super()._t3_expired()

    async def _receive_sack_chunk(self, chunk: SackChunk) -> None:
        if chunk.gaps:
            self._lossy = True
        await super()._receive_sack_chunk(chunk)
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

    async def _receive(self, stream_id: int, pp_id: int, data: bytes) -> None:
        ours = pp_id == WEBRTC_BINARY and stream_id == self._channel.id
        self.received(data if ours else b"")
