"""What is asked of a leader, and its word on it: who gets which.

None of these messages has a term: who asks does not know who leads, and an answer stays true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from raft_core import _leader, _members, _transfer
from raft_core.messages import (
    LATER,
    NOWHERE,
    Forward,
    ForwardedChange,
    Operation,
    OperationReply,
    ReadIndex,
    ReadIndexReply,
    Removal,
    TransferRequest,
    WithoutTerm,
)
from raft_core.types import NodeId, Role

if TYPE_CHECKING:
    from raft_core.raft import Raft

WITHOUT_TERM: Final = (
    Forward,
    ReadIndex,
    ReadIndexReply,
    ForwardedChange,
    TransferRequest,
    OperationReply,
    Removal,
)


def on_message(raft: Raft, sender: NodeId, message: WithoutTerm) -> None:
    """Something for the leader, an answer, or the news that this member is removed."""
    if isinstance(message, Forward):
        _leader.on_forward(raft, sender, message.proposals)
    elif isinstance(message, ReadIndex):
        raft.reads.on_asked(raft, sender, message.request)
    elif isinstance(message, ReadIndexReply):
        raft.reads.on_reply(message)
    elif isinstance(message, OperationReply):
        raft.replies.append(message)
    elif isinstance(message, Removal):
        _members.on_removal(raft, sender, message)
    else:
        _on_operation(raft, sender, message)


def on_asked(raft: Raft, operation: Operation) -> None:
    """Somebody at this member asks; whether the question arrives, the asker watches."""
    if raft.role is Role.LEADER:
        _on_operation(raft, "", operation)
    elif raft.leader is not None:
        raft.send((raft.leader,), operation)
    else:
        raft.replies.append(OperationReply(operation.name, operation.attempt, NOWHERE))


def _on_operation(raft: Raft, origin: NodeId, operation: Operation) -> None:
    if raft.role is not Role.LEADER:
        sentence = f"{raft.node_id} does not lead"
        raft.reply(origin, OperationReply(operation.name, operation.attempt, LATER, sentence))
    elif isinstance(operation, ForwardedChange):
        _members.on_change(raft, origin, operation)
    else:
        _transfer.on_request(raft, origin, operation)
