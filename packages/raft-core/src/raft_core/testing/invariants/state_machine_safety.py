"""If a member has applied an entry at an index, no other member ever applies another one there.

Source: paper, figure 3, "State Machine Safety"; section 5.4.3.

Every member applies every entry once a life, in order, without a gap, save that a snapshot may take
the place of all up to its index, and only what it knows to be
committed and what is durable here (thesis, section 3.8: what is applied must survive its own crash,
or a later answer could speak of something the member has forgotten).

Subtle: it speaks of applied entries over all lives of all members, not of state that lives now; a
member that applied something and died still counts as a witness. It holds within a generation: a
new one begins with all that the survivor's journal has, in the place of what was applied before.
"""

from collections.abc import Sequence

from raft_core.io import Checkpoint, Output
from raft_core.messages import Entry
from raft_core.snapshot import Snapshot
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId, generation_of


class StateMachineSafety(Invariant):
    """See the head of this module."""

    name = "state machine safety"

    def __init__(self) -> None:
        self._applied: dict[int, list[Entry | None]] = {0: [None]}
        """By generation and index, the one entry that may be applied there."""
        self._snapshots: dict[tuple[int, Index], Snapshot] = {}
        """By generation and index, the one thing that all entries up to there come to."""
        self._positions: dict[NodeId, tuple[int, Index]] = {}
        """In which generation each member was, and what it had applied."""

    def started(self, member: MemberView, durable: Durable) -> None:
        self._positions[member.node_id] = (generation_of(member.term), 0)
        if durable.snapshot is not None:
            self._look_up(member, durable.snapshot)

    def recovered(self, durable: Durable) -> None:
        generation = generation_of(durable.term)
        before = self._applied[generation - 1][: durable.base_index + 1]
        self._applied[generation] = [*before, *durable.entries]

    def applied_upto(self, durable: Durable) -> Index:
        """The last of these entries that a member of their generation has applied."""
        applied = self._applied[generation_of(durable.term)]
        for index in range(min(durable.last_index, len(applied) - 1), durable.base_index, -1):
            if applied[index] == durable.entries[index - durable.base_index - 1]:
                return index
        return durable.base_index

    def stepped(self, member: MemberView, output: Output) -> None:
        if isinstance(output.write, Checkpoint):
            self._look_up(member, output.write.snapshot)
        if not output.apply and output.install is None:
            return
        node_id = member.node_id
        generation = generation_of(member.term)
        applied = self._applied[generation]
        known, position = self._positions[node_id]
        if known != generation and position:
            self._check_moved(member, applied, position)
        if output.install is not None:
            if output.install.index <= position:
                raise self.fail(f"{node_id} goes back from {position} to {output.install.index}")
            position = output.install.index
        for entry in output.apply:
            position += 1
            if entry.index != position:
                raise self.fail(f"{node_id} applies entry {entry.index} where {position} is due")
            if position == len(applied):
                applied.append(entry)
            elif position < len(applied) and entry != applied[position]:
                raise self.fail(
                    f"{node_id} applies {entry}, but {applied[position]} was applied before"
                )
        if position > member.commit_index:
            raise self.fail(
                f"{node_id} applies entry {position} and knows only {member.commit_index} committed"
            )
        if position > member.durable_index:
            raise self.fail(
                f"{node_id} applies entry {position}, durable here is only {member.durable_index}"
            )
        self._positions[node_id] = (generation, position)

    def _check_moved(
        self, member: MemberView, applied: Sequence[Entry | None], position: Index
    ) -> None:
        """What it has applied in another generation must be what was applied in this one."""
        entry = applied[position] if position < len(applied) else None
        if entry is None or member.log.term_at(position) not in (None, entry.term):
            raise self.fail(
                f"{member.node_id} comes from another generation, in which it applied entries up "
                f"to {position}; here {entry} was applied there"
            )

    def _look_up(self, member: MemberView, snapshot: Snapshot) -> None:
        place = (generation_of(member.term), snapshot.index)
        known = self._snapshots.setdefault(place, snapshot)
        if known is not snapshot and known != snapshot:
            raise self.fail(
                f"the snapshot of entry {snapshot.index} on {member.node_id} differs from another"
            )
