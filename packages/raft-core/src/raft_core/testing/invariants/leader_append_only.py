"""A leader never overwrites or deletes entries in its log; it only appends new entries.

Source: paper, figure 3, "Leader Append-Only"; section 5.3.

Subtle: it binds a member only while it leads ONE term: the same member, deposed, may truncate what
it appended as a leader, and may lead again later. And the record must agree with the memory: a
leader's write that truncates breaks the property even if the log in memory looks untouched. The
step that makes it a leader may still truncate, if a message of an earlier leader was in the same
batch.
"""

from raft_core.io import Output, Write
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId, Role, Term


class LeaderAppendOnly(Invariant):
    """See the head of this module."""

    name = "leader append-only"

    def __init__(self) -> None:
        self._leading: dict[NodeId, tuple[Term, Index, Term]] = {}
        """Of each member that leads: its term, and index and term of its last entry."""

    def started(self, member: MemberView, durable: Durable) -> None:  # noqa: ARG002
        self._leading.pop(member.node_id, None)

    def stepped(self, member: MemberView, output: Output) -> None:
        node_id = member.node_id
        if member.role is not Role.LEADER:
            self._leading.pop(node_id, None)
            return
        log = member.log
        before = self._leading.get(node_id)
        if before is not None and before[0] == member.term:
            _, last_index, last_term = before
            if log.last_index < last_index or log.term_at(last_index) != last_term:
                raise self.fail(
                    f"{node_id}, leader of term {member.term}, had entry {last_index} of term "
                    f"{last_term}, and now term {log.term_at(last_index)} there"
                )
            write = output.write
            if isinstance(write, Write) and write.truncate_from:
                raise self.fail(
                    f"{node_id}, leader of term {member.term}, truncates its journal from "
                    f"entry {write.truncate_from}"
                )
        self._leading[node_id] = (member.term, log.last_index, log.last_term)
