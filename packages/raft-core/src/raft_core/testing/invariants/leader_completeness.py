"""An entry committed in a term is present in the logs of the leaders of all higher-numbered terms.

Source: paper, figure 3, "Leader Completeness"; section 5.4.

By log matching it is enough to look at the newest committed entry. Checked in both directions: when
a leader appears, against what is committed, and when something commits, against who leads.

Subtle: it says nothing of leaders of LOWER terms. A candidate whose last vote was under way for
long may become the leader of an old term after a later leader has committed entries: it lacks them,
and that is no fault, since it can commit nothing. So an entry is remembered with the lowest term in
which it is known to be committed. Counting entries of an old term (figure 8) breaks this property.
"""

from raft_core.io import Output
from raft_core.testing.invariants.base import Invariant, Members
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId, Role, Term


class LeaderCompleteness(Invariant):
    """See the head of this module."""

    name = "leader completeness"

    def __init__(self, members: Members) -> None:
        self._members = members
        self._committed: list[tuple[Term, Term]] = [(0, 0)]
        """By index: the entry's term, and the lowest term in which it is known to be committed."""
        self._leading: dict[NodeId, Term] = {}
        self._seen: dict[NodeId, Index] = {}
        """Up to where the commits of each member were looked at."""

    def started(self, member: MemberView, durable: Durable) -> None:  # noqa: ARG002
        self._leading.pop(member.node_id, None)
        self._seen[member.node_id] = 0

    def stepped(self, member: MemberView, output: Output) -> None:  # noqa: ARG002
        node_id = member.node_id
        if member.role is Role.LEADER:
            if self._leading.get(node_id) != member.term:
                self._leading[node_id] = member.term
                self._check(member, len(self._committed) - 1)
        else:
            self._leading.pop(node_id, None)
        if member.commit_index > self._seen[node_id]:
            self._learn(member)

    def _learn(self, member: MemberView) -> None:
        seen = self._seen[member.node_id]
        for index in range(seen + 1, member.commit_index + 1):
            term = member.log.term_at(index)
            if term is None:
                continue  # compacted
            if index == len(self._committed):
                self._committed.append((term, member.term))
            elif index < len(self._committed):
                known, lowest = self._committed[index]
                if known != term:
                    raise self.fail(
                        f"{member.node_id} takes entry {index} of term {term} for committed, "
                        f"which was committed with term {known}"
                    )
                if member.term < lowest:
                    self._committed[index] = (known, member.term)
        self._seen[member.node_id] = member.commit_index
        for node_id in self._leading:
            leader = self._members.get(node_id)
            if leader is not None:
                self._check(leader, member.commit_index)

    def _check(self, leader: MemberView, index: Index) -> None:
        index = min(index, len(self._committed) - 1)
        while index > 0 and self._committed[index][1] >= leader.term:
            index -= 1
        term = self._committed[index][0]
        if leader.log.term_at(index) != term and index >= leader.log.first_index:
            raise self.fail(
                f"{leader.node_id} leads term {leader.term} without entry {index} of term {term}, "
                f"committed in term {self._committed[index][1]}: it has "
                f"{leader.log.term_at(index)} there and ends at {leader.log.last_index}"
            )
