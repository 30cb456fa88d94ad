"""A member votes for at most one candidate in a term, crashes included.

Source: paper, figure 2, votedFor "(or null if none)", persistent; section 5.2.

Subtle: what counts is what others heard. A vote decided in memory and lost in a crash before its
answer left binds nobody; one whose answer left binds for ever. A candidate's own vote counts from
the moment it asks others, or leads. The same vote may be told again. A pre-vote is no vote. An
older copy of a member may vote again where the original's vote has elected nobody (``_copies``);
it must not be free in a lower term than that of a leader whom the original has helped to elect.
"""

from raft_core.io import Output
from raft_core.messages import Message, RequestVote, VoteReply
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.view import Durable, MemberView
from raft_core.types import NodeId, Role, Term


class VoteStability(Invariant):
    """See the head of this module."""

    name = "vote stability"

    def __init__(self) -> None:
        self._told: dict[tuple[NodeId, Term], NodeId] = {}
        """Every vote that others know of: voter and term, for whom."""
        self._elected: dict[Term, NodeId] = {}
        self._copies: dict[NodeId, bool] = {}
        """Who runs from an older copy, and whether it was shown that."""
        self._memory: dict[NodeId, tuple[Term, NodeId | None]] = {}

    def started(self, member: MemberView, durable: Durable) -> None:  # noqa: ARG002
        self._memory[member.node_id] = (member.term, member.voted_for)
        if member.node_id in self._copies:
            self._copies[member.node_id] = member.copied

    def copied(self, durable: Durable) -> None:
        voter = durable.node_id
        self._copies[voter] = False
        for told in [told for told in self._told if told[0] == voter]:
            if self._elected.get(told[1]) != self._told[told]:
                del self._told[told]

    def stepped(self, member: MemberView, output: Output) -> None:  # noqa: ARG002
        node_id = member.node_id
        term, voted_for = self._memory[node_id]
        if (member.term, member.voted_for) != (term, voted_for):
            if member.term == term and voted_for is not None:
                raise self.fail(
                    f"{node_id} changes its vote of term {term} from {voted_for} to "
                    f"{member.voted_for}"
                )
            self._memory[node_id] = (member.term, member.voted_for)
        if member.role is Role.LEADER:
            self._elected.setdefault(member.term, node_id)
            self._tell(node_id, member.term, node_id)
        if node_id in self._copies:
            self._follow_copy(member)

    def _follow_copy(self, copy: MemberView) -> None:
        node_id = copy.node_id
        if copy.copied:
            self._copies[node_id] = True
        elif self._copies[node_id]:
            del self._copies[node_id]
            highest = max((term for voter, term in self._told if voter == node_id), default=0)
            if copy.term < highest:
                raise self.fail(
                    f"{node_id} is a copy, and free in term {copy.term}; the original has helped "
                    f"to elect {self._told[node_id, highest]} in term {highest}"
                )

    def transmitted(self, durable: Durable, to: NodeId, message: Message) -> None:
        if isinstance(message, VoteReply):
            if message.granted and not message.pre:
                self._tell(durable.node_id, message.term, to)
        elif isinstance(message, RequestVote) and not message.pre:
            self._tell(durable.node_id, message.term, durable.node_id)

    def _tell(self, voter: NodeId, term: Term, candidate: NodeId) -> None:
        before = self._told.setdefault((voter, term), candidate)
        if before != candidate:
            raise self.fail(f"{voter} voted for {before} and for {candidate} in term {term}")
