"""A majority is lost for good, and the operators go on with one survivor; see ``recovery``.

Some of the others never come back. Some do, with their journals, although nobody may let them: they
must learn that they are out, and until then may be a cluster of their own, of the old generation.
Others have never been in the cluster, and join the new one, as members do that are made then.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from raft_core.errors import RecoveryRefused
from raft_core.journal import Restored, restore
from raft_core.machine import Machine
from raft_core.membership import decode_configuration
from raft_core.messages import COMMAND, CONFIGURATION
from raft_core.recovery import Recovery
from raft_core.testing.invariants.recovery import demand_kept
from raft_core.testing.ledger import Ledger, Note
from raft_core.testing.offline import OfflineStorage, recover
from raft_core.types import Index, NodeId, generation_of

if TYPE_CHECKING:
    from raft_core.testing.member import SimulatedMember
    from raft_core.testing.view import Durable
    from raft_core.testing.world import SimulatedWorld

_MOST = 3
"""Recoveries in a history."""


class Recoveries:
    """They come at random times, as the profile says."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._recovering = False

    def begin(self) -> None:
        """From now on."""
        self._recovering = True
        if self._world.profile.recover_every:
            self._plan(1, self._world.troubles.chance("recovery"))

    def end(self) -> None:
        """No more of them."""
        self._recovering = False

    def learned(self, member: SimulatedMember) -> None:
        """An old member knows that it is out: it stops, and only its storage may be used again."""
        name = member.node_id
        if name not in self._world.gone:
            self._world.gone.add(name)
            self._world.note("old member learned that it is out", name)
            self._world.schedule.after(0.0, self._world.crash, name)

    def _plan(self, number: int, times: Random) -> None:
        gap = _spread(times, self._world.profile.recover_every)
        self._world.schedule.after(gap, self._happen, number, times)

    def _happen(self, number: int, times: Random) -> None:
        if not self._recovering or len(self._world.eras) > _MOST:
            return
        name = f"recovery.{number}"
        chance = self._world.troubles.chance(name)
        survivor = self._some_survivor(chance)
        if survivor is not None and self._world.troubles.happens(name):
            with self._world.watching():
                self._lose_quorum(survivor, chance)
        self._plan(number + 1, times)

    def _some_survivor(self, chance: Random) -> SimulatedMember | None:
        """Any member of the newest generation, up or down: also one that is far behind."""
        newest = len(self._world.eras) - 1
        those = [
            member
            for name, member in self._world.members.items()
            if name not in self._world.gone
            and member.storage.durable.last_index
            and generation_of(member.storage.durable.term) == newest
            and member.storage.damaged is None
            and (member.raft is None or member.raft.configuration.all_voters != {name})
        ]
        return chance.choice(those) if those else None

    def _lose_quorum(self, survivor: SimulatedMember, chance: Random) -> None:
        world = self._world
        for name in world.members:
            world.crash(name)
        recovery = self._recover(survivor)
        for name, member in world.members.items():
            if name in world.gone:
                continue
            down = _spread(chance, world.profile.down_time)
            returns = chance.random() < 0.6
            if _has_removed(member.storage.durable, survivor.node_id):
                returns = False  # With a leader it would not listen, and be a cluster for good.
            if recovery is None or member is survivor or not member.storage.durable.last_index:
                world.schedule.after(down, world.start, name)
            elif returns:
                world.note("old member comes back", name)
                world.schedule.after(3 * down, world.start, name)
            else:
                world.note("old member is gone", name)
                world.gone.add(name)
        if recovery is not None:
            for _ in range(chance.randint(1, 2)):
                world.newcomer(_spread(chance, 1.0))

    def _recover(self, survivor: SimulatedMember) -> Recovery | None:
        world, name, storage = self._world, survivor.node_id, survivor.storage
        before = restore(storage.load(), name)
        agreed = world.invariants.state_machine_safety.applied_upto(storage.durable)
        try:
            recovery = recover(OfflineStorage(storage.load, storage.store, storage.drop_last), name)
        except RecoveryRefused:
            world.note("recovery refused", name)
            return None
        world.note("recovery", name)
        demand_kept(before, storage.durable)
        world.invariants.recovered(storage.durable)
        self._begin_era(survivor, before, agreed)
        return recovery

    def _begin_era(self, survivor: SimulatedMember, before: Restored, agreed: Index) -> None:
        """All that the survivor has stays. What was acknowledged may be missing if it never had it.

        What it has is as it was for all others up to the last entry that somebody has applied as it
        is here; nothing is acknowledged that nobody has applied.
        """
        old = self._world.eras[-1]
        kept = _replay(before, before.base_index + len(before.entries), survivor.max_clients)
        sure = len(_replay(before, agreed, survivor.max_clients))
        lost = sum(place > sure for place in old.exactly_once.acknowledged.values())
        self._world.counts["acknowledged, and lost with a majority"] += lost
        self._world.eras.append(old.after_recovery(kept, sure))


def _has_removed(durable: Durable, name: NodeId) -> bool:
    """Whether a configuration in this journal is without that one by somebody's word."""
    known = [decode_configuration(e.data) for e in durable.entries if e.kind == CONFIGURATION]
    if durable.snapshot is not None:
        known.append(durable.snapshot.configuration)
    return any(name in configuration.excluded for configuration in known)


def _replay(journal: Restored, upto: Index, max_clients: int) -> list[int]:
    """The names of the commands that a journal has applied when it has applied this entry."""
    ledger = Ledger()
    machine: Machine[Note, int] = Machine(ledger, max_clients=max_clients)
    begin = 0
    if journal.snapshot is not None:
        machine.restore(journal.snapshot.data)
        begin = journal.snapshot.index
    for entry in journal.entries:
        if begin < entry.index <= upto and entry.kind == COMMAND:
            machine.apply(entry.data)
    return ledger.names


def _spread(chance: Random, mean: float) -> float:
    return chance.expovariate(1 / mean)
