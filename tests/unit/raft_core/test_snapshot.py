"""A snapshot on its way: in pieces, with a digest, over links that lose, repeat and reorder."""

from hashlib import sha256
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raft_core.errors import UnsupportedVersion
from raft_core.membership import Configuration
from raft_core.messages import InstallSnapshot
from raft_core.snapshot import (
    Assembly,
    Image,
    Snapshot,
    Transfer,
    decode_snapshot,
    encode_snapshot,
    image_of,
)

SNAPSHOT = Snapshot(7, 2, 3, Configuration.of("abc", "d"), bytes(range(200)))
IMAGE = image_of(SNAPSHOT)
SIZE = len(IMAGE.payload)


def piece(offset: int, data: bytes, image: Image = IMAGE) -> InstallSnapshot:
    size = len(image.payload)
    return InstallSnapshot(9, image.index, image.term, size, image.digest, offset, data)


def pieces(image: Image, size: int) -> list[InstallSnapshot]:
    starts = range(0, len(image.payload), size)
    return [piece(start, image.payload[start : start + size], image) for start in starts]


def assembled(*taken: InstallSnapshot) -> Assembly:
    assembly = Assembly(taken[0])
    for one in taken:
        assembly.add(one)
    return assembly


# --- the bytes ----------------------------------------------------------------------------------


def test_a_snapshot_comes_back_as_it_was() -> None:
    assert decode_snapshot(encode_snapshot(SNAPSHOT)) == SNAPSHOT


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\x01", encode_snapshot(SNAPSHOT)[:-1], b"\x91" * 100_000]
)
def test_what_is_no_snapshot_is_none(data: bytes) -> None:
    assert decode_snapshot(data) is None


def test_equal_snapshots_have_one_digest_and_others_another() -> None:
    assert image_of(msgspec.structs.replace(SNAPSHOT)) == IMAGE
    assert image_of(msgspec.structs.replace(SNAPSHOT, data=b"")).digest != IMAGE.digest


# --- arriving -----------------------------------------------------------------------------------


@given(size=st.integers(1, SIZE), seed=st.integers())
def test_pieces_that_come_twice_or_in_another_order_do_no_harm(size: int, seed: int) -> None:
    rng = Random(seed)
    all_pieces = pieces(IMAGE, size)
    assembly = Assembly(all_pieces[0])
    while not assembly.is_complete:
        # What leaves a gap is not taken, so that the offset always says what is missing.
        assembly.add(rng.choice(all_pieces))
        assert assembly.offset <= SIZE
    assert assembly.offset == SIZE
    assert assembly.snapshot() == SNAPSHOT


def test_a_piece_that_leaves_a_gap_is_not_taken() -> None:
    assembly = assembled(piece(0, IMAGE.payload[:10]), piece(11, IMAGE.payload[11:20]))
    assert assembly.offset == 10
    assembly.add(piece(5, IMAGE.payload[5:20]))
    assert assembly.offset == 20
    assert not assembly.is_complete


def test_it_takes_pieces_of_one_snapshot_only() -> None:
    assembly = assembled(piece(0, b"x"))
    assert assembly.belongs(piece(3, b"y"))
    for change in ({"digest": b"other"}, {"size": 1}, {"last_index": 8}, {"last_term": 1}):
        assert not assembly.belongs(msgspec.structs.replace(piece(3, b"y"), **change))


def test_bytes_that_the_digest_does_not_promise_are_no_snapshot() -> None:
    wrong = bytearray(IMAGE.payload)
    wrong[-1] ^= 1
    assert assembled(piece(0, bytes(wrong))).snapshot() is None
    assert assembled(piece(0, IMAGE.payload + b"more")).snapshot() is None


def test_a_head_that_promises_another_place_is_no_snapshot() -> None:
    for change in ({"last_index": 8}, {"last_term": 1}):
        first = msgspec.structs.replace(piece(0, IMAGE.payload), **change)
        assert assembled(first).snapshot() is None


def test_what_a_later_version_packed_cannot_be_taken_and_that_is_said() -> None:
    later = Image(7, 2, b"a later form", sha256(b"a later form").digest())
    with pytest.raises(UnsupportedVersion, match="snapshot is of a form"):
        assembled(piece(0, later.payload, later)).snapshot()


# --- leaving ------------------------------------------------------------------------------------


