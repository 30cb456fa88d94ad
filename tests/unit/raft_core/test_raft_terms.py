"""The one term rule and its exceptions, and the timers."""

from collections.abc import Callable
from math import inf

import pytest

from raft_core.codec import Standing
from raft_core.config import Config
from raft_core.membership import Configuration
from raft_core.messages import (
    Answer,
    AppendReply,
    ForwardReply,
    Freed,
    InstallSnapshot,
    Message,
    RequestVote,
    VoteReply,
)
from raft_core.types import Role
from tests.unit.raft_core.roles import ROLES, follower, in_every_role, memory
from tests.unit.raft_core.support import Member, append, ask_vote, only

# --- the one term rule --------------------------------------------------------------------------


@in_every_role
@pytest.mark.parametrize(
    "message",
    [
        VoteReply(9, granted=False, pre=False),
        VoteReply(9, granted=True, pre=False),
        VoteReply(9, granted=False, pre=True),
        AppendReply(9, accepted=True, match_index=1),
        ForwardReply(9, 1, ()),
    ],
)
def test_a_newer_term_makes_a_follower_of_everyone(
    make: Callable[[], Member], message: Message
) -> None:
    member = make()
    member.receive("c", message)
    raft = member.raft
    assert (raft.term, raft.role, raft.leader, raft.voted_for) == (9, Role.FOLLOWER, None, None)
    assert raft.votes == {}
    assert raft.progress == {}


@in_every_role
@pytest.mark.parametrize(
    "message",
    [
        AppendReply(2**63, accepted=False, match_index=0),
        VoteReply(2**64 - 1, granted=False, pre=False),
        RequestVote(2**64 - 1, 9, 9, pre=False),
        append(2**64 - 1),
        ForwardReply(2**28 + 10, 0, ()),
    ],
)
def test_a_term_that_no_election_can_have_made_is_not_believed(
    make: Callable[[], Member], message: Message
) -> None:
    """The next election would need a term that no message can hold."""
    member = make()
    before = memory(member.raft)
    assert member.receive("c", message, after=0.0).sends == []
    assert memory(member.raft) == before


@in_every_role
def test_a_newer_leader_is_followed_by_everyone(make: Callable[[], Member]) -> None:
    member = make()
    member.receive("c", append(9))
    assert (member.raft.term, member.raft.role, member.raft.leader) == (9, Role.FOLLOWER, "c")


@in_every_role
def test_a_pre_vote_raises_nobodys_term(make: Callable[[], Member]) -> None:
    member = make()
    before = memory(member.raft)
    member.receive("c", RequestVote(9, 9, 9, pre=True))
    assert memory(member.raft) == before


@pytest.mark.parametrize("role", ["follower", "learner", "leader", "leader with all in place"])
@pytest.mark.parametrize("pre", [True, False])
def test_who_hears_a_leader_does_not_even_consider_a_vote(role: str, pre: bool) -> None:
    member = ROLES[role]()
    before = memory(member.raft)
    assert member.receive("c", RequestVote(9, 9, 9, pre)).sends == []
    assert memory(member.raft) == before


def test_who_has_not_heard_the_leader_for_an_election_timeout_does() -> None:
    member = follower()
    timeout = Config().election_timeout
    assert member.receive("c", ask_vote(member.raft), after=0.99 * timeout).sends == []
    out = member.receive("c", ask_vote(member.raft), after=0.01 * timeout)
    assert only(out, VoteReply).granted


def test_a_granted_pre_vote_of_the_term_to_come_raises_no_term() -> None:
    member = Member([1, 1], term=3).ask()
    member.receive("b", VoteReply(9, granted=True, pre=True))
    assert (member.raft.term, member.raft.role) == (3, Role.PRE_CANDIDATE)


OLD: list[Message] = [
    RequestVote(2, 9, 9, pre=False),
    RequestVote(2, 9, 9, pre=True),
    VoteReply(2, granted=True, pre=False),
    VoteReply(2, granted=True, pre=True),
    append(2, 1, 1, [2, 2, 2], commit=3),
    AppendReply(2, accepted=True, match_index=3),
    AppendReply(2, accepted=False, match_index=2),
    ForwardReply(2, 3, (Answer(5, 2),)),
]


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("blank", "learner")])
@pytest.mark.parametrize("message", OLD)
def test_an_older_term_changes_nothing_timers_included(role: str, message: Message) -> None:
    member = ROLES[role]()
    before, deadline = memory(member.raft), member.out.deadline
    out = member.receive("b", message)
    assert memory(member.raft) == before
    assert out.deadline == deadline


