"""If a member has applied an entry at an index, no other member ever applies another one there.

Source: paper, figure 3, "State Machine Safety"; section 5.4.3.

Every member applies every entry once a life, in order, without a gap, save that a snapshot may take
the place of all up to its index, and only what it knows to be
committed and what is durable here (thesis, section 3.8: what is applied must survive its own crash,
or a later answer could speak of something the member has forgotten).

Subtle: it speaks of applied entries over all lives of all members, not of state that lives now; a
member that applied something and died still counts as a witness.
"""

from raft_core.io import Checkpoint, Output
from raft_core.messages import Entry
from raft_core.snapshot import Snapshot
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId


class StateMachineSafety(Invariant):
    """See the head of this module."""

    name = "state machine safety"

    def __init__(self) -> None:
        self._applied: list[Entry | None] = [None]
        """By index, the one entry that may be applied there."""
        self._snapshots: dict[Index, Snapshot] = {}
        """By index, the one thing that all entries up to there come to."""
        self._positions: dict[NodeId, Index] = {}

    def started(self, member: MemberView, durable: Durable) -> None:
        self._positions[member.node_id] = 0
        if durable.snapshot is not None:
            self._look_up(member.node_id, durable.snapshot)

    def stepped(self, member: MemberView, output: Output) -> None:
        if isinstance(output.write, Checkpoint):
            self._look_up(member.node_id, output.write.snapshot)
        if not output.apply and output.install is None:
            return
        node_id = member.node_id
        position = self._positions[node_id]
        if output.install is not None:
            if output.install.index <= position:
                raise self.fail(f"{node_id} goes back from {position} to {output.install.index}")
            position = output.install.index
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

    def _look_up(self, node_id: NodeId, snapshot: Snapshot) -> None:
        known = self._snapshots.setdefault(snapshot.index, snapshot)
        if known is not snapshot and known != snapshot:
            raise self.fail(
                f"the snapshot of entry {snapshot.index} on {node_id} differs from another one"
            )
