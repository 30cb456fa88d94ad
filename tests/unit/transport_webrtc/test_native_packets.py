"""Packets: what goes the short way, what does not, and that the two fit together."""

import asyncio

import pytest
from aiortc.rtcsctptransport import (
    SCTP_DATA_FIRST_FRAG,
    SCTP_DATA_LAST_FRAG,
    USERDATA_MAX_LENGTH,
    Chunk,
    DataChunk,
    SackChunk,
    serialize_packet,
)

from tests.unit.transport_webrtc.line import TAG, Line, data, turn
from transport_webrtc.native_packets import BURST


def piece(tsn: int, payload: bytes, flags: int) -> DataChunk:
    """A piece of the first message."""
    chunk = data(tsn, payload)
    chunk.flags, chunk.stream_seq = flags, 0
    return chunk


def sack(tsn: int) -> SackChunk:
    chunk = SackChunk()
    chunk.cumulative_tsn, chunk.advertised_rwnd = tsn, 2**20
    return chunk


def acknowledged(line: Line) -> list[int]:
    """What the acknowledgements say that were sent."""
    return [
        chunk.cumulative_tsn
        for packet in line.packets
        for chunk in packet
        if isinstance(chunk, SackChunk)
    ]


@pytest.fixture
def given_away(line: Line) -> list[Chunk]:
    """The chunks that aiortc takes."""
    taken: list[Chunk] = []
    receive = line.association._receive_chunk

    async def note(chunk: Chunk) -> None:
        taken.append(chunk)
        await receive(chunk)

    line.association._receive_chunk = note  # type: ignore[method-assign]
    return taken


async def test_the_acknowledgement_of_a_single_packet_waits_for_data_and_not_for_ever(
    line: Line,
) -> None:
    await line.arrives(data(100, b"question"))
    assert acknowledged(line) == []
    async with asyncio.timeout(10):
        while not line.packets:  # noqa: ASYNC110 - it is looked at from outside
            await asyncio.sleep(0.005)
    assert acknowledged(line) == [100]
    assert line.sent() == []


async def test_data_that_is_sent_in_the_meantime_takes_the_acknowledgement_along(
    line: Line,
) -> None:
    await line.arrives(data(100, b"question"))
    line.association.send(b"answer")
    await turn()
    (packet,) = line.packets
    assert [type(chunk) for chunk in packet] == [SackChunk, DataChunk]
    assert line.association.packets.unacknowledged == 0


async def test_of_two_packets_the_acknowledgement_does_not_wait(line: Line) -> None:
    for tsn in 100, 101:
        await line.arrives(data(tsn, b"part of a flood"))
    assert acknowledged(line) == [101]


async def test_packets_of_one_turn_are_acknowledged_together(line: Line) -> None:
    for tsn in range(100, 110):
        line.association.take(serialize_packet(5000, 5000, TAG, data(tsn, b"x")))
    await turn()
    assert acknowledged(line) == [109]


async def test_a_full_packet_leaves_the_acknowledgement_to_the_next(line: Line) -> None:
    await line.arrives(data(100, b"question"))
    line.association.send(bytes(USERDATA_MAX_LENGTH + 10))
    await turn()
    assert [[type(chunk) for chunk in packet] for packet in line.packets] == [
        [DataChunk],
        [SackChunk, DataChunk],
    ]


async def test_messages_in_pieces_are_put_together(line: Line, given_away: list[Chunk]) -> None:
    await line.arrives(piece(100, b"one, ", SCTP_DATA_FIRST_FRAG))
    await line.arrives(piece(101, b"two, ", 0))
    assert line.received == []
    await line.arrives(piece(102, b"three", SCTP_DATA_LAST_FRAG))
    assert line.received == [b"one, two, three"]
    assert line.association._advertised_rwnd == 2**20, "all of the window is free again"
    assert given_away == []


