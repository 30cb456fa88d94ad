"""An established association whose network is a list, for the tests of the native backend."""

import asyncio
from collections.abc import Sequence

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcsctptransport import (
    SCTP_MAX_PACKET_LENGTH,
    WEBRTC_BINARY,
    Chunk,
    DataChunk,
    RTCSctpTransport,
    SackChunk,
    parse_packet,
    serialize_packet,
)

from transport_webrtc.native_sctp import Association

TAG = 7


class Several(Chunk):
    """Chunks in one packet."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        super().__init__()
        self._chunks = chunks

    def __bytes__(self) -> bytes:
        return b"".join(map(bytes, self._chunks))


class Line:
    """An established association, and what it puts on the network."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration([]))
        channel = self.connection.createDataChannel("test", negotiated=True, id=0)
        self.association = Association.of(self.connection, channel)
        self.association.received = self.received_frame
        self.association.drained = self.drained
        self.association.transport._send_data = self.send  # type: ignore[method-assign]
        self.association.packets.put = self.put
        self.association._remote_port = 5000
        self.association._local_verification_tag = TAG
        self.association._last_received_tsn = 99
        self.association._ssthresh = 2**30
        self.association._association_state = RTCSctpTransport.State.ESTABLISHED
        self.packets: list[list[Chunk]] = []
        self.received: list[bytes] = []
        self.drained_at: list[int] = []
        self.broken = False
        self.answer: bytes | None = None

    async def send(self, data: bytes) -> None:
        """What aiortc sends."""
        if self.broken:
            raise ConnectionError("closed")
        self.put(data)

    def put(self, data: bytes) -> None:
        assert len(data) <= SCTP_MAX_PACKET_LENGTH
        self.packets.append(parse_packet(data)[3])

    def received_frame(self, frame: bytes) -> None:
        self.received.append(frame)
        if self.answer is not None:
            self.association.send(self.answer)

    def drained(self) -> None:
        self.drained_at.append(self.association.flight.bytes)

    def sent(self) -> list[bytes]:
        """What is in the data chunks, in the order they were sent."""
        return [
            chunk.user_data
            for packet in self.packets
            for chunk in packet
            if isinstance(chunk, DataChunk)
        ]

    async def arrives(self, *chunks: Chunk) -> None:
        """A packet comes from the peer."""
        packet = serialize_packet(5000, 5000, TAG, Several(chunks))
        await self.association._handle_data(packet)
        await turn()

    async def acknowledge(self, tsn: int | None = None) -> None:
        """The peer has everything up to this, or everything that was sent."""
        sack = SackChunk()
        sack.cumulative_tsn = tsn or max(
            chunk.tsn for packet in self.packets for chunk in packet if isinstance(chunk, DataChunk)
        )
        sack.advertised_rwnd = 2**20
        await self.arrives(sack)


def data(tsn: int, payload: bytes, *, kind: int = WEBRTC_BINARY, stream: int = 0) -> DataChunk:
    """A message of the peer in one chunk; those of our channel come first and count from 100."""
    chunk = DataChunk(flags=3)
    chunk.tsn, chunk.stream_id, chunk.stream_seq = tsn, stream, 0 if stream else tsn - 100
    chunk.protocol, chunk.user_data = kind, payload
    return chunk


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)
