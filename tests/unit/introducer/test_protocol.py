import pytest

from introducer.refusals import GOING_AWAY, LEFT, UNANSWERED, Code
from tests.unit.introducer.rooms import (
    ANN,
    BOB,
    CLEO,
    LEAVE,
    OTHER_ROOM,
    ROOM,
    SMALL,
    Rooms,
    closing,
    hear,
    is_open,
    join,
    left,
    refusal,
    signal,
    start,
)

# --------------------------------------------------------------------------------------- join


def test_the_first_member_is_welcomed_to_an_empty_room() -> None:
    rooms = Rooms()
    ann = rooms.connect()
    rooms.say(ann, join(ANN))
    assert rooms.ready == (ann,)
    assert hear(ann) == [
        {
            "type": "welcome",
            "protocol": 1,
            "member": ANN,
            "members": [],
            "limits": {"message_bytes": 65_536, "room_members": 16, "rate": 50.0, "burst": 400},
            "ice_servers": [],
        }
    ]


def test_who_joins_learns_who_is_there_and_they_learn_who_joined() -> None:
    rooms = Rooms()
    bob, ann = rooms.member(BOB), rooms.member(ANN)
    assert hear(bob) == [{"type": "joined", "member": ANN}]
    cleo = rooms.connect()
    rooms.say(cleo, join(CLEO))
    assert hear(cleo)[0]["members"] == [BOB, ANN]
    assert hear(ann) == hear(bob) == [{"type": "joined", "member": CLEO}]
    assert set(rooms.ready) == {ann, bob, cleo}


def test_members_of_another_room_hear_nothing() -> None:
    rooms = Rooms()
    ann, bob = rooms.member(ANN), rooms.member(BOB, OTHER_ROOM)
    rooms.say(bob, signal(ANN, {}))
    assert refusal(bob) == ("unknown_peer", False)
    rooms.say(bob, LEAVE)
    assert hear(ann) == []


def test_the_same_member_id_may_be_in_two_rooms() -> None:
    rooms = Rooms()
    here, there = rooms.member(ANN), rooms.member(ANN, OTHER_ROOM)
    assert is_open(here)
    assert is_open(there)
    assert rooms.protocol.counts().members == 2


def test_a_second_join_is_refused_and_ends_the_connection() -> None:
    rooms = Rooms()
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    hear(ann)
    rooms.say(ann, join(CLEO))
    assert refusal(ann) == ("already_joined", True)
    assert ann.closing == closing(Code.ALREADY_JOINED)
    assert hear(bob) == [left(ANN, "lost")]


def test_a_join_of_another_version_is_refused() -> None:
    rooms = Rooms()
    ann = rooms.connect()
    rooms.say(ann, join(ANN, protocol=2))
    assert refusal(ann) == ("bad_protocol", True)
    assert rooms.protocol.counts().rooms == 0


@pytest.mark.parametrize("frame", [LEAVE, signal(BOB, {})])
def test_whoever_has_not_joined_is_refused_anything_else(frame: dict[str, object]) -> None:
    rooms = Rooms()
    bob, stranger = rooms.member(BOB), rooms.connect()
    rooms.say(stranger, frame)
    assert refusal(stranger) == ("not_joined", True)
    assert hear(bob) == []


def test_whoever_does_not_join_in_time_is_refused() -> None:
    rooms = Rooms()
    silent = rooms.connect()
    assert rooms.protocol.on_join_overdue(silent) == (silent,)
    assert refusal(silent) == ("not_joined", True)
    assert silent.closing == closing(Code.NOT_JOINED)


def test_the_time_to_join_does_not_matter_to_a_member() -> None:
    rooms = Rooms()
    ann = rooms.member(ANN)
    assert rooms.protocol.on_join_overdue(ann) == ()
    assert is_open(ann)


# -------------------------------------------------------------------------------------- signal


