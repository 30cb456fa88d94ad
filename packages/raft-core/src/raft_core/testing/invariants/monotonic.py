"""A member's term and commit index never go back.

Source: paper, figure 2: currentTerm "increases monotonically", commitIndex "increases
monotonically".

Subtle: the term also over a crash, as far as anyone heard of it: a term that was neither durable
nor sent may be forgotten, one that left in a message may not, save by an older copy. The commit
index is volatile: a new life begins at what is applied (0 without a snapshot). It never passes the
end of the log, and what is durable never passes it either.
"""

from raft_core.io import Output
from raft_core.messages import (
    AppendEntries,
    AppendReply,
    ForwardReply,
    InstallSnapshot,
    Message,
    RequestVote,
    SnapshotReply,
    WithoutTerm,
)
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId, Term


class Monotonic(Invariant):
    """See the head of this module."""

    name = "monotonic term and commit"

    def __init__(self) -> None:
        self._seen: dict[NodeId, tuple[Term, Index, Index]] = {}
        self._told: dict[NodeId, Term] = {}

    def started(self, member: MemberView, durable: Durable) -> None:  # noqa: ARG002
        told = self._told.get(member.node_id, 0)
        if member.term < told:
            raise self.fail(
                f"{member.node_id} starts again in term {member.term} and has spoken in term {told}"
            )
        self._seen[member.node_id] = (member.term, member.commit_index, member.durable_index)

    def copied(self, durable: Durable) -> None:
        self._told.pop(durable.node_id, None)

    def stepped(self, member: MemberView, output: Output) -> None:  # noqa: ARG002
        node_id = member.node_id
        term, commit_index, _ = self._seen[node_id]
        last_index = member.log.last_index
        if member.term < term:
            raise self.fail(f"the term of {node_id} goes back from {term} to {member.term}")
        if member.commit_index < commit_index:
            raise self.fail(
                f"the commit index of {node_id} goes back from {commit_index} to "
                f"{member.commit_index}"
            )
        if max(member.commit_index, member.durable_index) > last_index:
            raise self.fail(
                f"{node_id} has committed {member.commit_index} and durable "
                f"{member.durable_index}, its log ends at {last_index}"
            )
        self._seen[node_id] = (member.term, member.commit_index, member.durable_index)

    def transmitted(self, durable: Durable, to: NodeId, message: Message) -> None:  # noqa: ARG002
        kind = type(message)
        if (
            kind is AppendEntries
            or kind is AppendReply
            or kind is ForwardReply
            or kind is InstallSnapshot
            or kind is SnapshotReply
            or (isinstance(message, RequestVote) and not message.pre)
        ):
            assert not isinstance(message, WithoutTerm)
            if message.term > self._told.get(durable.node_id, 0):
                self._told[durable.node_id] = message.term
