"""What goes wrong and comes back: crashes, partitions, frozen members, slow and full storages."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from raft_core.types import NodeId

if TYPE_CHECKING:
    from raft_core.testing.world import SimulatedWorld

Pairs = list[tuple[NodeId, NodeId]]


class Faults:
    """Makes faults at random times, as the profile says, until it is told to heal."""

    def __init__(self, world: SimulatedWorld, rng: Random) -> None:
        self.slow_storages: set[NodeId] = set()
        self._world = world
        self._rng = rng
        self._faulty = True
        self._blocked: Pairs = []

    def begin(self) -> None:
        """From now on."""
        profile = self._world.profile
        for mean, fault in (
            (profile.crash_every, self._crash),
            (profile.partition_every, self._partition),
            (profile.reload_every, self._reload_while_writing),
            (profile.freeze_every, self._freeze),
            (profile.slow_storage_every, self._slow_storage),
            (profile.refuse_every, self._refuse),
            (profile.snapshot_every, self._snapshot),
        ):
            if mean:
                self._plan(mean, fault)

    def heal(self) -> None:
        """No more faults; the world brings back what is down."""
        self._faulty = False
        self.slow_storages.clear()
        for member in self._world.members.values():
            member.storage.refusing = False

    def _plan(self, mean: float, fault: Callable[[], None]) -> None:
        self._world.schedule.after(self._spread(mean), self._happen, mean, fault)

    def _happen(self, mean: float, fault: Callable[[], None]) -> None:
        if self._faulty:
            fault()
            self._plan(mean, fault)

    def _spread(self, mean: float) -> float:
        return self._rng.expovariate(1 / mean)

    def _up(self) -> list[NodeId]:
        return [m.node_id for m in self._world.members.values() if m.raft is not None]

    def _one(self) -> NodeId | None:
        """Any member, but rather a leader: it is there that most can go wrong."""
        leaders = self._world.leaders
        up = leaders if leaders and self._rng.random() < 0.4 else self._up()
        return self._rng.choice(up) if up else None

    # --- the kinds -------------------------------------------------------------------------------

    def _crash(self) -> None:
        one = self._one()
        if one is None:
            return
        everyone = self._rng.random() < self._world.profile.crash_all
        for name in self._up() if everyone else [one]:
            self._world.note("crash", name)
            self._world.crash(name)
            # Sometimes it is back before anyone has noticed.
            quick = self._rng.random() < 0.3
            down = self._spread(0.01 if quick else self._world.profile.down_time)
            self._world.schedule.after(down, self._restart, name)

    def _restart(self, name: NodeId) -> None:
        if self._faulty:
            self._world.start(name)

    def _reload_while_writing(self) -> None:
        """A write, a crash while it is under way, and a write of the next life."""
        name = self._one()
        if name is None:
            return
        self._world.note("reload while writing", name)
        self._world.callers.write(name)
        self._world.schedule.after(self._spread(0.004), self._reload, name)

    def _partition(self) -> None:
        """A new one takes the place of the one before.

        So a leader can be cut off as soon as the one before it is back, which is what brings old
        logs into elections.
        """
        self._world.network.unblock(self._blocked)
        self._blocked = self._some_pairs(list(self._world.members))
        self._world.note("partition", *(f"{one}>{other}" for one, other in self._blocked))
        self._world.network.block(self._blocked)
        length = self._spread(self._world.profile.partition_length)
        self._world.schedule.after(length, self._end_partition, self._blocked)

    def _end_partition(self, pairs: Pairs) -> None:
        if self._faulty and pairs is self._blocked:
            self._world.note("partition ends")
            self._world.network.unblock(pairs)
            self._blocked = []

    def _some_pairs(self, names: list[NodeId]) -> Pairs:
        kind = self._rng.random()
        if kind < 0.5:  # two sides, or one alone
            one = self._one()
            if one is not None and self._rng.random() < 0.6:
                side = {one}
            else:
                side = set(self._rng.sample(names, self._rng.randint(1, len(names) - 1)))
            both = [
                (one, other) for one in names for other in names if (one in side) != (other in side)
            ]
            if self._rng.random() < 0.3:  # one way only
                return [(one, other) for one, other in both if one in side]
            return both
        if kind < 0.75:  # some links, each way on its own
            links = [(one, other) for one in names for other in names if one != other]
            return self._rng.sample(links, self._rng.randint(1, max(1, len(links) // 2)))
        one, other = self._rng.sample(names, 2)  # a bridge: two that do not see each other
        return [(one, other), (other, one)]

    def _freeze(self) -> None:
        name = self._one()
        if name is not None:
            self._world.note("freeze", name)
            self._world.pause(name, self._spread(self._world.profile.freeze_length))

    def _slow_storage(self) -> None:
        name = self._one()
        if name is not None:
            self._world.note("slow storage", name)
            self.slow_storages.add(name)
            length = self._spread(self._world.profile.slow_storage_length)
            self._world.schedule.after(length, self.slow_storages.discard, name)

    def _refuse(self) -> None:
        """The quota is reached; somebody makes room and reloads the window later."""
        name = self._one()
        if name is not None:
            self._world.note("storage refuses", name)
            self._world.members[name].storage.refusing = True
            self._world.schedule.after(self._spread(1.0), self._reload, name)

    def _snapshot(self) -> None:
        """No fault, but it comes at any moment."""
        name = self._one()
        if name is not None:
            self._world.note("snapshot", name)
            self._world.members[name].take_snapshot()

    def _reload(self, name: NodeId) -> None:
        if self._faulty:
            self._world.crash(name)
            self._world.start(name)
            self._world.callers.write(name)