def test_a_signal_reaches_its_receiver_only_and_names_its_true_sender() -> None:
    rooms = Rooms()
    ann, bob, cleo = rooms.member(ANN), rooms.member(BOB), rooms.member(CLEO)
    hear(ann), hear(bob)
    rooms.say(ann, signal(BOB, {"sender": CLEO, "sdp": "v=0"}))
    assert rooms.ready == (bob,)
    assert hear(bob) == [{"type": "signal", "sender": ANN, "body": {"sender": CLEO, "sdp": "v=0"}}]
    assert hear(ann) == hear(cleo) == []


def test_signals_keep_their_order() -> None:
    rooms = Rooms()
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    for number in range(20):
        rooms.say(ann, signal(BOB, {"number": number}))
    assert [frame["body"]["number"] for frame in hear(bob)] == list(range(20))


@pytest.mark.parametrize("to", [ANN, CLEO])
def test_a_signal_to_oneself_or_to_nobody_is_refused_and_costs_nothing(to: str) -> None:
    rooms = Rooms()
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    hear(ann)
    rooms.say(ann, signal(to, {}))
    assert refusal(ann) == ("unknown_peer", False)
    assert is_open(ann)
    rooms.say(ann, signal(BOB, {"still": "here"}))
    assert hear(bob)[0]["body"] == {"still": "here"}


# ------------------------------------------------------------------------------ leave and loss


def test_leave_is_told_at_once_and_closes() -> None:
    rooms = Rooms()
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    hear(ann)
    rooms.say(ann, LEAVE)
    assert hear(bob) == [left(ANN, "left")]
    assert hear(ann) == []
    assert ann.closing == LEFT
    assert rooms.protocol.on_closed(ann) == ()
    assert hear(bob) == []


def test_a_connection_that_ends_without_leave_is_lost() -> None:
    rooms = Rooms()
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    assert rooms.protocol.on_closed(ann) == (bob,)
    assert hear(bob) == [left(ANN, "lost")]
    assert rooms.protocol.on_closed(ann) == ()


def test_an_unanswered_ping_makes_a_member_lost() -> None:
    rooms = Rooms()
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    assert set(rooms.protocol.on_ping_unanswered(ann)) == {ann, bob}
    assert hear(bob) == [left(ANN, "lost")]
    assert ann.closing == UNANSWERED
    assert rooms.protocol.on_ping_unanswered(ann) == ()


def test_a_room_is_freed_when_its_last_member_leaves() -> None:
    rooms = Rooms()
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    rooms.say(ann, LEAVE)
    assert rooms.protocol.counts().rooms == 1
    rooms.protocol.on_closed(bob)
    assert rooms.protocol.counts().rooms == rooms.protocol.counts().members == 0


def test_who_has_left_may_come_again() -> None:
    rooms = Rooms()
    ann = rooms.member(ANN)
    rooms.say(ann, LEAVE)
    assert is_open(rooms.member(ANN))


# -------------------------------------------------------------------------------- replacement


def test_a_newer_connection_of_a_member_replaces_the_older() -> None:
    rooms = Rooms()
    old, bob = rooms.member(ANN), rooms.member(BOB)
    hear(old)
    new = rooms.connect()
    rooms.say(new, join(ANN))
    assert refusal(old) == ("replaced", True)
    assert old.closing == closing(Code.REPLACED)
    assert hear(bob) == [left(ANN, "replaced"), {"type": "joined", "member": ANN}]
    assert hear(new)[0]["members"] == [BOB]


@pytest.mark.parametrize("ours", [None, start(7)])
def test_a_join_that_was_long_under_way_on_an_older_connection_replaces_nobody(
    ours: object,
) -> None:
    rooms = Rooms()
    bob, given_up, new = rooms.member(BOB), rooms.connect(), rooms.connect()
    rooms.say(new, join(ANN, start=ours))
    hear(new), hear(bob)
    rooms.say(given_up, join(ANN, start=ours))
    assert refusal(given_up) == ("replaced", True)
    assert is_open(new)
    assert hear(new) == hear(bob) == []
    rooms.say(bob, signal(ANN, {"for": "the new one"}))
    assert hear(new)[0]["body"] == {"for": "the new one"}


