"""To whom a thrifty leader sends what is new, and when. Its scripts are thrifty*.txt."""

from math import inf

import pytest

from raft_core.config import Config
from raft_core.io import PeersChanged
from raft_core.membership import Configuration
from raft_core.messages import AppendEntries
from raft_core.thrift import PATIENCE, WEIGHT, Pace
from raft_core.types import Index
from tests.unit.raft_core.support import Member, sent
from tests.unit.raft_core.thrifty import (
    DELAY,
    MOMENT,
    THRIFTY,
    adopt,
    answer,
    few,
    got,
    leader,
    propose,
    rest,
    thrift,
)

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
    member.now += MOMENT
    answer(member, "b")
    member.raft.rest_deadline = member.raft.notice_deadline + MOMENT
    member.now = member.raft.notice_deadline
    member.step()
    assert got(member) == {"b": [[]], "c": [[5]]}


def test_entries_save_the_notice_even_if_the_rest_gets_them_later() -> None:
    member = leader()
    propose(member)
    member.now += MOMENT
    answer(member, "b")
    assert member.raft.notice_deadline < inf
    propose(member)
    assert member.raft.notice_deadline == inf
    rest = member.raft.rest_deadline
    member.now = rest
    member.step()
    assert got(member) == {"c": [[5, 6]]}


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
    adopt(member, Configuration.of("bcd", "a"))
    propose(member)
    answer(member, "b", "c")
    assert few(member) == "bc"


def test_new_members_have_a_quorum_of_their_own() -> None:
    member = leader("abcde")
    assert few(member) == "abc"
    adopt(member, Configuration.of("ade", "bc"))
    assert set(propose(member)) == {*"bcde"}
    assert few(member) is None
    answer(member, "b", "c", "d")
    assert few(member) == "ad"


def test_a_joint_configuration_has_a_quorum_of_each_half() -> None:
    member = leader("abcde")
    adopt(member, Configuration.of("ade", (), "abc"))
    propose(member)
    member.now += 2 * MOMENT
    answer(member, "c", "e")
    assert few(member) == "ace"
