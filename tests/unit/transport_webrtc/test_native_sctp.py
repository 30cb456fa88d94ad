"""Association: what of our frames goes into packets, and when. The network is a list."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcsctptransport import (
    SCTP_MAX_PACKET_LENGTH,
    SCTP_TSN_MODULO,
    USERDATA_MAX_LENGTH,
    WEBRTC_BINARY,
    Chunk,
    DataChunk,
    RTCSctpTransport,
    SackChunk,
    parse_packet,
    serialize_packet,
)

from transport_webrtc.native_ending import close
from transport_webrtc.native_sctp import FLIGHT_LIMIT, LOW_WATER, Association

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
        if self.broken:
            raise ConnectionError("closed")
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


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    made = Line()
    # Tests count on it that numbers do not start again in their middle.
    made.association._local_tsn = 1000
    made.association._last_sacked_tsn = made.association._acknowledged_tsn = 999
    yield made
    await close(made.connection, made.association)


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_frames_of_one_turn_share_packets(line: Line) -> None:
    frames = [bytes([number]) * 100 for number in range(10)]
    for frame in frames:
        line.association.send(frame)
    assert line.packets == [], "nothing happens inside send"
    await turn()
    assert line.sent() == frames
    assert [len(packet) for packet in line.packets] == [10]
    assert len(line.packets) == 1


async def test_large_frames_go_in_full_packets(line: Line) -> None:
    line.association.send(bytes(3 * USERDATA_MAX_LENGTH))
    await turn()
    assert [len(chunk) for chunk in line.sent()] == 3 * [USERDATA_MAX_LENGTH]


async def test_an_answer_goes_with_the_acknowledgement_and_behind_it(line: Line) -> None:
    line.answer = b"answer"
    await line.arrives(data(100, b"question"))
    (packet,) = line.packets
    assert [type(chunk) for chunk in packet] == [SackChunk, DataChunk]
    assert line.received == [b"question"]
    assert line.sent() == [b"answer"]


async def test_data_and_acknowledgement_that_come_together(line: Line) -> None:
    line.association.send(b"ours")
    await turn()
    sack = SackChunk()
    sack.cumulative_tsn, sack.advertised_rwnd = 1000, 2**20
    await line.arrives(sack, data(100, b"theirs"), data(101, b"more"))
    assert line.received == [b"theirs", b"more"]
    assert line.association.flight.bytes == 0
    assert sum(isinstance(chunk, SackChunk) for packet in line.packets for chunk in packet) == 1


async def test_what_is_no_binary_message_on_our_channel_is_an_empty_frame(line: Line) -> None:
    await line.arrives(data(100, b"text", kind=51))
    await line.arrives(data(101, b"\x03", kind=50))  # another channel is to be opened
    await line.arrives(data(102, b"x", stream=1))
    assert line.received == 3 * [b""]


async def test_no_more_than_the_limit_is_on_the_network(line: Line) -> None:
    frame = bytes(50 * USERDATA_MAX_LENGTH)
    for _ in range(20):
        line.association.send(frame)
    await turn()
    most = 0
    while line.association.flight.bytes:
        most = max(most, line.association._flight_size)
        await line.acknowledge(line.association._sent_queue[0].tsn)
    assert FLIGHT_LIMIT // 2 < most <= FLIGHT_LIMIT + 4 * USERDATA_MAX_LENGTH
    assert sum(map(len, line.sent())) == 20 * len(frame)


async def all_arrives(line: Line) -> None:
    while line.association.flight.bytes:
        await line.acknowledge()


async def test_it_tells_once_that_little_is_left(line: Line) -> None:
    for _ in range(2):
        line.association.send(bytes(LOW_WATER))
    await turn()
    await all_arrives(line)
    assert [left <= LOW_WATER for left in line.drained_at] == [True]


async def test_it_says_nothing_where_it_was_little_all_the_time(line: Line) -> None:
    line.association.send(bytes(LOW_WATER))
    await turn()
    await all_arrives(line)
    assert line.drained_at == []


async def test_what_is_not_acknowledged_is_sent_again(line: Line) -> None:
    for payload in b"one", b"two":
        line.association.send(payload)
    await turn()
    line.association._t3_expired()
    await turn()
    assert line.sent() == [b"one", b"two", b"one", b"two"]
    await line.acknowledge()
    line.association.send(b"three")
    await turn()
    assert line.sent()[4:] == [b"three"]
    assert not line.association._lossy


async def test_what_a_gap_shows_to_be_lost_is_sent_again(line: Line) -> None:
    for number in range(6):
        line.association.send(bytes([number]))
        await turn()
    for last in 2, 3, 4:
        sack = SackChunk()
        sack.cumulative_tsn, sack.advertised_rwnd, sack.gaps = 999, 2**20, [(2, last + 1)]
        await line.arrives(sack)
    assert line.sent()[6:] == [b"\x00"]


async def test_a_connection_that_ends_is_a_packet_lost(line: Line) -> None:
    line.broken = True
    line.association.send(b"into the void")
    await turn()
    assert line.association.flight.bytes == 13


async def test_a_lost_packet_is_waited_for_less_than_a_second(line: Line) -> None:
    line.association._update_rto(0.001)
    assert line.association._rto == 0.2
    line.association._update_rto(5.0)
    assert 1 < line.association._rto < 60


async def test_numbers_that_start_again_do_no_harm(line: Line) -> None:
    association = line.association
    association._local_tsn = SCTP_TSN_MODULO - 1
    association._last_sacked_tsn = association._acknowledged_tsn = SCTP_TSN_MODULO - 2
    for payload in b"last", b"first":
        association.send(payload)
    await turn()
    sack = SackChunk()
    sack.cumulative_tsn, sack.advertised_rwnd = 0, 2**20
    await line.arrives(sack)
    assert association.flight.bytes == 0


async def test_other_connections_in_the_process_stay_as_they_are(line: Line) -> None:
    other = RTCPeerConnection(RTCConfiguration([]))
    other.createDataChannel("another's")
    assert type(other.sctp) is RTCSctpTransport
    assert type(line.connection.sctp) is Association
    await other.close()
