"""If two logs contain an entry with the same index and term, they are identical up through it.

Source: paper, figure 3, "Log Matching"; section 5.3.

By induction it is enough that an index and a term determine the entry AND the term of the entry
before it: so every entry that ever enters any log is looked up once, and no logs are compared.

Subtle: it speaks of all logs that ever were, those of deposed leaders and dead members too. And the
entries are taken from what a step writes, so the write must tell the whole truth: the log in memory
must end where its writes say, or what is in memory would not be what a restart brings back.
"""

from collections.abc import Sequence

from raft_core.io import Checkpoint, Output
from raft_core.messages import Entry
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId, Term


class LogMatching(Invariant):
    """See the head of this module."""

    name = "log matching"

    def __init__(self) -> None:
        self._entries: dict[tuple[Index, Term], tuple[Entry, Term]] = {}
        """Every entry that ever was, with the term of the one before it."""
        self._ends: dict[NodeId, tuple[Index, Term]] = {}
        """Where each member's log ends by its writes."""

    def started(self, member: MemberView, durable: Durable) -> None:
        before = durable.base_term
        for entry in durable.entries:
            self._look_up(member.node_id, entry, before)
            before = entry.term
        self._ends[member.node_id] = (durable.last_index, before)
        self._check_end(member)

    def stepped(self, member: MemberView, output: Output) -> None:
        write = output.write
        if isinstance(write, Checkpoint):
            # In place of all that was: what it keeps is looked up like what is new.
            self._ends[member.node_id] = (write.base_index, write.base_term)
            self._follow(member, 0, write.entries)
        elif write is not None and (write.entries or write.truncate_from):
            self._follow(member, write.truncate_from, write.entries)
        self._check_end(member)

    def _follow(self, member: MemberView, truncate_from: Index, entries: Sequence[Entry]) -> None:
        node_id = member.node_id
        index, term = self._ends[node_id]
        if truncate_from:
            index = min(index, truncate_from - 1)
            found = member.log.term_at(index)
            if found is None:
                raise self.fail(f"{node_id} truncated below {truncate_from} in its memory")
            term = found
        for entry in entries:
            if entry.index != index + 1:
                raise self.fail(
                    f"{node_id} writes entry {entry.index} after entry {index}: a gap or a rewrite"
                )
            self._look_up(node_id, entry, term)
            index, term = entry.index, entry.term
        self._ends[node_id] = (index, term)

    def _look_up(self, node_id: NodeId, entry: Entry, before: Term) -> None:
        known, known_before = self._entries.setdefault((entry.index, entry.term), (entry, before))
        if known is not entry and known != entry:
            raise self.fail(
                f"entry {entry.index} of term {entry.term} is {entry} on {node_id} and was {known}"
            )
        if known_before != before:
            raise self.fail(
                f"before entry {entry.index} of term {entry.term} stands term {before} on "
                f"{node_id} and stood term {known_before}"
            )

    def _check_end(self, member: MemberView) -> None:
        log = member.log
        end = self._ends[member.node_id]
        if (log.last_index, log.last_term) != end:
            raise self.fail(
                f"the log of {member.node_id} ends with entry {log.last_index} of term "
                f"{log.last_term}, by its writes it ends with {end[0]} of {end[1]}"
            )
