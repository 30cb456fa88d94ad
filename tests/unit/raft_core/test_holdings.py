"""What members have, asked and told while nobody leads."""

import pytest

from raft_core.codec import Standing
from raft_core.io import Asked, PeersChanged
from raft_core.messages import Holding, Inquiry
from tests.unit.raft_core.roles import ROLES, follower, memory
from tests.unit.raft_core.support import Member, append, only, sent

HAS = Holding(7, 2, 6, True)


def test_a_question_goes_to_everyone_in_reach_member_or_not() -> None:
    member = Member([1])
    member.step(PeersChanged(frozenset({"c", "stranger"})))
    out = member.step(Asked(Inquiry()))
    assert [(send.to, send.message) for send in out.sends] == [(("c", "stranger"), Inquiry())]


def test_with_nobody_in_reach_nobody_is_asked() -> None:
    assert Member([1]).step(Asked(Inquiry())).sends == []


@pytest.mark.parametrize("role", ROLES)
def test_it_is_answered_in_every_role_and_changes_nothing(role: str) -> None:
    member = ROLES[role]()
    raft, before = member.raft, memory(member.raft)
    (answer,) = sent(member.receive("x", Inquiry()), Holding)
    log = raft.log
    assert answer == Holding(log.last_index, log.last_term, raft.commit_index, suspect=False)
    assert memory(raft) == before


def test_who_may_have_forgotten_says_so() -> None:
    member = Member([1], standing=Standing(1, suspect=True, configuration_index=1))
    assert only(member.receive("b", Inquiry()), Holding).suspect


def test_an_answer_speaks_of_what_is_durable_only() -> None:
    member = Member([1], slow=True)
    out = member.receive("b", append(1, 2, 1, [1]), Inquiry())
    assert out.write is not None
    (after,) = (send.after for send in out.sends if isinstance(send.message, Holding))
    assert after == out.write.id


def test_an_answer_is_kept_and_a_newer_one_takes_its_place() -> None:
    member = Member([1])
    member.receive("b", Holding(1, 1, 1))
    member.receive("b", HAS)
    assert member.raft.holdings == {"b": HAS}
    assert member.raft.known_suspects == {"b"}
    member.receive("b", Holding(7, 2, 6))
    assert member.raft.known_suspects == frozenset()


def test_where_a_leader_is_known_it_is_not_heard() -> None:
    member = follower()
    before = memory(member.raft)
    member.receive("c", HAS)
    assert memory(member.raft) == before


def test_it_is_forgotten_as_soon_as_somebody_leads() -> None:
    member = Member([1])
    member.receive("b", HAS)
    member.follow("c")
    assert (member.raft.holdings, member.raft.known_suspects) == ({}, frozenset())
    member = Member([1])
    member.receive("c", Holding(7, 2, 6))
    member.lead()
    assert member.raft.holdings == {}