def test_the_end_of_a_replaced_connection_is_not_told() -> None:
    rooms = Rooms()
    old, bob = rooms.member(ANN), rooms.member(BOB)
    new = rooms.member(ANN)
    hear(bob)
    rooms.protocol.on_closed(old)
    assert hear(bob) == []
    rooms.say(bob, signal(ANN, {"for": "the new one"}))
    assert hear(new)[0]["body"] == {"for": "the new one"}


def test_replacing_takes_no_further_place_in_a_full_room() -> None:
    rooms = Rooms(SMALL)
    rooms.member(ANN)
    rooms.member(BOB)
    rooms.member(ANN)
    assert rooms.protocol.counts().members == 2


def test_a_member_alone_in_the_last_free_room_may_replace_itself() -> None:
    rooms = Rooms(SMALL)
    rooms.member(ANN, OTHER_ROOM)
    rooms.member(BOB)
    rooms.member(BOB)
    assert rooms.protocol.counts().rooms == 2


# ----------------------------------------------------------------------------- malformed frames


@pytest.mark.parametrize("frame", ["", "{", "\ud800", '{"type":"leave","x":1}', b"{}", b"\x00"])
def test_a_malformed_frame_costs_its_sender_the_connection_and_nobody_else_anything(
    frame: str | bytes,
) -> None:
    rooms = Rooms()
    ann, bob, cleo = rooms.member(ANN), rooms.member(BOB), rooms.member(CLEO)
    hear(ann), hear(bob)
    rooms.say(ann, frame)
    assert refusal(ann) == ("bad_frame", True)
    assert ann.closing == closing(Code.BAD_FRAME)
    assert hear(bob) == hear(cleo) == [left(ANN, "lost")]
    rooms.say(bob, signal(CLEO, {"all": "well"}))
    assert hear(cleo)[0]["body"] == {"all": "well"}


def test_what_comes_after_a_fatal_refusal_is_ignored() -> None:
    rooms = Rooms()
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    rooms.say(ann, "nonsense")
    hear(ann), hear(bob)
    for frame in (signal(BOB, {}), join(ANN), LEAVE, "more nonsense"):
        rooms.say(ann, frame)
        assert rooms.ready == ()
    assert hear(ann) == hear(bob) == []


# --------------------------------------------------------------------------------------- stop


def test_stop_closes_everyone_and_tells_nobody_who_left() -> None:
    rooms = Rooms()
    ann, bob, stranger = rooms.member(ANN), rooms.member(BOB), rooms.connect()
    hear(ann)
    assert set(rooms.protocol.on_stop()) == {ann, bob, stranger}
    assert {connection.closing for connection in (ann, bob, stranger)} == {GOING_AWAY}
    for connection in (ann, bob, stranger):
        assert rooms.protocol.on_closed(connection) == ()
        assert hear(connection) == []
    assert rooms.protocol.counts().connections == 0


def test_stop_leaves_an_earlier_reason_as_it_is() -> None:
    rooms = Rooms()
    ann = rooms.member(ANN)
    rooms.say(ann, LEAVE)
    assert rooms.protocol.on_stop() == ()
    assert ann.closing == LEFT


def test_who_connects_after_the_stop_is_closed_at_once() -> None:
    rooms = Rooms()
    rooms.protocol.on_stop()
    late = rooms.connect()
    assert rooms.ready == (late,)
    assert late.closing == GOING_AWAY
    rooms.say(late, join(ANN, ROOM))
    assert rooms.protocol.counts().members == 0


# ------------------------------------------------------------------------------ STUN and TURN


def servers_of(member: str) -> tuple[dict[str, str], ...]:
    return ({"urls": "turn:turn.example.org", "username": member},)


def test_a_member_is_told_of_servers_with_credentials_of_its_own() -> None:
    rooms = Rooms(ice_servers=servers_of)
    ann = rooms.connect()
    rooms.say(ann, join(ANN))
    assert hear(ann)[0]["ice_servers"] == [{"urls": "turn:turn.example.org", "username": ANN}]


