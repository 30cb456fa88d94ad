"""To whom a thrifty leader sends what is new, and when. Its scripts are thrifty*.txt."""

from math import inf

import pytest

from raft_core.config import Config
from raft_core.io import PeersChanged, Proposed, ReadRequested, Unreachable
from raft_core.membership import Configuration
from raft_core.messages import AppendEntries
from raft_core.thrift import PATIENCE, WEIGHT, Pace, Thrift
from raft_core.types import Index, NodeId
from tests.unit.raft_core.support import Member, sent

THRIFTY = Config(thrifty=True)
DELAY = THRIFTY.thrifty_delay
HEARTBEAT = THRIFTY.heartbeat_interval
MOMENT = 0.001
"""Shorter than the delay."""
LATER = 99
"""The place of a configuration that is not committed, so that no other follows it."""


def leader(
    voters: str = "abc", learners: str = "", config: Config = THRIFTY, pace: float = MOMENT
) -> Member:
    """Everybody has answered it after ``pace``, and nothing is under way or due."""
    start = Configuration.of(voters, learners)
    member = Member([1, 1], configuration=start, config=config).lead()
    member.now += pace
    member.settle()
    rest(member)
    assert thrift(member).few is not None
    return member


def rest(member: Member) -> None:
    """Until all have heard all."""
    member.step(after=DELAY)
    answer(member, *sorted(member.raft.progress))
    member.step(after=DELAY)


def thrift(member: Member) -> Thrift:
    assert member.raft.thrift is not None
    return member.raft.thrift


def few(member: Member) -> str | None:
    chosen = thrift(member).few
    return None if chosen is None else "".join(sorted(chosen))


def propose(member: Member, *, durable: bool = True) -> dict[NodeId, list[list[Index]]]:
    """One proposal; who gets which entries at once."""
    member.slow = True
    member.step(Proposed(member.raft.log.last_index + 1, b"x"))
    found = got(member)
    if durable:
        member.persist()
    return found


def got(member: Member) -> dict[NodeId, list[list[Index]]]:
    """The entries in each message of the last output, by peer."""
    found: dict[NodeId, list[list[Index]]] = {}
    for send in member.out.sends:
        if isinstance(send.message, AppendEntries):
            for peer in send.to:
                found.setdefault(peer, []).append([entry.index for entry in send.message.entries])
    return found


def answer(member: Member, *peers: NodeId) -> None:
    """They have all that they were sent."""
    for peer in peers:
        member.accept(peer, member.raft.progress[peer].next_index - 1)


# --- the pace of a member -----------------------------------------------------------------------


def test_nothing_is_expected_of_who_never_answered() -> None:
    pace = Pace()
    assert pace.time(7.0) == inf
    pace.sent(3, 7.0)
    assert pace.time(9.0) == inf


def test_the_first_answer_is_the_usual_time_and_later_ones_move_it_a_little() -> None:
    pace = Pace()
    pace.sent(3, 7.0)
    pace.answered(3, 7.5)
    assert pace.time(100.0) == 0.5
    pace.sent(4, 8.0)
    pace.answered(4, 9.5)
    assert pace.time(100.0) == pytest.approx(0.5 + WEIGHT * 1.0)


def test_an_answer_that_is_late_counts_with_the_time_it_has_taken_so_far() -> None:
    pace = Pace()
    pace.sent(3, 7.0)
    pace.answered(3, 7.5)
    pace.sent(4, 8.0)
    assert pace.time(8.25) == 0.5
    assert pace.time(10.0) == 2.0


def test_an_answer_to_several_messages_counts_from_the_last_of_them() -> None:
    pace = Pace()
    pace.sent(3, 7.0)
    pace.sent(5, 8.0)
    pace.sent(6, 8.5)
    pace.answered(5, 8.25)
    assert pace.time(8.5) == 0.25
    assert pace.time(9.5) == 1.0, "the third is awaited"


def test_what_is_sent_again_is_awaited_since_it_was_sent_first() -> None:
    pace = Pace()
    pace.sent(3, 7.0)
    pace.sent(3, 9.0)
    pace.sent(2, 9.0)
    pace.answered(3, 9.5)
    assert pace.time(100.0) == 2.5


