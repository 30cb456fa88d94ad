"""What goes wrong and comes back: crashes, partitions, frozen members, bad storages and clocks."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

import msgspec

from raft_core import asking
from raft_core.raft import Raft
from raft_core.testing.profiles import SLOW_CLOCK
from raft_core.types import NodeId

if TYPE_CHECKING:
    from raft_core.testing.world import SimulatedWorld

Pairs = list[tuple[NodeId, NodeId]]
Fault = Callable[[Random], None]


class Faults:
    """Makes faults at random times, as the profile says, until it is told to heal.

    Each kind has its own times, and each fault its own chance: see ``troubles``.
    """

    def __init__(self, world: SimulatedWorld) -> None:
        self.slow_storages: set[NodeId] = set()
        self.stalled_storages: set[NodeId] = set()
        self._world = world
        self._faulty = True
        self._blocked: Pairs = []

    def begin(self) -> None:
        """From now on."""
        profile = self._world.profile
        kinds: tuple[tuple[str, float, Fault], ...] = (
            ("crash", profile.crash_every, self._crash),
            ("partition", profile.partition_every, self._partition),
            ("lonely", profile.lonely_every, self._lonely_leader),
            ("reload", profile.reload_every, self._reload_while_writing),
            ("freeze", profile.freeze_every, self._freeze),
            ("slow-clock", profile.slow_clock_every, self._slow_clock),
            ("slow-storage", profile.slow_storage_every, self._slow_storage),
            ("stalled-storage", profile.stall_every, self._stall_storage),
            ("refusal", profile.refuse_every, self._refuse),
            ("damage", profile.damage_every, self._damage),
            ("jump", profile.jump_every, self._jump),
            ("snapshot", profile.snapshot_every, self._snapshot),
            ("leave", profile.leave_every, self._leave),
            ("image", profile.image_every, self._image),
            ("copy", profile.copy_every, self._copy),
            ("mislead", profile.mislead_every, self._mislead),
        )
        for kind, mean, fault in kinds:
            if mean:
                times = self._world.troubles.chance(kind)
                self._plan(kind, 1, mean, fault, times)

    def heal(self) -> None:
        """No more faults; the world brings back what is down."""
        self._faulty = False
        self._world.copying.heal()
        self.slow_storages.clear()
        self.stalled_storages.clear()
        for member in self._world.members.values():
            member.storage.refusing = False
            member.storage.mend()

    def _plan(self, kind: str, number: int, mean: float, fault: Fault, times: Random) -> None:
        self._world.schedule.after(
            _spread(times, mean), self._happen, kind, number, mean, fault, times
        )

    def _happen(self, kind: str, number: int, mean: float, fault: Fault, times: Random) -> None:
        if self._faulty:
            name = f"{kind}.{number}"
            if self._world.troubles.happens(name):
                fault(self._world.troubles.chance(name))
            self._plan(kind, number + 1, mean, fault, times)

    def _up(self) -> list[NodeId]:
        return [m.node_id for m in self._world.members.values() if m.raft is not None]

    def _one(self, chance: Random) -> NodeId | None:
        """Any member, but rather a leader: it is there that most can go wrong."""
        leaders = self._world.leaders
        up = leaders if leaders and chance.random() < 0.4 else self._up()
        return chance.choice(up) if up else None

    # --- members ----------------------------------------------------------------------------------

    def _crash(self, chance: Random) -> None:
        one = self._one(chance)
        if one is None:
            return
        everyone = chance.random() < self._world.profile.crash_all
        for name in self._up() if everyone else [one]:
            self._world.note("crash", name)
            self._world.crash(name)
            # Sometimes it is back before anyone has noticed.
            quick = chance.random() < 0.3
            down = _spread(chance, 0.01 if quick else self._world.profile.down_time)
            self._world.schedule.after(down, self._restart, name)

    def _restart(self, name: NodeId) -> None:
        if self._faulty:
            self._world.start(name)

    def _reload_while_writing(self, chance: Random) -> None:
        """A write, a crash while it is under way, and a write of the next life."""
        name = self._one(chance)
        if name is None:
            return
        self._world.note("reload while writing", name)
        self._world.callers.write(name)
        self._world.schedule.after(_spread(chance, 0.004), self._reload, name)

    def _reload(self, name: NodeId) -> None:
        if self._faulty:
            self._world.crash(name)
            self._world.start(name)
            self._world.callers.write(name)

    def _freeze(self, chance: Random) -> None:
        name = self._one(chance)
        if name is not None:
            self._world.note("freeze", name)
            self._world.pause(name, _spread(chance, self._world.profile.freeze_length))

    def _jump(self, chance: Random) -> None:
        """A member's clock is suddenly later: its machine slept, or somebody set it."""
        name = self._one(chance)
        if name is not None:
            length = _spread(chance, self._world.profile.jump_length)
            self._world.note("clock jumps", name, f"{length:.3f}")
            self._world.jump(name, length)

    # --- the network ------------------------------------------------------------------------------

    def _partition(self, chance: Random) -> None:
        """A new one takes the place of the one before.

        So a leader can be cut off as soon as the one before it is back, which is what brings old
        logs into elections.
        """
        self._block(self._some_pairs(chance, list(self._world.members)))
        length = _spread(chance, self._world.profile.partition_length)
        self._world.schedule.after(length, self._end_partition, self._blocked)

    def _block(self, pairs: Pairs) -> None:
        self._world.network.unblock(self._blocked)
        self._blocked = pairs
        self._world.note("partition", *(f"{one}>{other}" for one, other in pairs))
        self._world.network.block(pairs)

    def _lonely_leader(self, chance: Random) -> None:
        """A leader loses the others one after the other, and is slow to notice.

        Some of them die as they lose it, and are back at once.
        """
        leaders = self._world.leaders
        if not leaders or self._blocked:
            return
        name = chance.choice(leaders)
        raft = self._world.members[name].raft
        assert raft is not None
        self._world.note("lonely leader", name)
        self._slow_down(raft, chance)
        others = [other for other in self._world.members if other != name]
        chance.shuffle(others)
        self._lose(name, others, chance, self._blocked)

    def _lose(self, name: NodeId, others: list[NodeId], chance: Random, before: Pairs) -> None:
        if not self._faulty or self._blocked is not before:
            return  # Another partition has taken the place of this.
        if not others:
            length = _spread(chance, self._world.profile.partition_length)
            self._world.schedule.after(length, self._end_partition, before)
            return
        other, *rest = others
        pairs = [*before, (name, other), (other, name)]
        self._block(pairs)
        if chance.random() < 0.3 and self._world.members[other].raft is not None:
            self._world.note("crash", other)
            self._world.crash(other)
            self._world.schedule.after(_spread(chance, 0.01), self._restart, other)
        pause = chance.random() * self._world.config.election_timeout
        if chance.random() < 0.5:
            pause = 0.0
        self._world.schedule.after(pause, self._lose, name, rest, chance, pairs)

    def _end_partition(self, pairs: Pairs) -> None:
        if self._faulty and pairs is self._blocked:
            self._world.note("partition ends")
            self._world.network.unblock(pairs)
            self._blocked = []

    def _some_pairs(self, chance: Random, names: list[NodeId]) -> Pairs:
        kind = chance.random()
        if kind < 0.5:  # two sides, or one alone
            one = self._one(chance)
            if one is not None and chance.random() < 0.6:
                side = {one}
            else:
                side = set(chance.sample(names, chance.randint(1, len(names) - 1)))
            both = [
                (one, other) for one in names for other in names if (one in side) != (other in side)
            ]
            if chance.random() < 0.3:  # one way only
                return [(one, other) for one, other in both if one in side]
            return both
        if kind < 0.75:  # some links, each way on its own
            links = [(one, other) for one in names for other in names if one != other]
            return chance.sample(links, chance.randint(1, max(1, len(links) // 2)))
        one, other = chance.sample(names, 2)  # a bridge: two that do not see each other
        return [(one, other), (other, one)]

    def _slow_clock(self, chance: Random) -> None:
        name = self._one(chance)
        raft = None if name is None else self._world.members[name].raft
        if raft is not None:
            self._world.note("slow clock", name)
            self._slow_down(raft, chance)

    def _slow_down(self, raft: Raft, chance: Random) -> None:
        raft.config = msgspec.structs.replace(raft.config, **SLOW_CLOCK)
        length = _spread(chance, self._world.profile.slow_clock_length)
        self._world.schedule.after(length, self._mend_clock, raft)

    def _mend_clock(self, raft: Raft) -> None:
        raft.config = self._world.config

    # --- storages ---------------------------------------------------------------------------------

    def _slow_storage(self, chance: Random) -> None:
        self._hinder("slow storage", self.slow_storages, chance)

    def _stall_storage(self, chance: Random) -> None:
        """Writes hang, for longer than anybody waits for a leader."""
        self._hinder("storage stalls", self.stalled_storages, chance)

    def _hinder(self, what: str, storages: set[NodeId], chance: Random) -> None:
        name = self._one(chance)
        if name is not None:
            self._world.note(what, name)
            storages.add(name)
            length = _spread(chance, self._world.profile.slow_storage_length)
            self._world.schedule.after(length, storages.discard, name)

    def _refuse(self, chance: Random) -> None:
        """The quota is reached; somebody makes room and reloads the window later."""
        name = self._one(chance)
        if name is not None:
            self._world.note("storage refuses", name)
            self._world.members[name].storage.refusing = True
            self._world.schedule.after(_spread(chance, 1.0), self._reload, name)

    def _damage(self, chance: Random) -> None:
        """A byte flips in what a member has stored; it starts again, and must refuse to.

        Later the byte is what it was (somebody had a copy), and the member comes back.
        """
        name = self._one(chance)
        if name is None:
            return
        self._world.note("byte flips", name)
        self._world.crash(name)
        self._world.members[name].storage.damage(chance)
        self._world.start(name)
        self._world.schedule.after(_spread(chance, self._world.profile.down_time), self._mend, name)

    def _snapshot(self, chance: Random) -> None:
        """No fault, but it comes at any moment."""
        name = self._one(chance)
        if name is not None:
            self._world.note("snapshot", name)
            self._world.members[name].take_snapshot()

    def _image(self, chance: Random) -> None:
        name = self._one(chance)
        if name is not None:
            self._world.copying.take_image(name, chance)

    def _copy(self, chance: Random) -> None:
        """A member goes on from an older image, at once or later."""
        name = self._world.copying.go_back(chance)
        if name is not None:
            down = 0.01 if chance.random() < 0.5 else self._world.profile.down_time
            self._world.schedule.after(_spread(chance, down), self._restart, name)

    def _mislead(self, chance: Random) -> None:
        """A leader that is cut off and does not notice it meets a copy, and nobody else.

        That was copied before there was another leader, which its original has heard of.
        """
        leaders = self._world.leaders
        raft = self._world.members[chance.choice(leaders)].raft if leaders else None
        if raft is None or self._blocked:
            return
        self._world.note("leader cut off", raft.node_id)
        self._slow_down(raft, chance)
        self._block(self._all_but((raft.node_id,)))
        self._await_another_leader(raft, chance, self._blocked, 40)

    def _await_another_leader(
        self, older: Raft, chance: Random, before: Pairs, patience: int
    ) -> None:
        if not self._faulty or self._blocked is not before:
            return
        name = self._world.copying.go_back_to_leader(older, chance)
        if name is None and patience:
            self._world.schedule.after(
                0.05, self._await_another_leader, older, chance, before, patience - 1
            )
            return
        if name is not None:
            self._world.note("misled copy", name)
            self._block(self._all_but((older.node_id, name)))
            self._world.schedule.after(_spread(chance, 0.01), self._restart, name)
        length = _spread(chance, self._world.profile.partition_length)
        self._world.schedule.after(length, self._end_partition, self._blocked)

    def _all_but(self, some: tuple[NodeId, ...]) -> Pairs:
        """All ways between these and the others."""
        others = [other for other in self._world.members if other not in some]
        ways = [(one, other) for one in some for other in others]
        return [*ways, *((other, one) for one, other in ways)]

    def _leave(self, chance: Random) -> None:
        """As a page that goes, or as ``async with Node`` ends; and comes back later."""
        name = self._one(chance)
        member = self._world.members.get(name or "")
        if member is None or member.driver is None or not member.runs or member.frozen:
            return
        down = _spread(chance, self._world.profile.down_time)
        if chance.random() < 0.5:
            told = asking.step_aside(member.driver)
            self._world.note("leave at once" if told else "leave")
            self._end(member.node_id, member.life, down)
            return
        self._world.note("leave")
        limit = self._world.config.election_timeout
        life = member.life
        asking.transfer(member.driver, None, limit, lambda _: None)
        self._world.schedule.after(chance.random() * limit, self._end, name, life, down)

    def _end(self, name: NodeId, life: int, down: float) -> None:
        member = self._world.members[name]
        if self._faulty and member.life == life and member.driver is not None:
            asking.step_aside(member.driver)
            self._world.crash(name, clean=True)
            self._world.schedule.after(down, self._restart, name)

    def _mend(self, name: NodeId) -> None:
        if self._faulty:
            self._world.members[name].storage.mend()
            self._world.start(name)


def _spread(chance: Random, mean: float) -> float:
    return chance.expovariate(1 / mean)
