"""What a thrifty leader does when the few do not answer, or cannot take what is new."""

from math import inf

from raft_core.config import Config
from raft_core.io import PeersChanged, Proposed, Unreachable
from raft_core.thrift import PATIENCE
from tests.unit.raft_core.thrifty import (
    DELAY,
    HEARTBEAT,
    MOMENT,
    answer,
    few,
    got,
    leader,
    propose,
)

# --- when they do not answer --------------------------------------------------------------------


def test_what_is_late_goes_to_all_from_then_on_until_something_is_in_time() -> None:
    member = leader()
    assert propose(member) == {"b": [[5]]}
    member.step(after=DELAY)
    assert got(member) == {"c": [[5]]}
    member.now += MOMENT
    assert propose(member) == {"b": [[6]], "c": [[6]]}
    answer(member, "c")
    assert few(member) is None, "that was late"
    assert propose(member) == {"b": [[7]], "c": [[7]]}
    answer(member, "c")
    assert few(member) == "ac"
    assert propose(member) == {"c": [[8]]}


def test_late_is_what_takes_twice_as_long_as_usual_where_that_is_longer_than_the_delay() -> None:
    member = leader()
    for _ in range(60):
        propose(member)
        member.step(after=DELAY)
        member.now += DELAY
        answer(member, "b", "c")
        member.step(after=DELAY)
    assert few(member) is not None
    propose(member)
    member.step(after=DELAY)
    member.step(after=1.8 * PATIENCE * DELAY - DELAY)
    assert few(member) is not None
    member.step(after=0.4 * PATIENCE * DELAY)
    assert few(member) is None


def test_who_takes_longer_than_a_heartbeats_interval_is_never_chosen() -> None:
    member = leader()
    for _ in range(60):
        propose(member)
        member.step(after=1.1 * HEARTBEAT)
        answer(member, "b", "c")
    assert few(member) is None
    assert set(propose(member)) == {"b", "c"}


def test_silence_is_noticed_with_the_next_heartbeat_although_the_others_were_in_time() -> None:
    member = leader(pace=0.9 * DELAY)
    propose(member)
    member.step(after=DELAY)
    member.now += 0.5 * DELAY
    answer(member, "c")
    assert member.raft.commit_index == 5
    assert few(member) == "ab", "c was in time for b, too"
    member.now = member.raft.heartbeat_deadline
    member.step()
    assert few(member) == "ac"


def test_the_silent_are_not_chosen_again() -> None:
    member = leader()
    propose(member)
    member.step(after=2 * DELAY)
    answer(member, "c")
    propose(member)
    answer(member, "c")
    assert few(member) == "ac"


# --- when they cannot take it -------------------------------------------------------------------


def test_who_has_no_room_leaves_it_to_all() -> None:
    member = leader(config=Config(thrifty=True, max_inflight_messages=1))
    assert propose(member) == {"b": [[5]]}
    assert propose(member) == {"c": [[5, 6]]}
    assert few(member) is None
    assert member.raft.rest_deadline == inf


def test_who_has_no_room_for_all_of_it_leaves_it_to_all() -> None:
    member = leader(config=Config(thrifty=True, max_inflight_messages=2, max_append_entries=1))
    member.slow = True
    member.step(*(Proposed(number, b"x") for number in range(5, 8)))
    assert got(member) == {"b": [[5], [6]], "c": [[5], [6]]}


def test_what_its_transport_did_not_take_goes_to_all() -> None:
    member = leader()
    propose(member)
    member.step(Unreachable("b", 5))
    assert got(member) == {"c": [[5]]}
    assert few(member) is None
    answer(member, "c")
    assert few(member) == "ac", "nothing is sent to b before the next heartbeat"


def test_who_is_asked_where_it_stands_leaves_it_to_all() -> None:
    member = leader()
    propose(member)
    member.step(PeersChanged(frozenset("b")))
    assert set(got(member)) == {"b", "c"}
    assert few(member) is None