def test_new_credentials_go_to_all_members_of_all_rooms() -> None:
    rooms = Rooms(ice_servers=servers_of)
    ann, bob, stranger = rooms.member(ANN), rooms.member(BOB, OTHER_ROOM), rooms.connect()
    assert set(rooms.protocol.on_credentials_due()) == {ann, bob}
    for member, connection in [(ANN, ann), (BOB, bob)]:
        assert hear(connection) == [
            {"type": "ice_servers", "ice_servers": list(servers_of(member))},
        ]
    assert hear(stranger) == []


def test_who_is_too_slow_for_new_credentials_leaves_and_the_rest_get_theirs() -> None:
    rooms = Rooms(SMALL, ice_servers=servers_of)
    ann, bob = rooms.member(ANN), rooms.member(BOB)
    hear(ann)
    for _ in range(SMALL.queue_frames):
        rooms.protocol.on_credentials_due()
        hear(bob)
    ready = rooms.protocol.on_credentials_due()
    assert refusal(ann) == ("slow_reader", True)
    assert set(ready) == {ann, bob}
    assert [frame["type"] for frame in hear(bob)] == ["ice_servers", "left"]


def test_a_newer_start_of_a_member_replaces_the_older_which_sees_it_with_its_proof() -> None:
    rooms = Rooms()
    bob, old = rooms.member(BOB), rooms.connect()
    rooms.say(old, join(ANN, start=start(4)))
    hear(old)
    hear(bob)
    new = rooms.connect()
    rooms.say(new, join(ANN, start=start(5)))
    (last,) = hear(old)
    assert (last["code"], last["fatal"], last["by"]) == ("replaced", True, start(5))
    (welcome,) = hear(new)
    assert welcome["replaced"] == start(4)
    assert hear(bob) == [left(ANN, "replaced"), {"type": "joined", "member": ANN}]


@pytest.mark.parametrize("older", [start(4), start(5, "0")])
def test_an_older_start_of_a_member_is_refused_and_disturbs_nobody(older: object) -> None:
    rooms = Rooms()
    bob, new = rooms.member(BOB), rooms.connect()
    rooms.say(new, join(ANN, start=start(5)))
    hear(new)
    hear(bob)
    old = rooms.connect()
    rooms.say(old, join(ANN, start=older))
    (last,) = hear(old)
    assert (last["code"], last["fatal"], last["by"]) == ("superseded", True, start(5))
    assert old.closing == closing(Code.SUPERSEDED)
    assert hear(new) == [{"type": "elsewhere", "start": older}]
    assert hear(bob) == []
    assert is_open(new)
    rooms.say(bob, signal(ANN, {}))
    assert [frame["type"] for frame in hear(new)] == ["signal"]


def test_one_start_that_connects_anew_is_neither_older_nor_newer() -> None:
    rooms = Rooms()
    old, new = rooms.connect(), rooms.connect()
    rooms.say(old, join(ANN, start=start(5)))
    hear(old)
    rooms.say(new, join(ANN, start=start(5)))
    (last,) = hear(old)
    assert (last["code"], "by" in last) == ("replaced", False)
    (welcome,) = hear(new)
    assert "replaced" not in welcome


def test_a_start_that_left_keeps_no_older_one_out() -> None:
    rooms = Rooms()
    new, old = rooms.connect(), rooms.connect()
    rooms.say(new, join(ANN, start=start(5)))
    rooms.protocol.on_closed(new)
    rooms.say(old, join(ANN, start=start(4)))
    assert hear(old)[0]["type"] == "welcome"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        "5",
        start(0),
        start(2**53),
        start(5) | {"nonce": "g" * 16},
        start(5) | {"proof": "d" * 63},
        start(5) | {"more": 1},
    ],
)
def test_what_is_no_start_is_refused(wrong: object) -> None:
    rooms = Rooms()
    ann = rooms.connect()
    rooms.say(ann, join(ANN, start=wrong))
    assert refusal(ann) == ("bad_frame", True)
