"""What a voter promises whom it hears, so that a lease can be: no vote for an election time-out."""

from collections.abc import Callable

import pytest

from raft_core.config import Config
from raft_core.membership import Configuration
from raft_core.messages import AppendEntries, AppendReply, RequestVote, VoteReply
from raft_core.types import Role
from tests.unit.raft_core.support import Member, only, sent

CONFIG = Config(read_lease=0.9, election_timeout_max=9.0)
PROMISE = CONFIG.election_timeout
SHORT = 0.001


def vote(
    member: Member, *, term: int = 1, pre: bool = False, transfer: bool = False
) -> RequestVote:
    """For a candidate with the same log, of a term so much newer."""
    log = member.raft.log
    return RequestVote(member.raft.term + term, log.last_index, log.last_term, pre, transfer)


def granted(member: Member, *, term: int = 1, pre: bool = False, transfer: bool = False) -> bool:
    out = member.receive("c", vote(member, term=term, pre=pre, transfer=transfer))
    return any(reply.granted for reply in sent(out, VoteReply))


def started(config: Config = CONFIG) -> Member:
    """A voter in a new life; its first step comes with the first message."""
    return Member([1, 1], term=3, config=config)


def following(config: Config = CONFIG) -> Member:
    """One that hears its leader now, and started long ago."""
    member = started(config)
    member.now += 0.9 * PROMISE
    member.follow()
    return member


def in_a_newer_term(config: Config = CONFIG) -> Member:
    """One that heard its leader now, and then of a newer term, and of nobody who leads in it."""
    member = following(config)
    member.receive("c", AppendReply(member.raft.term + 1, False, 0))
    assert (member.raft.leader, member.raft.voted_for) == (None, None)
    return member


each_promise = pytest.mark.parametrize("make", [started, following, in_a_newer_term])
each_vote = pytest.mark.parametrize("pre", [False, True], ids=["vote", "pre-vote"])


@each_promise
@each_vote
def test_nobody_gets_its_vote_for_an_election_time_out(
    make: Callable[[], Member], pre: bool
) -> None:
    member = make()
    began = member.now
    for after in (0.0, 0.5 * PROMISE, PROMISE - SHORT):
        member.now = began + after
        before = member.raft.term
        assert not granted(member, pre=pre)
        assert member.raft.term == before
    member.now = began + PROMISE
    assert granted(member, pre=pre)


@each_promise
def test_save_for_whom_the_leader_wants(make: Callable[[], Member]) -> None:
    """That leader has no lease any more."""
    assert granted(make(), transfer=True)


@each_promise
def test_not_even_itself(make: Callable[[], Member]) -> None:
    member = make()
    assert member.raft.election_deadline >= member.now + PROMISE


def test_nor_one_of_the_term_that_it_just_heard_of() -> None:
    member = in_a_newer_term()
    assert only(member.receive("c", vote(member, term=0)), VoteReply).granted is False
    assert member.raft.voted_for is None
    assert granted(member, term=0, transfer=True)


def test_a_vote_that_was_given_is_given_again() -> None:
    member = started()
    assert granted(member, transfer=True)
    assert granted(member, term=0)


def test_the_only_voter_waits_for_nobody() -> None:
    member = Member([1, 1], configuration=Configuration.of("a", "l"), config=CONFIG)
    assert member.step().role is Role.CANDIDATE


def test_a_member_that_was_never_in_a_cluster_hears_its_first_leader_at_once() -> None:
    member = Member(configuration=None, config=CONFIG)
    member.receive("b", AppendEntries(2, 0, 0, 0, ()))
    assert member.raft.leader == "b"


@pytest.mark.parametrize("make", [started, in_a_newer_term])
def test_without_leases_nobody_waits(make: Callable[[Config], Member]) -> None:
    assert granted(make(Config()))
