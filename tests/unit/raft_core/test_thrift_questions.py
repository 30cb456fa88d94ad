"""Of whom a thrifty leader asks whether it still leads, and when."""

from math import inf

import pytest

from raft_core.config import Config
from raft_core.io import Output, Proposed, ReadRequested
from raft_core.messages import AppendEntries, AppendReply, ReadIndex
from raft_core.types import NodeId
from tests.unit.raft_core.support import Member, sent
from tests.unit.raft_core.thrifty import (
    DELAY,
    MOMENT,
    answer,
    few,
    got,
    leader,
    propose,
)


def test_a_question_goes_to_the_few_and_later_to_the_rest() -> None:
    member = leader()
    member.step(ReadRequested(1))
    assert got(member) == {"b": [[]]}
    assert member.out.deadline == pytest.approx(member.now + DELAY)
    heard(member, "b")
    member.step(ReadRequested(2), after=MOMENT)
    assert got(member) == {"b": [[]]}
    member.step(after=DELAY - MOMENT)
    assert got(member) == {"c": [[]]}
    assert {message.read_round for message in sent(member.out, AppendEntries)} == {2}
    assert member.raft.rest_deadline == inf


def test_a_question_that_the_few_answer_is_answered() -> None:
    member = leader()
    member.step(ReadRequested(1))
    assert heard(member, "b").reads == [1]


def test_entries_take_the_question_along() -> None:
    member = leader()
    member.slow = True
    member.step(ReadRequested(1), Proposed(5, b"x"))
    assert got(member) == {"b": [[5]]}
    member.step(after=DELAY)
    assert got(member) == {"c": [[5]]}


def test_a_late_answer_to_a_question_sends_the_next_one_to_all_until_one_is_in_time() -> None:
    member = leader()
    member.step(ReadRequested(1))
    member.step(after=DELAY)
    member.now += MOMENT
    assert heard(member, "c").reads == [1]
    assert few(member) is None
    member.step(ReadRequested(2))
    assert got(member) == {"b": [[]], "c": [[]]}
    heard(member, "c")
    assert few(member) is not None


def test_a_question_that_the_few_cannot_get_with_what_is_new_goes_to_all_a_little_later() -> None:
    member = leader(config=Config(thrifty=True, max_inflight_messages=1))
    propose(member)
    member.step(Proposed(7, b"x"), ReadRequested(1))
    assert got(member) == {"b": [[]], "c": [[5, 6]]}
    member.step(after=DELAY)
    assert got(member) == {"b": [[]], "c": [[]]}


def test_who_is_to_read_what_is_held_back_from_it_gets_it_at_once() -> None:
    member = leader()
    propose(member)
    answer(member, "b")
    assert member.raft.commit_index == 5
    member.receive("c", ReadIndex(1))
    assert got(member) == {"b": [[]], "c": [[5]]}
    assert member.raft.rest_deadline == inf


def test_who_lacks_nothing_that_it_is_to_read_does_not_get_it_sooner() -> None:
    member = leader()
    propose(member)
    member.receive("c", ReadIndex(1))
    assert got(member) == {"b": [[]]}
    member.receive("b", ReadIndex(2))
    assert got(member) == {"b": [[]]}


def test_the_leaders_own_question_sends_nothing_sooner() -> None:
    member = leader()
    propose(member)
    answer(member, "b")
    member.step(ReadRequested(1))
    assert got(member) == {"b": [[]]}


def heard(member: Member, peer: NodeId) -> Output:
    """A peer has heard the latest question."""
    raft = member.raft
    progress = raft.progress[peer]
    reply = AppendReply(raft.term, True, progress.match_index, read_round=raft.reads.round)
    return member.receive(peer, reply)