def test_an_answer_to_less_than_was_sent_is_none() -> None:
    pace = Pace()
    pace.answered(3, 7.0)
    pace.sent(3, 7.0)
    pace.answered(2, 7.5)
    assert pace.time(100.0) == inf


# --- off ----------------------------------------------------------------------------------------


def test_without_the_switch_all_get_all_at_once() -> None:
    member = Member([1]).lead().settle()
    member.step(after=DELAY)
    assert member.raft.thrift is None
    assert propose(member) == {"b": [[4]], "c": [[4]]}


def test_who_leads_no_more_has_nothing_to_send_later() -> None:
    member = leader()
    propose(member)
    assert member.raft.rest_deadline < inf
    member.follow(term=member.raft.term + 1)
    assert member.raft.rest_deadline == inf
    assert member.raft.thrift is None


# --- the few and the rest -----------------------------------------------------------------------


def test_a_new_leader_sends_all_to_all() -> None:
    member = Member([1], config=THRIFTY).lead()
    assert few(member) is None
    assert thrift(member).few is None
    member.accept("b", 2)
    member.accept("c", 2)
    assert propose(member) == {"b": [[4]], "c": [[4]]}


def test_what_is_new_goes_to_one_at_once_and_in_one_message_to_the_other() -> None:
    member = leader()
    assert few(member) == "ab"
    assert propose(member) == {"b": [[5]]}
    assert member.out.deadline == pytest.approx(member.now + DELAY)
    answer(member, "b")
    member.now += MOMENT
    assert propose(member) == {"b": [[6]]}
    answer(member, "b")
    member.step(after=DELAY - 2 * MOMENT)
    assert got(member) == {}, "a timer may be early"
    member.step(after=MOMENT)
    assert got(member) == {"c": [[5, 6]]}
    assert only_commit(member) == {6}


def only_commit(member: Member) -> set[Index]:
    return {message.commit_index for message in sent(member.out, AppendEntries)}


def test_the_next_batch_is_counted_from_its_own_first_entry() -> None:
    member = leader()
    propose(member)
    answer(member, "b")
    member.step(after=DELAY)
    assert member.raft.rest_deadline == inf
    member.now += MOMENT
    propose(member)
    assert member.raft.rest_deadline == pytest.approx(member.now + DELAY)


def test_a_heartbeat_takes_along_what_was_held_back() -> None:
    member = leader()
    member.now = member.raft.heartbeat_deadline - MOMENT
    propose(member)
    member.step(after=MOMENT)
    assert got(member) == {"b": [[]], "c": [[5]]}
    assert member.raft.rest_deadline == inf


def test_a_notice_takes_along_what_was_held_back() -> None:
    member = leader()
    propose(member)
    answer(member, "b")
    member.now += DELAY - MOMENT
    propose(member)
    assert member.raft.notice_deadline == pytest.approx(member.raft.rest_deadline)
    member.raft.rest_deadline += MOMENT
    member.step(after=MOMENT)
    assert got(member)["c"] == [[5, 6]]


def test_a_question_that_all_must_hear_takes_along_what_was_held_back() -> None:
    member = leader()
    propose(member)
    member.step(ReadRequested(1))
    assert got(member) == {"b": [[]], "c": [[5]]}


def test_learners_are_among_the_rest_however_fast_they_are() -> None:
    member = leader(learners="d")
    propose(member)
    answer(member, "b")
    member.step(after=DELAY)
    answer(member, "d")
    assert propose(member) == {"b": [[6]]}
    member.step(after=DELAY)
    assert got(member) == {"c": [[6]], "d": [[6]]}


def test_an_only_voter_needs_nobody_and_its_learners_get_all_a_little_later() -> None:
    member = Member(configuration=Configuration.of("a", "b"), config=THRIFTY)
    member.wait()
    assert few(member) == "a"
    member.settle()
    rest(member)
    assert propose(member) == {}
    assert member.raft.commit_index == 3
    member.step(after=DELAY)
    assert got(member) == {"b": [[3]]}


def test_where_all_are_needed_there_is_no_rest_and_nothing_to_wait_for() -> None:
    member = leader("ab")
    assert propose(member) == {"b": [[5]]}
    assert member.raft.rest_deadline == inf


