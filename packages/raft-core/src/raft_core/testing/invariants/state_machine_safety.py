"""If a member has applied an entry at an index, no other member ever applies another one there.

Source: paper, figure 3, "State Machine Safety"; section 5.4.3.

Every member applies every entry once a life, in order, without a gap, and only what it knows to be
committed and what is durable here (thesis, section 3.8: what is applied must survive its own crash,
or a later answer could speak of something the member has forgotten).

Subtle: it speaks of applied entries over all lives of all members, not of state that lives now; a
member that applied something and died still counts as a witness.
"""

from raft_core.io import Output
from raft_core.messages import Entry
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId


class StateMachineSafety(Invariant):
    """See the head of this module."""

    name = "state machine safety"

    def __init__(self) -> None:
        self._applied: list[Entry | None] = [None]
        """By index, the one entry that may be applied there."""
        self._positions: dict[NodeId, Index] = {}

    def started(self, member: MemberView, durable: Durable) -> None:  # noqa: ARG002
        self._positions[member.node_id] = member.log.first_index - 1

    def stepped(self, member: MemberView, output: Output) -> None:
        if not output.apply:
            return
        node_id = member.node_id
        position = self._positions[node_id]
        for entry in output.apply:
            position += 1
            if entry.index != position:
                raise self.fail(f"{node_id} applies entry {entry.index} where {position} is due")
            if position == len(self._applied):
                self._applied.append(entry)
            elif position < len(self._applied) and entry != self._applied[position]:
                raise self.fail(
                    f"{node_id} applies {entry}, but {self._applied[position]} was applied before"
                )
        if position > member.commit_index:
            raise self.fail(
                f"{node_id} applies entry {position} and knows only {member.commit_index} committed"
            )
        if position > member.durable_index:
            raise self.fail(
                f"{node_id} applies entry {position}, durable here is only {member.durable_index}"
            )
        self._positions[node_id] = position
