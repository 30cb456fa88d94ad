"""Members that are removed: a leader that goes, and those who must learn that they are out."""

from collections.abc import Callable
from math import inf

import pytest
from msgspec.structs import replace

from raft_core.membership import Configuration
from raft_core.messages import (
    DONE,
    AppendEntries,
    Removal,
    RequestVote,
    TimeoutNow,
)
from raft_core.types import Role, next_generation
from tests.unit.raft_core.changes import (
    HEARTBEAT,
    change,
    connect,
    of,
    plain,
    settled,
    status,
    steps,
)
from tests.unit.raft_core.roles import follower
from tests.unit.raft_core.support import Member, append, configured, sent


def learn(member: Member, configuration: Configuration, *, excluded: str) -> None:
    """The follower of "b" gets this configuration, which is not committed."""
    log = member.raft.log
    entry = configured(log.last_index + 1, 3, replace(configuration, excluded=tuple(excluded)))
    member.receive("b", AppendEntries(3, log.last_index, log.last_term, 0, (entry,)))


def learn_commit(member: Member) -> None:
    """It hears that all it has is committed."""
    log = member.raft.log
    member.receive("b", append(3, log.last_index, log.last_term, commit=log.last_index))


def test_a_leader_that_is_removed_leads_until_that_is_committed_and_then_goes() -> None:
    member = settled()
    change(member, promote="d", remove="a")
    member.accept("b")
    assert steps(member.accept("d")) == [of("bcd")]
    assert member.accept("b").role is None
    out = member.accept("c")
    assert (out.role, member.raft.leader) == (Role.FOLLOWER, None)
    assert status(out) == DONE
    assert member.raft.removed
    member.step(after=1e6)
    assert (member.raft.role, member.out.deadline) == (Role.FOLLOWER, inf)


def test_a_leader_that_is_demoted_goes_too_and_is_a_learner() -> None:
    member = settled(of("abc"))
    change(member, demote="a")
    member.settle()
    assert member.raft.role is Role.FOLLOWER
    assert plain(member.raft.configuration) == of("bc", "a")
    assert not member.raft.removed


def test_it_does_not_count_itself_when_it_is_no_voter_any_more() -> None:
    member = settled()
    change(member, promote="d", remove="a")
    member.accept("b")
    member.accept("d")
    index = member.raft.configuration_index
    member.accept("b", index)
    assert member.raft.commit_index < index
    member.accept("c", index)
    assert member.raft.commit_index == index


def without_d() -> Member:
    """A leader of "abc" that has removed "d"."""
    member = settled()
    change(member, remove="d")
    assert member.raft.excluded == frozenset()
    member.settle()
    assert member.raft.excluded == {"d"}
    return member


def test_who_is_removed_and_in_reach_is_told_at_every_heartbeat_until_it_is_gone() -> None:
    member = without_d()
    assert sent(member.step(after=HEARTBEAT), Removal) == []
    connect(member, "b", "c", "d")
    for _ in range(2):
        out = member.step(after=HEARTBEAT)
        assert [send.to for send in out.sends if isinstance(send.message, Removal)] == [("d",)]
    connect(member, "b", "c")
    assert sent(member.step(after=HEARTBEAT), Removal) == []


def test_what_a_removed_member_says_counts_for_nothing_and_it_is_told() -> None:
    member = without_d()
    term = member.raft.term
    out = member.receive("d", RequestVote(term + 5, 99, 99, False, True))
    assert [type(send.message) for send in out.sends] == [Removal]
    assert (member.raft.role, member.raft.term) == (Role.LEADER, term)


def test_a_removal_counts_when_it_is_committed_and_not_before() -> None:
    member = follower()
    learn(member, of("ab"), excluded="c")
    assert member.raft.configuration.voters == ("a", "b")
    assert member.raft.excluded == frozenset()
    learn_commit(member)
    assert member.raft.excluded == {"c"}


def test_a_leader_that_is_removed_is_heard_until_it_has_handed_over() -> None:
    member = follower()
    learn(member, of("ac"), excluded="b")
    learn_commit(member)
    assert member.raft.excluded == {"b"}
    member.receive("b", TimeoutNow(3))
    assert member.raft.role is Role.CANDIDATE


def test_one_that_is_told_that_it_is_removed_never_campaigns_again() -> None:
    member = Member([1]).ask()
    member.receive("b", Removal(5))
    assert member.raft.removed
    assert member.raft.role is Role.FOLLOWER
    member.step(after=1e6)
    assert (member.raft.role, member.out.deadline) == (Role.FOLLOWER, inf)