def asked() -> Transfer:
    """A transfer whose peer has said that it has nothing."""
    transfer = Transfer(IMAGE)
    transfer.answered(0, transfer.ask())
    return transfer


def drain(transfer: Transfer, size: int = 10, window: int = 30) -> list[int]:
    """The offsets of all pieces that leave now."""
    offsets = []
    while (sent := transfer.piece(size, window)) is not None:
        offset, data = sent
        assert data == IMAGE.payload[offset : offset + size]
        offsets.append(offset)
    return offsets


def test_nothing_leaves_before_the_peer_has_said_how_far_it_is() -> None:
    transfer = Transfer(IMAGE)
    assert transfer.asks
    assert drain(transfer) == []
    transfer.answered(50, transfer.ask())
    assert drain(transfer) == [50, 60, 70]


def test_a_window_of_pieces_leaves_and_each_answer_makes_room() -> None:
    transfer = asked()
    assert drain(transfer) == [0, 10, 20]
    transfer.answered(10, 0)
    assert drain(transfer) == [30]
    transfer.answered(40, 0)
    assert drain(transfer) == [40, 50, 60]


def test_the_last_piece_is_as_long_as_what_is_left() -> None:
    transfer = asked()
    offsets = drain(transfer, size=150, window=SIZE)
    assert offsets == [0, 150]
    assert transfer.sent == SIZE
    transfer.answered(SIZE, 0)
    assert drain(transfer) == []


def test_an_old_answer_takes_nothing_back() -> None:
    transfer = asked()
    drain(transfer)
    transfer.answered(20, 0)
    transfer.answered(10, 0)
    assert (transfer.acknowledged, transfer.sent) == (20, 30)


def test_what_is_lost_goes_again_once_a_question_shows_it() -> None:
    transfer = asked()
    assert drain(transfer) == [0, 10, 20]
    transfer.answered(0, transfer.ask())
    assert drain(transfer) == [0, 10, 20]


def test_an_answer_to_a_question_before_the_last_piece_takes_nothing_back() -> None:
    transfer = asked()
    drain(transfer)
    early = transfer.ask()
    transfer.answered(10, 0)
    assert drain(transfer) == [30]
    transfer.answered(10, early)
    assert (transfer.acknowledged, transfer.sent) == (10, 40)
    transfer.answered(10, transfer.ask())
    assert transfer.sent == 10


def test_one_answer_after_the_last_piece_is_enough() -> None:
    transfer = asked()
    drain(transfer)
    questions = [transfer.ask(), transfer.ask()]
    transfer.answered(0, questions[0])
    assert drain(transfer) == [0, 10, 20]
    transfer.answered(0, questions[1])
    assert drain(transfer) == []


@pytest.mark.parametrize("question", [-1, 10**9])
def test_an_answer_to_a_question_that_was_not_asked_takes_nothing_back(question: int) -> None:
    transfer = asked()
    drain(transfer)
    transfer.answered(0, question)
    assert transfer.sent == 30


def test_a_peer_cannot_have_less_than_nothing() -> None:
    transfer = asked()
    transfer.answered(-5, transfer.ask())
    assert drain(transfer) == [0, 10, 20]


def test_a_peer_that_has_forgotten_gets_it_from_where_it_is() -> None:
    transfer = asked()
    drain(transfer)
    transfer.answered(30, 0)
    transfer.answered(0, transfer.ask())
    assert drain(transfer) == [0, 10, 20]


def test_after_a_piece_that_the_transport_did_not_take_it_waits_for_the_next_question() -> None:
    transfer = asked()
    assert drain(transfer) == [0, 10, 20]
    transfer.lost(10)
    assert drain(transfer) == []
    transfer.answered(10, transfer.ask())
    assert drain(transfer) == [10, 20, 30]


def test_on_a_new_link_it_asks_again_and_sends_nothing_twice() -> None:
    transfer = asked()
    drain(transfer)
    transfer.reconnected()
    assert transfer.asks
    assert drain(transfer) == []
    transfer.answered(30, transfer.ask())
    assert drain(transfer) == [30, 40, 50]


def test_a_peer_cannot_acknowledge_more_than_there_is() -> None:
    transfer = asked()
    transfer.answered(10**9, 0)
    assert transfer.acknowledged == SIZE
