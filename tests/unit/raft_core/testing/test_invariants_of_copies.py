"""What the invariants make of a member that goes on from an older copy of its journal."""

import pytest

from raft_core.messages import RequestVote, VoteReply
from raft_core.testing.invariants import (
    InvariantViolated,
    LeaderCompleteness,
    Monotonic,
    Suspicion,
    VoteStability,
)
from tests.unit.raft_core.testing.histories import NOTHING, Fake, durable, leader, log


def test_an_older_copy_may_be_in_an_older_term() -> None:
    invariant = Monotonic()
    invariant.transmitted(durable("a", term=3), "b", RequestVote(3, 0, 0, False))
    invariant.copied(durable("a", term=2))
    invariant.started(Fake(term=2), durable("a"))


def test_an_older_copy_may_vote_again_where_the_original_elected_nobody() -> None:
    invariant = VoteStability()
    back = durable("a", term=1)
    invariant.transmitted(durable("a", term=2), "b", VoteReply(2, granted=True, pre=False))
    invariant.copied(back)
    invariant.transmitted(back, "c", VoteReply(2, granted=True, pre=False))


def elected_and_copied() -> VoteStability:
    """b leads in term 2 by the vote of a, which is a copy now."""
    invariant = VoteStability()
    invariant.transmitted(durable("a", term=2), "b", VoteReply(2, granted=True, pre=False))
    invariant.started(leader("b", 2), durable("b"))
    invariant.stepped(leader("b", 2), NOTHING)
    invariant.copied(durable("a", term=1))
    invariant.started(Fake("a"), durable("a"))
    return invariant


def test_but_not_where_it_has_helped_to_elect_a_leader() -> None:
    invariant = elected_and_copied()
    with pytest.raises(InvariantViolated, match="voted for b and for c in term 2"):
        invariant.transmitted(durable("a"), "c", VoteReply(2, granted=True, pre=False))


@pytest.mark.parametrize("term", [1, 2])
def test_a_copy_is_free_in_no_lower_term_than_that_leaders(term: int) -> None:
    invariant = elected_and_copied()
    invariant.stepped(Fake("a"), NOTHING)
    invariant.stepped(Fake("a", suspect=True, copied=True), NOTHING)
    if term == 2:
        invariant.stepped(Fake("a", term=term), NOTHING)
        return
    with pytest.raises(InvariantViolated, match="free in term 1; the original has helped to elect"):
        invariant.stepped(Fake("a", term=term), NOTHING)


def test_a_copy_that_dies_before_it_is_durable_that_it_is_one_does_not_know_it() -> None:
    invariant = elected_and_copied()
    invariant.stepped(Fake("a", suspect=True, copied=True), NOTHING)
    invariant.started(Fake("a"), durable("a"))
    invariant.stepped(Fake("a"), NOTHING)


def test_who_is_shown_to_be_a_copy_owes_what_is_committed_then() -> None:
    completeness = LeaderCompleteness({})
    witness = Fake("w", term=2, commit_index=2, log=log(1, 2))
    completeness.started(witness, durable("w"))
    completeness.stepped(witness, NOTHING)
    invariant = Suspicion(completeness)
    kept = durable("a", 1, 2, term=3)
    kept.go_back(durable("a", 1, term=3).image())
    invariant.started(Fake("a", term=3, life=0), kept)
    invariant.stepped(Fake("a", term=3, suspect=True, copied=True, life=5), NOTHING)
    with pytest.raises(InvariantViolated, match="without entry 2"):
        invariant.stepped(Fake("a", term=3, life=5), NOTHING)
