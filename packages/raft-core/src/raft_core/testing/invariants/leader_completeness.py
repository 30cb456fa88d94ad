"""An entry committed in a term is present in the logs of the leaders of all higher-numbered terms.

Source: paper, figure 3, "Leader Completeness"; section 5.4.

By log matching it is enough to look at the newest committed entry. Checked in both directions: when
a leader appears, against what is committed, and when something commits, against who leads.

Subtle: it says nothing of leaders of LOWER terms. A candidate whose last vote was under way for
long may become the leader of an old term after a later leader has committed entries: it lacks them,
and that is no fault, since it can commit nothing. So an entry is remembered with the lowest term in
which it is known to be committed. Counting entries of an old term (figure 8) breaks this property.
And it holds within a generation: a new one begins with all that the survivor's journal has, and
owes nothing else to the one before.
"""

from collections.abc import Sequence

from raft_core.io import Output
from raft_core.testing.invariants.base import Invariant, Members
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId, Role, Term, generation_of


class LeaderCompleteness(Invariant):
    """See the head of this module."""

    name = "leader completeness"

    def __init__(self, members: Members) -> None:
        self._members = members
        self._committed: dict[int, list[tuple[Term, Term]]] = {0: [(0, 0)]}
        """By generation and index: the entry's term, and the lowest in which it is known to be
        committed."""
        self._leading: dict[NodeId, Term] = {}
        self._seen: dict[NodeId, tuple[int, Index]] = {}
        """In which generation, and up to where, the commits of each member were looked at."""

    def started(self, member: MemberView, durable: Durable) -> None:  # noqa: ARG002
        self._leading.pop(member.node_id, None)
        self._seen[member.node_id] = (generation_of(member.term), 0)

    def recovered(self, durable: Durable) -> None:
        generation = generation_of(durable.term)
        before = self._committed[generation - 1][: durable.base_index + 1]
        entries = [(entry.term, 0) for entry in durable.entries]
        self._committed[generation] = [*((term, 0) for term, _ in before), *entries]

    def stepped(self, member: MemberView, output: Output) -> None:  # noqa: ARG002
        node_id = member.node_id
        generation = generation_of(member.term)
        if member.role is Role.LEADER:
            if self._leading.get(node_id) != member.term:
                self._leading[node_id] = member.term
                self._check(member, len(self._committed[generation]) - 1)
        else:
            self._leading.pop(node_id, None)
        known, seen = self._seen[node_id]
        if known != generation:
            seen = 0  # What it has committed must be so here, too.
        if member.commit_index > seen:
            self._learn(member, generation, seen)

    def entries(self, generation: int) -> Sequence[tuple[Term, Term]]:
        """What is committed, by index: the entry's term, and the lowest in which that is known."""
        return self._committed[generation]

    def last_index(self, generation: int) -> Index:
        """Of what is known to be committed."""
        return len(self._committed[generation]) - 1

    def _learn(self, member: MemberView, generation: int, seen: Index) -> None:
        committed = self._committed[generation]
        for index in range(seen + 1, member.commit_index + 1):
            term = member.log.term_at(index)
            if term is None:
                continue  # compacted
            if index == len(committed):
                committed.append((term, member.term))
            elif index < len(committed):
                known, lowest = committed[index]
                if known != term:
                    raise self.fail(
                        f"{member.node_id} takes entry {index} of term {term} for committed, "
                        f"which was committed with term {known}"
                    )
                if member.term < lowest:
                    committed[index] = (known, member.term)
        self._seen[member.node_id] = (generation, member.commit_index)
        for node_id, term in self._leading.items():
            leader = self._members.get(node_id)
            if leader is not None and generation_of(term) == generation:
                self._check(leader, member.commit_index)

    def _check(self, leader: MemberView, index: Index) -> None:
        committed = self._committed[generation_of(leader.term)]
        index = min(index, len(committed) - 1)
        while index > 0 and committed[index][1] >= leader.term:
            index -= 1
        term, lowest = committed[index]
        if leader.log.term_at(index) != term and index >= leader.log.first_index:
            raise self.fail(
                f"{leader.node_id} leads term {leader.term} without entry {index} of term {term}, "
                f"committed in term {lowest}: it has "
                f"{leader.log.term_at(index)} there and ends at {leader.log.last_index}"
            )
