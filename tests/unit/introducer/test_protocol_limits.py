"""Limits, rates and slow readers."""

import json

from introducer.limits import Limits
from introducer.refusals import Code
from tests.unit.introducer.rooms import (
    ANN,
    BOB,
    CLEO,
    LEAVE,
    OTHER_ROOM,
    SMALL,
    Rooms,
    closing,
    hear,
    is_open,
    join,
    left,
    refusal,
    signal,
)

# ------------------------------------------------------------------------------------- limits


def test_a_full_room_refuses_and_its_members_notice_nothing() -> None:
    rooms = Rooms(SMALL)
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    hear(ann)
    cleo = rooms.connect()
    rooms.say(cleo, join(CLEO))
    assert refusal(cleo) == ("room_full", True)
    assert cleo.closing == closing(Code.ROOM_FULL)
    assert hear(ann) == hear(bob) == []
    rooms.say(bob, LEAVE)
    assert is_open(rooms.member(CLEO))


def test_a_room_too_many_is_refused_until_one_is_freed() -> None:
    rooms = Rooms(SMALL)
    ann = rooms.member(ANN)
    rooms.member(ANN, OTHER_ROOM)
    cleo = rooms.connect()
    rooms.say(cleo, join(CLEO, "c" * 64))
    assert refusal(cleo) == ("too_many_rooms", True)
    rooms.member(BOB)  # rooms that exist are still open
    rooms.say(ann, LEAVE)
    rooms.member(BOB, OTHER_ROOM)
    assert rooms.protocol.counts().rooms == 2


def test_a_connection_too_many_is_refused_until_one_is_gone() -> None:
    rooms = Rooms(SMALL)
    connections = [rooms.connect() for _ in range(5)]
    refused = rooms.connect()
    assert rooms.ready == (refused,)
    assert refusal(refused) == ("too_many_connections", True)
    rooms.protocol.on_closed(refused)
    assert rooms.protocol.counts().connections == 5
    rooms.protocol.on_closed(connections[0])
    assert is_open(rooms.connect())


def test_a_frame_may_be_as_large_as_the_limit_in_bytes_and_no_larger() -> None:
    rooms = Rooms(SMALL)
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    hear(ann)
    frame = json.dumps(signal(BOB, {"x": "é"}), ensure_ascii=False)
    fits = frame.replace("é", "é" + "x" * (1024 - len(frame.encode())))
    rooms.say(ann, fits)
    assert len(hear(bob)) == 1
    rooms.say(ann, fits.replace("éx", "éé"))
    assert refusal(ann) == ("too_large", True)
    assert hear(bob) == [left(ANN, "lost")]


def test_talking_too_fast_is_refused() -> None:
    rooms = Rooms(SMALL)
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    hear(ann)
    for _ in range(7):
        rooms.say(ann, signal(BOB, {}))
    assert len(hear(bob)) == 7
    rooms.say(ann, signal(BOB, {}))
    assert refusal(ann) == ("too_fast", True)
    assert ann.closing == closing(Code.TOO_FAST)
    assert hear(bob) == [left(ANN, "lost")]


def test_talking_at_the_rate_is_never_too_fast() -> None:
    rooms = Rooms(SMALL)
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    for _ in range(100):
        rooms.now += 0.5
        rooms.say(ann, signal(BOB, {}))
        assert len(hear(bob)) == 1


def test_one_client_does_not_spend_the_rate_of_another() -> None:
    rooms = Rooms(SMALL)
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    for _ in range(8):
        rooms.say(ann, signal(BOB, {}))
    rooms.say(bob, signal(ANN, {}))
    assert is_open(bob)


# -------------------------------------------------------------------------------- slow readers


def patient(queue_frames: int = 16) -> Limits:
    return Limits(burst=100_000, queue_frames=queue_frames)


def test_a_slow_reader_is_closed_and_the_others_lose_nothing() -> None:
    rooms = Rooms(patient())
    ann, bob, cleo = rooms.member(ANN), rooms.member(BOB), rooms.member(CLEO)
    hear(ann), hear(bob)
    for number in range(16):
        rooms.say(ann, signal(BOB, {"number": number}))
        rooms.say(ann, signal(CLEO, {"number": number}))
        assert len(hear(cleo)) == 1
    assert is_open(bob)
    rooms.say(ann, signal(BOB, {"number": 16}))
    assert bob.closing == closing(Code.SLOW_READER)
    assert [frame["type"] for frame in hear(bob)] == ["refused"]
    assert hear(ann) == hear(cleo) == [left(BOB, "lost")]


def test_a_queue_is_bounded_in_bytes_too() -> None:
    rooms = Rooms(Limits(burst=1000, queue_frames=1000, queue_bytes=131_072))
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    hear(ann)
    for _ in range(2):
        rooms.say(ann, signal(BOB, {"x": "x" * 60_000}))
    assert is_open(bob)
    rooms.say(ann, signal(BOB, {"x": "x" * 60_000}))
    assert bob.closing == closing(Code.SLOW_READER)
    assert hear(ann) == [left(BOB, "lost")]


def test_refusals_that_are_not_read_fill_the_queue_too() -> None:
    rooms = Rooms(patient())
    ann = rooms.member(ANN)
    for _ in range(17):
        rooms.say(ann, signal(BOB, {}))
    assert ann.closing == closing(Code.SLOW_READER)


def test_readers_that_are_slow_together_go_together() -> None:
    count = 300  # more than the interpreter would allow as nested calls of several functions each
    rooms = Rooms(Limits(room_members=1000, queue_frames=count))
    names = [f"{number:016x}" for number in range(count)]
    members = [rooms.member(name) for name in names]
    reader = rooms.member(ANN)
    for member in members:
        while member.put(b"waits"):
            pass
    assert all(map(is_open, members))
    rooms.say(reader, signal(names[0], {}))
    assert {member.closing for member in members} == {closing(Code.SLOW_READER)}
    assert [frame["member"] for frame in hear(reader)] == names
    assert rooms.protocol.counts().members == 1


def test_who_joins_a_room_of_slow_readers_is_welcomed_first_and_then_told() -> None:
    rooms = Rooms(patient())
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    hear(ann)
    for _ in range(16):
        rooms.say(bob, signal(ANN, {}))
        rooms.say(ann, signal(BOB, {}))
    cleo = rooms.connect()
    rooms.say(cleo, join(CLEO))
    assert ann.closing == bob.closing == closing(Code.SLOW_READER)
    welcome, *rest = hear(cleo)
    assert welcome["members"] == [ANN, BOB]
    assert rest == [left(ANN, "lost"), left(BOB, "lost")]
    assert rooms.protocol.counts().members == 1