def test_of_five_the_two_fastest_come_first() -> None:
    member = leader("abcde")
    propose(member)
    answer(member, "b", "c")
    member.step(after=DELAY)
    assert few(member) == "abc"
    assert propose(member) == {"b": [[6]], "c": [[6]]}


def test_who_is_behind_gets_all_it_lacks_at_once() -> None:
    member = leader(config=Config(thrifty=True, max_inflight_messages=1))
    propose(member)
    answer(member, "b")
    member.step(after=DELAY)
    assert got(member)["c"] == [[5]]
    propose(member)
    answer(member, "b")
    member.step(after=DELAY)
    assert got(member)["b"] == [[]], "the window of c is full"
    member.now += MOMENT
    assert propose(member) == {"b": [[7]]}
    member.accept("c", 5)
    assert got(member)["c"] == [[6, 7]]


def test_who_begins_to_follow_while_nobody_waits_gets_all_it_lacks_at_once() -> None:
    member = leader()
    member.step(PeersChanged(frozenset("c")))
    propose(member)
    member.step(after=MOMENT)
    answer(member, "b")
    assert member.raft.rest_deadline == inf, "c is asked where it stands, so nobody waits"
    member.now += DELAY
    member.accept("c", 4)
    assert got(member)["c"] == [[5]]


def test_what_is_held_back_stays_in_the_log() -> None:
    member = leader()
    assert thrift(member).told == member.raft.log.last_index == 4
    propose(member)
    assert thrift(member).told == 4
    member.step(after=DELAY)
    assert thrift(member).told == 5


# --- who is chosen ------------------------------------------------------------------------------


def test_who_answers_faster_by_far_takes_the_place_of_the_chosen_one() -> None:
    member = leader()
    for _ in range(20):
        propose(member)
        member.now += MOMENT
        answer(member, "b")
        member.step(after=DELAY)
        if few(member) == "ac":
            break
        member.now += MOMENT / 8
        answer(member, "c")
        member.step(after=DELAY)
    answer(member, "c")
    last = member.raft.log.last_index
    assert propose(member) == {"c": [[last + 1]]}


def test_who_answers_a_little_faster_does_not() -> None:
    member = leader()
    for _ in range(20):
        propose(member)
        member.now += MOMENT
        answer(member, "b")
        member.step(after=DELAY)
        member.now += MOMENT / PATIENCE * 1.1
        answer(member, "c")
        member.step(after=DELAY)
    assert few(member) == "ab"


def test_a_leader_with_a_slow_storage_waits_for_two_others() -> None:
    member = leader()
    assert propose(member, durable=False) == {"b": [[5]]}
    answer(member, "b")
    member.step(after=DELAY)
    assert got(member)["c"] == [[5]]
    member.now += MOMENT
    answer(member, "c")
    assert member.raft.commit_index == 5
    assert few(member) is None, "it was late"
    for index in (6, 7):
        assert propose(member, durable=False) == {"b": [[index]], "c": [[index]]}
        member.now += MOMENT
        answer(member, "b", "c")
        assert member.raft.commit_index == index
        assert few(member) == "bc"


def test_a_leader_that_is_no_voter_is_none_of_the_few() -> None:
    member = leader("abcd")
    raft = member.raft
    raft.configurations.append((LATER, Configuration.of("bcd", "a")))
    propose(member)
    answer(member, "b", "c")
    assert few(member) == "bc"


def test_new_members_have_a_quorum_of_their_own() -> None:
    member = leader("abcde")
    raft = member.raft
    assert few(member) == "abc"
    raft.configurations.append((LATER, Configuration.of("ade", "bc")))
    assert set(propose(member)) == {*"bcde"}
    assert few(member) is None
    answer(member, "b", "c", "d")
    assert few(member) == "ad"


def test_a_joint_configuration_has_a_quorum_of_each_half() -> None:
    member = leader("abcde")
    raft = member.raft
    raft.configurations.append((LATER, Configuration.of("ade", (), "abc")))
    propose(member)
    member.now += 2 * MOMENT
    answer(member, "c", "e")
    assert few(member) == "ace"


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
