"""What is asked of a leader or of everyone, and the answers: who gets which.

None of these messages has a term: who asks does not know who leads, and an answer stays true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from raft_core import _holdings, _leader, _members, _transfer
from raft_core.messages import (
    LATER,
    NOWHERE,
    Forward,
    ForwardedChange,
    Holding,
    Inquiry,
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
    Inquiry,
    Holding,
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
    elif isinstance(message, Inquiry):
        _holdings.on_inquiry(raft, sender)
    elif isinstance(message, Holding):
        _holdings.on_holding(raft, sender, message)
    else:
        _on_operation(raft, sender, message)


def on_asked(raft: Raft, operation: Operation | Inquiry) -> None:
    """Somebody at this member asks; whether the question arrives, the asker watches."""
    if isinstance(operation, Inquiry):
        _holdings.inquire(raft, operation)
    elif raft.role is Role.LEADER:
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