@pytest.mark.parametrize(
    "message,answer",
    [
        (RequestVote(2, 9, 9, pre=False), VoteReply(3, granted=False, pre=False)),
        (RequestVote(2, 9, 9, pre=True), VoteReply(3, granted=False, pre=True)),
        (append(2, 7, 2), AppendReply(3, False, 7, 3, 1)),
        (VoteReply(2, granted=True, pre=False), None),
        (InstallSnapshot(2, 9, 2, 1, b"digest", 0, b"x"), AppendReply(3, False, 0)),
        (AppendReply(2, accepted=True, match_index=3), None),
        (ForwardReply(2, 3, (Answer(5, 2),)), None),
    ],
)
def test_who_asks_in_an_older_term_is_told_ours(message: Message, answer: Message | None) -> None:
    out = follower().receive("c", message)
    assert [(send.to, send.message) for send in out.sends] == ([(("c",), answer)] if answer else [])


# --- timers -------------------------------------------------------------------------------------


def test_election_timeouts_are_drawn_anew_between_the_bounds() -> None:
    config = Config(election_timeout=1.0, election_timeout_max=4.0)
    member = Member([1, 1], config=config)
    drawn = set()
    for _ in range(50):
        member.follow()
        drawn.add(round(member.raft.election_deadline - member.now, 6))
    assert len(drawn) > 40
    assert all(1.0 <= timeout <= 4.0 for timeout in drawn)
    assert max(drawn) - min(drawn) > 2.0


@pytest.mark.parametrize(
    "message,resets",
    [
        (append(3, 3, 1), True),
        (append(3, 9, 3), True),  # a leader is a leader, whether the logs agree or not
        (RequestVote(3, 9, 9, pre=False), True),  # granted
        (RequestVote(3, 0, 0, pre=False), False),
        (RequestVote(4, 0, 0, pre=False), False),
        (RequestVote(4, 9, 9, pre=True), False),
        (append(2, 3, 1), False),
        (AppendReply(4, accepted=True, match_index=1), False),
    ],
)
def test_what_resets_the_election_timer(message: Message, resets: bool) -> None:
    member = Member([1, 1], term=3)
    deadline = member.raft.election_deadline
    member.receive("b", message, after=0.5)
    assert (member.raft.election_deadline != deadline) is resets


@pytest.mark.parametrize("role", ["blank", "learner"])
def test_who_has_no_vote_never_campaigns(role: str) -> None:
    member = ROLES[role]()
    out = member.step(after=1e6)
    assert out.deadline == inf
    assert out.sends == []
    assert member.raft.role is Role.FOLLOWER


def test_the_only_voter_does_not_wait_for_a_leader() -> None:
    member = Member(configuration=Configuration.of("a"))
    assert member.raft.election_deadline == member.now


@pytest.mark.parametrize(
    "message,answer",
    [
        (ask_vote(Member([1]).raft, newer_by=0), VoteReply(3, False, False, True)),
        (append(1, 1, 1), AppendReply(3, False, 1, 1, 1, 0, 2, True)),
        (
            InstallSnapshot(1, 9, 1, 10, b"d", 0, b"piece"),
            AppendReply(3, False, 0, 0, 0, 0, 2, True),
        ),
    ],
)
def test_who_answers_an_older_term_names_its_life_all_the_same(
    message: Message, answer: Message
) -> None:
    member = Member([1], term=3, standing=Standing(2, suspect=True))
    assert [send.message for send in member.receive("b", message).sends] == [answer]


@pytest.mark.parametrize("term,free", [(2, False), (3, True), (4, True)])
def test_a_leader_of_an_older_term_frees_nobody(term: int, free: bool) -> None:
    member = Member([1], term=3, standing=Standing(2, suspect=True))
    member.receive("b", Freed(term, 2))
    assert member.raft.suspect is not free
