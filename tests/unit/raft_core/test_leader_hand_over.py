"""What a leader does, and does not do, while leadership is to go to another member."""

from raft_core.io import Asked, PeersChanged, Proposed
from raft_core.messages import (
    NOT_LEADER,
    Answer,
    AppendEntries,
    Forward,
    ForwardedProposal,
    ForwardReply,
    Removal,
    TimeoutNow,
    TransferRequest,
)
from raft_core.types import Role
from tests.unit.raft_core.changes import HEARTBEAT, change, connect, settled
from tests.unit.raft_core.support import Member, sent


def leaving() -> Member:
    """A leader that "b" is to follow, which does not take over."""
    member = settled()
    member.step(PeersChanged(frozenset("bcd")))
    out = member.step(Asked(TransferRequest("me.1", 1, "b")))
    assert sent(out, TimeoutNow) == [TimeoutNow(member.raft.term)]
    return member


def test_it_takes_no_proposals_and_says_so() -> None:
    member = leaving()
    out = member.step(Proposed(7, b"x"))
    assert (out.answers, out.write) == ([Answer(7, NOT_LEADER)], None)
    out = member.receive("c", Forward((ForwardedProposal(8, b"x"),)))
    assert sent(out, ForwardReply)[0].answers == (Answer(8, NOT_LEADER),)


def test_it_goes_on_with_its_heartbeats() -> None:
    member = leaving()
    out = member.step(after=HEARTBEAT)
    assert {
        peer for send in out.sends if isinstance(send.message, AppendEntries) for peer in send.to
    }


def test_one_that_is_no_voter_any_more_says_nothing_once_it_has_gone() -> None:
    member = settled()
    connect(member, "b", "c", "d")
    change(member, promote="d", remove="a")
    for peer in "bdbc":
        member.accept(peer)
    out = member.step()
    while out.role is None:
        for peer in "bc":
            member.accept(peer)
        out = member.step(after=HEARTBEAT)
    assert (out.role, out.sends) == (Role.FOLLOWER, [])


def test_nor_does_one_that_can_hand_over_to_nobody() -> None:
    member = settled()
    change(member, demote="a")
    for peer in "bcb":
        assert member.accept(peer).role is None
    out = member.accept("c")
    assert (out.role, out.sends) == (Role.FOLLOWER, [])


def test_with_each_heartbeat_it_tells_who_was_removed() -> None:
    member = settled()
    connect(member, "b", "c", "d")
    change(member, remove="d")
    member.settle()
    assert sent(member.step(after=HEARTBEAT), Removal) == [
        Removal(member.raft.commit_index, member.raft.term)
    ]