async def test_what_comes_out_of_order_is_given_away_and_put_in_order(
    line: Line, given_away: list[Chunk]
) -> None:
    first, second, third = (data(100 + number, bytes([number])) for number in range(3))
    await line.arrives(second)
    assert acknowledged(line) == [99], "a gap is told of at once"
    await line.arrives(first)
    await line.arrives(third)
    assert line.received == [b"\0", b"\1", b"\2"]
    assert [type(chunk) for chunk in given_away] == [DataChunk, DataChunk]


async def test_a_repetition_is_not_delivered_again(line: Line) -> None:
    for _ in range(2):
        await line.arrives(data(100, b"once"))
    assert line.received == [b"once"]


async def test_a_packet_with_a_wrong_checksum_is_dropped(line: Line) -> None:
    packet = bytearray(serialize_packet(5000, 5000, TAG, data(100, b"payload")))
    packet[-1] ^= 1
    line.association.take(bytes(packet))
    await turn()
    assert line.received == []
    assert line.association._last_received_tsn == 99


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 6, 7, 10, 14, 130, 192, 77])
@pytest.mark.parametrize("length", [0, 1, 3, 4, 7, 12])
async def test_a_chunk_that_is_cut_short_raises_nothing(line: Line, kind: int, length: int) -> None:
    cut = Chunk(flags=3, body=b"\xff" * length)
    cut.type = kind
    line.association.take(serialize_packet(5000, 5000, TAG, cut))
    await asyncio.gather(*line.association.packets._tasks)


async def test_a_packet_with_a_foreign_tag_is_dropped(line: Line) -> None:
    line.association.take(serialize_packet(5000, 5000, TAG + 1, data(100, b"payload")))
    await turn()
    assert line.received == []


async def test_a_chunk_that_claims_to_be_longer_than_its_packet_is_dropped(line: Line) -> None:
    class Longer(Chunk):
        def __bytes__(self) -> bytes:
            whole = bytes(data(100, b"payload"))
            return whole[:2] + (200).to_bytes(2, "big") + whole[4:]

    line.association.take(serialize_packet(5000, 5000, TAG, Longer()))
    await turn()
    assert line.received == []


async def test_an_acknowledgement_of_what_was_never_sent_frees_nothing(line: Line) -> None:
    line.association.send(b"ours")
    await turn()
    line.association.take(serialize_packet(5000, 5000, TAG, sack(990)))
    await turn()
    assert line.association.flight.bytes == 4


async def test_no_more_than_a_burst_leaves_at_once(line: Line) -> None:
    line.association._cwnd = 10 * BURST
    line.association.send(bytes(3 * BURST))
    await turn()
    assert sum(map(len, line.sent())) == BURST
    await line.acknowledge()
    assert sum(map(len, line.sent())) == 2 * BURST


async def test_the_window_opens_as_acknowledgements_come(line: Line) -> None:
    line.association.send(bytes(20 * USERDATA_MAX_LENGTH))
    await turn()
    assert len(line.sent()) == 3
    await line.acknowledge()
    assert len(line.sent()) == 3 + 4


async def test_what_is_sent_while_packets_are_lost_leaves_in_order_and_all_of_it(
    line: Line,
) -> None:
    frames = [bytes([number]) * 1000 for number in range(40)]
    for frame in frames[:20]:
        line.association.send(frame)
    await turn()
    lost = len(line.sent())
    assert 0 < lost < 20
    line.association._t3_expired()
    await turn()
    assert line.association.packets.lossy, "the window is one packet now"
    for frame in frames[20:]:
        line.association.send(frame)
    await turn()
    for _ in range(40):
        await line.acknowledge(line.association._sent_queue[0].tsn)
        if not line.association._sent_queue:
            break
    assert line.sent()[lost:] == frames
    assert line.association.flight.bytes == 0


async def test_what_waits_leaves_before_the_end(line: Line) -> None:
    for frame in b"last words", b"goodbye":
        line.association.send(frame)
    line.association.packets.close()
    assert line.sent() == [b"last words", b"goodbye"]
