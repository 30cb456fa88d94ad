"""What a member says of itself: plain values, true at the moment of asking."""

import msgspec
import pytest

from raft_core.codec import Standing
from raft_core.io import PeersChanged, Proposed
from raft_core.membership import Configuration
from raft_core.messages import AppendReply, Holding
from raft_core.progress import ProgressState
from raft_core.status import PeerHolding, PeerStatus, Status, status_of
from raft_core.types import Role
from tests.unit.raft_core.roles import ROLES, follower
from tests.unit.raft_core.support import Member, append


def test_a_follower() -> None:
    member = follower()
    member.slow = True
    member.receive("b", append(3, 3, 1, [3, 3], commit=4))
    member.step(PeersChanged(frozenset("cb")))
    assert status_of(member.raft, None) == Status(
        node_id="a",
        role=Role.FOLLOWER,
        term=3,
        leader="b",
        voted_for=None,
        commit_index=4,
        applied_index=3,
        last_log_index=5,
        last_log_term=3,
        durable_index=3,
        snapshot_index=0,
        first_log_index=1,
        voters=("a", "b", "c"),
        outgoing=(),
        learners=(),
        target_size=3,
        connected=("b", "c"),
        may_fail=1,
        problem=None,
        progress={},
        configuration_index=1,
        log_terms=((1, 1), (4, 3)),
    )


def test_what_peers_in_reach_have_is_told_if_they_were_asked() -> None:
    member = Member([1])
    member.step(PeersChanged(frozenset("bc")))
    member.receive("c", Holding(7, 2, 6, True))
    member.receive("b", Holding(5, 2, 5))
    told = status_of(member.raft, None)
    assert told.holdings == {"b": PeerHolding(5, 2, 5, False), "c": PeerHolding(7, 2, 6, True)}
    assert told.suspects == ("c",)
    member.step(PeersChanged(frozenset("b")))
    assert set(status_of(member.raft, None).holdings) == {"b"}


def test_a_leader_tells_of_its_peers() -> None:
    member = Member([1], configuration=Configuration.of("abc", "l")).lead()
    member.accept("b")
    member.slow = True
    member.step(Proposed(1, b"x"))
    status = status_of(member.raft, None)
    assert (status.role, status.leader, status.voted_for) == (Role.LEADER, "a", "a")
    assert status.learners == ("l",)
    assert status.progress == {
        "b": PeerStatus(3, 5, 1, "replicate"),
        "c": PeerStatus(0, 3, 0, "probe"),
        "l": PeerStatus(0, 3, 0, "probe"),
    }
    assert {state.value for state in ProgressState} == {"probe", "replicate", "snapshot"}


@pytest.mark.parametrize(
    "role,shown",
    [
        ("blank", Role.LEARNER),
        ("learner", Role.LEARNER),
        ("follower", Role.FOLLOWER),
        ("pre-candidate", Role.PRE_CANDIDATE),
        ("candidate", Role.CANDIDATE),
        ("leader", Role.LEADER),
    ],
)
def test_who_has_no_vote_is_shown_as_a_learner(role: str, shown: Role) -> None:
    assert status_of(ROLES[role]().raft, None).role is shown


def test_while_the_voters_change_both_halves_are_shown() -> None:
    status = status_of(Member(configuration=Configuration.of("abc", "", "a")).raft, None)
    assert (status.voters, status.outgoing) == (("a", "b", "c"), ("a",))


@pytest.mark.parametrize(
    "connected,problem,may_fail",
    [("bc", None, 1), ("b", None, 0), ("", None, 0), ("bc", "the storage is full", 0)],
)
def test_how_many_may_fail_now(connected: str, problem: str | None, may_fail: int) -> None:
    # Of three, with this one: one that cannot go on has failed already.
    member = follower()
    member.step(PeersChanged(frozenset(connected)))
    status = status_of(member.raft, problem)
    assert (status.may_fail, status.problem) == (may_fail, problem)


def test_a_status_can_be_shown_anywhere() -> None:
    status = status_of(Member([1]).lead().raft, None)
    assert msgspec.convert(msgspec.to_builtins(status), Status) == status


def test_who_may_have_forgotten_something_is_no_voter_to_count_on() -> None:
    member = Member([1]).lead().settle()
    member.step(PeersChanged(frozenset("bc")))
    assert status_of(member.raft, None).may_fail == 1
    reply = AppendReply(member.raft.term, True, 3, life=1, suspect=True)
    member.receive("b", reply)
    status = status_of(member.raft, None)
    assert (status.suspect, status.suspects, status.may_fail) == (False, ("b",), 0)


def test_one_that_may_have_forgotten_something_says_so() -> None:
    status = status_of(Member([1], standing=Standing(1, suspect=True)).raft, None)
    assert (status.suspect, status.suspects, status.freed_alone) == (True, ("a",), False)


def test_one_that_was_alone_says_that_it_goes_on_all_the_same() -> None:
    standing = Standing(1, suspect=True, configuration_index=1)
    member = Member([1], configuration=Configuration.of("a"), standing=standing)
    status = status_of(member.raft, None)
    assert (status.suspect, status.suspects, status.freed_alone) == (False, (), True)
