"""Members of a cluster that was recovered from one survivor, and of the old one: who hears whom."""

import pytest
from msgspec.structs import replace

from raft_core.io import Received
from raft_core.membership import Configuration
from raft_core.messages import (
    AppendEntries,
    AppendReply,
    InstallSnapshot,
    Message,
    Removal,
    RequestVote,
    TimeoutNow,
    VoteReply,
)
from raft_core.types import next_generation
from tests.unit.raft_core.roles import follower
from tests.unit.raft_core.support import Member, append, entries

NEW = next_generation(3)


def of_new_generation() -> Member:
    """A follower in a recovered cluster, which has not even the configuration that says so."""
    member = Member([1, 1], term=NEW)
    member.follow()
    return member


def old(member: Member) -> list[Message]:
    log = member.raft.log
    return [
        RequestVote(9, 99, 99, False, True),
        AppendEntries(9, log.last_index, log.last_term, 0, tuple(entries([9], log.last_index + 1))),
    ]


@pytest.mark.parametrize("number", range(2))
def test_an_old_leader_or_candidate_is_not_heard_and_told_that_it_is_out(number: int) -> None:
    member = of_new_generation()
    last = member.raft.log.last_index
    message = old(member)[number]
    out = member.step(Received("c", message))
    assert [type(send.message) for send in out.sends] == [Removal]
    assert (member.raft.term, member.raft.leader, member.raft.log.last_index) == (NEW, "b", last)


@pytest.mark.parametrize(
    "message",
    [
        RequestVote(NEW + 1, 99, 99, pre=False),
        RequestVote(NEW + 1, 99, 99, False, True),
        VoteReply(NEW + 1, granted=False, pre=False),
        AppendReply(NEW + 1, False, 3),
        TimeoutNow(NEW + 1),
    ],
    ids=lambda message: type(message).__name__,
)
def test_nothing_but_a_leader_draws_a_member_into_a_newer_generation(message: Message) -> None:
    """Else an old member would have terms as high as theirs, and could depose their leader."""
    member = Member([1], term=3)
    member.step(Received("c", message))
    assert member.raft.term == 3


def test_a_newcomer_follows_the_leader_that_takes_it_in_whatever_the_generation() -> None:
    member = Member(configuration=None)
    member.receive("c", append(NEW, 0, 0, [1]))
    assert (member.raft.term, member.raft.leader) == (NEW, "c")
    assert member.writes[-1].term == NEW, "and remembers it"


@pytest.mark.parametrize(
    "message",
    [
        append(NEW, 3, 1, [NEW]),
        append(NEW, 1, 1, [1, 1, NEW]),
        InstallSnapshot(NEW, 9, NEW, 1, b"digest", 0, b"x"),
    ],
    ids=["entries that follow", "all entries", "a snapshot"],
)
def test_an_old_member_that_the_survivor_did_not_know_is_out_when_it_is_taken_in(
    message: Message,
) -> None:
    """What is committed here may be what the survivor never had. It goes on with none of both."""
    member = follower()
    out = member.receive("e", message)
    assert member.raft.removed
    assert (out.sends, out.write, member.raft.term) == ([], None, 3)


def test_so_is_one_that_only_heard_an_old_leader() -> None:
    """A read of its callers, which that leader has answered, would show what the new one has."""
    member = Member(configuration=None)
    member.receive("b", append(3, 7, 3))
    member.receive("e", append(NEW, 0, 0, [NEW]))
    assert member.raft.removed


def test_an_old_majority_that_has_removed_the_survivor_goes_on_as_long_as_it_has_a_leader() -> None:
    """Else whoever was removed could end the cluster, by making itself the survivor of another."""
    without = replace(Configuration.of("bcd"), excluded=("x",))
    member = Member([1], configuration=without, node_id="b")
    timeout = member.raft.config.election_timeout
    for _ in range(30):
        member.receive("c", append(1, 2, 1, commit=2), after=timeout / 10)
        member.receive("x", Removal(99, NEW))
        member.receive("x", append(NEW, 1, 1, [NEW]))
        assert not member.raft.removed
    member.receive("x", Removal(99, NEW), after=timeout)
    member.receive("x", Removal(99, NEW), after=timeout)
    assert member.raft.removed


def test_an_old_answer_is_not_heard_and_not_answered() -> None:
    member = of_new_generation()
    out = member.receive("c", VoteReply(9, granted=True, pre=False))
    assert (out.sends, member.raft.term) == ([], NEW)