def test_a_removal_that_this_member_knows_better_than_is_not_believed() -> None:
    member = follower()
    member.receive("b", append(3, 3, 1, commit=3))
    member.receive("b", Removal(3, 3))
    member.receive("c", Removal(2, 9))
    assert not member.raft.removed
    member.receive("c", Removal(4, 3))
    assert member.raft.removed


def test_a_strangers_word_counts_when_it_is_said_for_long_and_no_leader_is_heard() -> None:
    """All whom it knew may have been replaced while it slept."""
    member = Member([1])
    for _ in range(9):
        member.receive("x", Removal(99, 9), after=member.raft.config.election_timeout / 10)
        assert not member.raft.removed
    member.receive("y", Removal(99, 9), after=member.raft.config.election_timeout / 2)
    assert member.raft.removed


def test_a_stranger_ends_no_member_that_hears_its_leader() -> None:
    member = Member([1])
    timeout = member.raft.config.election_timeout
    member.receive("x", Removal(99, 9))
    for _ in range(30):
        member.receive("b", append(1, 2, 1), after=timeout / 10)
        member.receive("x", Removal(99, 9))
    member.receive("x", Removal(99, 9), after=timeout)
    assert not member.raft.removed
    member.receive("x", Removal(99, 9), after=timeout)
    assert member.raft.removed


@pytest.mark.parametrize("hear", [Member.follow, lambda member: member.lead().settle()])
def test_what_strangers_said_before_there_was_a_leader_counts_no_more(
    hear: Callable[[Member], object],
) -> None:
    member = Member([1])
    timeout = member.raft.config.election_timeout
    member.receive("x", Removal(99, 9))
    hear(member)
    member.step(after=9 * timeout)
    assert not member.raft.hears_leader()
    member.receive("y", Removal(99, 9))
    assert not member.raft.removed
    member.receive("y", Removal(99, 9), after=timeout)
    assert member.raft.removed


def test_who_was_a_member_in_the_configuration_before_is_no_stranger() -> None:
    member = follower()
    learn(member, of("abd"), excluded="c")
    member.receive("c", Removal(99, 3))
    assert member.raft.removed


def test_a_later_generations_word_counts_and_an_earlier_ones_does_not() -> None:
    """The survivor may have been removed before, by entries that it never got."""
    generation = next_generation(1)
    survivor = Member([1], term=generation)
    survivor.receive("b", Removal(99, 7))
    assert not survivor.raft.removed
    old = Member([1, 1, 1])
    old.receive("b", append(1, 4, 1, commit=4))
    old.receive("b", Removal(2, generation))
    assert old.raft.removed


def test_two_that_hold_each_other_for_removed_do_not_say_so_for_ever() -> None:
    """A survivor has excluded all others, and they had removed it by entries that it never got."""
    new = replace(of("a"), excluded=("b", "c"))
    survivor = Member([1], configuration=new, term=next_generation(1))
    survivor.wait()
    before = replace(of("bc"), excluded=("a",))
    old = Member([1], node_id="b", configuration=before)
    old.follow("c", commit=2)
    assert survivor.raft.excluded == {"b", "c"}
    assert old.raft.excluded == {"a"}
    (word,) = sent(survivor.receive("b", *sent(old.wait(), RequestVote)), Removal)
    assert sent(old.receive("a", word), Removal) == []
    old.receive("a", word, after=old.raft.config.election_timeout)
    assert old.raft.removed
    assert sent(survivor.receive("b", Removal(99, 1)), Removal) == []
    assert not survivor.raft.removed


def test_a_removed_leader_that_others_follow_no_more_ends_at_the_first_word() -> None:
    member = settled()
    connect(member, "b", "c", "d")
    change(member, promote="d", remove="a")
    member.settle()
    assert member.raft.node_id in member.raft.excluded
    assert (member.raft.role, member.raft.removed) == (Role.LEADER, False)
    member.receive("b", Removal(member.raft.commit_index, member.raft.term + 1))
    assert (member.raft.role, member.raft.removed) == (Role.FOLLOWER, True)


def test_one_that_finds_its_removal_in_its_own_log_knows_it_too() -> None:
    member = follower()
    learn(member, of("bc"), excluded="a")
    assert member.raft.removed is False
    learn_commit(member)
    assert member.raft.removed


def test_a_change_that_the_leader_does_not_survive_is_forgotten_by_it() -> None:
    member = settled()
    change(member, remove="c")
    out = member.receive("c", append(9))
    assert out.replies == ()
    assert member.raft.change is None
