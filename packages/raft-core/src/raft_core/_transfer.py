"""Leadership goes to another member by the leader's own will (thesis, section 3.10).

The leader takes no more proposals, brings its successor up to date and tells it to campaign at
once; the votes for it are given although the leader is heard. If nothing came of it within an
election time-out, the leader goes on leading. Whatever gets lost or comes late: the successor needs
votes like every candidate, so this can disturb and never harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from raft_core import _candidate
from raft_core.messages import (
    DENIED,
    LATER,
    OperationReply,
    OperationStatus,
    TimeoutNow,
    TransferRequest,
)
from raft_core.types import NodeId, Role

if TYPE_CHECKING:
    from raft_core.raft import Raft


class Transfer:
    """Who shall lead, and until when this is tried. ``asked`` is None if nobody asked for it."""

    __slots__ = ("asked", "deadline", "origin", "target", "told")

    def __init__(
        self, target: NodeId, deadline: float, origin: NodeId, asked: TransferRequest | None
    ) -> None:
        self.target = target
        self.deadline = deadline
        self.origin = origin
        self.asked = asked
        self.told = False


def on_request(raft: Raft, origin: NodeId, asked: TransferRequest) -> None:
    """Begin, or say why not. A leader's duty; ``origin`` is "" for this member."""
    if asked.to == raft.node_id:
        return  # It leads: that is all the answer there is.
    transfer = raft.transfer
    if transfer is not None:
        if asked.to not in (None, transfer.target):
            _reply(raft, origin, asked, LATER, f"leadership is just going to {transfer.target}")
        return
    target = asked.to or successor(raft)
    if target is None:
        _reply(raft, origin, asked, DENIED, "no other voter is in reach")
    elif target not in raft.configuration.voters:
        _reply(raft, origin, asked, DENIED, f"{target} is no voter")
    else:
        _begin(raft, target, origin, asked)


def _reply(
    raft: Raft, to: NodeId, asked: TransferRequest, status: OperationStatus, sentence: str
) -> None:
    raft.reply(to, OperationReply(asked.name, asked.attempt, status, sentence))


def leave_office(raft: Raft) -> None:
    """This leader is no voter any more: another one shall lead, without an election time-out."""
    if raft.transfer is not None:
        return
    target = successor(raft)
    if target is None:
        raft.become_follower(raft.term, None)
    else:
        _begin(raft, target, "", None)


def _begin(raft: Raft, target: NodeId, origin: NodeId, asked: TransferRequest | None) -> None:
    deadline = raft.now + raft.config.election_timeout
    raft.transfer = Transfer(target, deadline, origin, asked)


def go_on(raft: Raft, transfer: Transfer, *, heartbeat: bool) -> None:
    """A leader's, in every step while leadership is to go: it goes when the successor is ready."""
    progress = raft.progress.get(transfer.target)
    if progress is None or transfer.target not in raft.configuration.voters:
        _give_up(raft, transfer, "it is no voter any more")
    elif raft.now >= transfer.deadline:
        _give_up(raft, transfer, f"it did not take over within {raft.config.election_timeout:g} s")
    elif transfer.target in raft.suspects:
        return  # It would not campaign; it is free as soon as it has the log.
    elif progress.match_index == raft.log.last_index and (heartbeat or not transfer.told):
        transfer.told = True
        raft.reads.lease.end()
        raft.send((transfer.target,), TimeoutNow(raft.term))


def _give_up(raft: Raft, transfer: Transfer, why: str) -> None:
    raft.transfer = None
    raft.reconsider = True
    asked = transfer.asked
    if asked is not None:
        sentence = f"{transfer.target} does not lead: {why}"
        _reply(raft, transfer.origin, asked, DENIED, sentence)
    elif raft.node_id not in raft.configuration.voters:
        # It leaves the office, and nobody was quick enough.
        raft.become_follower(raft.term, None)


def step_aside(raft: Raft) -> None:
    """This leader ends now. Who may win an election is told to begin one; nobody waits for it."""
    if raft.role is not Role.LEADER:
        return
    target = successor(raft)
    if target is not None:
        raft.send((target,), TimeoutNow(raft.term))
        raft.become_follower(raft.term, None)


def successor(raft: Raft) -> NodeId | None:
    """The voter in reach that has most of the log, and all that is committed; no suspect one."""
    found = [
        (progress.match_index, progress.last_heard, peer)
        for peer, progress in raft.progress.items()
        if peer in raft.configuration.voters
        and peer in raft.connected
        and peer not in raft.suspects
        and progress.match_index >= raft.commit_index
    ]
    return max(found)[2] if found else None


def on_timeout_now(raft: Raft, sender: NodeId) -> None:
    """The leader of this term wants this member to lead. It need not ask first whether it may."""
    if sender == raft.leader and raft.role is Role.FOLLOWER and raft.campaigns():
        _candidate.take_over(raft)
