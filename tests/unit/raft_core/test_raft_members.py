"""Which inputs and messages about members reach whom, and who is not heard any more."""

from msgspec.structs import replace

from raft_core.io import Asked, PeersChanged, StepAside
from raft_core.membership import Configuration
from raft_core.messages import (
    AppendEntries,
    AppendReply,
    OperationReply,
    Removal,
    RequestVote,
    TimeoutNow,
    TransferRequest,
)
from raft_core.types import Role
from tests.unit.raft_core.roles import follower
from tests.unit.raft_core.support import Member, configured, only, sent

of = Configuration.of


def knowing(out: str, stay: str) -> Member:
    """A follower of "b" that knows that ``out`` is removed."""
    member = follower()
    log = member.raft.log
    entry = configured(log.last_index + 1, 3, replace(of(stay), excluded=(out,)))
    member.receive("b", AppendEntries(3, log.last_index, log.last_term, 0, (entry,)))
    member.receive("b", AppendEntries(3, entry.index, 3, entry.index, ()))
    return member


def test_who_is_out_is_not_heard_but_told() -> None:
    member = knowing("c", "ab")
    out = member.receive("c", RequestVote(9, 99, 99, False, True))
    assert isinstance(only(out, Removal), Removal)
    assert member.raft.term == 3


def test_a_leader_that_leaves_is_heard() -> None:
    member = knowing("b", "ac")
    log = member.raft.log
    out = member.receive("b", AppendEntries(3, log.last_index, 3, log.last_index, ()))
    assert sent(out, AppendReply)


def test_one_that_is_out_itself_knows_it() -> None:
    assert knowing("a", "bc").raft.removed
    assert not knowing("c", "ab").raft.removed


def test_a_leader_knows_it_when_it_leads_no_more() -> None:
    """It has to hand over first."""
    member = Member([1], configuration=replace(of("abc"), excluded=())).lead().settle()
    member.raft.excluded = frozenset("a")
    member.step()
    assert not member.raft.removed
    member.step(PeersChanged(frozenset("b")))
    member.step(StepAside())
    assert member.raft.removed


def test_what_is_asked_is_answered_here_or_there() -> None:
    member = Member([1]).lead().settle()
    asked = TransferRequest("me.1", 1, "x")
    (here,) = member.step(Asked(asked)).replies
    there = only(member.receive("b", asked), OperationReply)
    assert here == there


def test_the_leaders_word_to_take_over_reaches_the_successor() -> None:
    member = follower()
    assert member.receive("b", TimeoutNow(3)).role is Role.CANDIDATE
