"""Those who run the cluster, at any member: they want other members, or another leader."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from raft_core import asking
from raft_core.errors import RaftError
from raft_core.membership import Configuration
from raft_core.messages import MembersChange
from raft_core.types import NodeId

if TYPE_CHECKING:
    from raft_core.driver import Driver
    from raft_core.testing.world import SimulatedWorld

Wish: TypeAlias = "Callable[[Driver, Random], None]"


class Operators:
    """Their wishes come at random times, as the profile says, and each has its own chance."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._wishing = False

    def begin(self) -> None:
        """From now on."""
        self._wishing = True
        profile = self._world.profile
        for kind, mean, wish in (
            ("change", profile.reconfigure_every, self._change_members),
            ("transfer", profile.transfer_every, self._transfer),
        ):
            if mean:
                self._plan(kind, 1, mean, wish, self._world.troubles.chance(kind))

    def end(self) -> None:
        """Nothing new; what is under way goes on."""
        self._wishing = False

    def _plan(self, kind: str, number: int, mean: float, wish: Wish, times: Random) -> None:
        gap = times.expovariate(1 / mean)
        self._world.schedule.after(gap, self._happen, kind, number, mean, wish, times)

    def _happen(self, kind: str, number: int, mean: float, wish: Wish, times: Random) -> None:
        if not self._wishing:
            return
        name = f"{kind}.{number}"
        chance = self._world.troubles.chance(name)
        asked = self._someone(chance)
        if asked is not None and self._world.troubles.happens(name):
            wish(asked, chance)
        self._plan(kind, number + 1, mean, wish, times)

    def _someone(self, chance: Random) -> Driver | None:
        """Anyone who runs, but rather one who believes to lead."""
        world = self._world
        up = [member for member in world.members.values() if member.runs]
        if world.leaders and chance.random() < 0.5:
            up = [member for member in up if member.node_id in world.leaders]
        return chance.choice(up).driver if up else None

    def _change_members(self, asked: Driver, chance: Random) -> None:
        """Make voters of some members and learners of others; sometimes remove one for ever."""
        raft = asked.raft
        if not raft.configuration.members:
            return
        change = self._some_change(raft.configuration, chance)
        if self._world.era_of(raft.node_id) is not self._world.eras[-1]:
            # Old members that had removed the survivor would be a cluster of their own for good.
            change = replace(change, remove=())
        expected = raft.configuration_index if chance.random() < 0.3 else 0
        self._world.note("change", raft.node_id, change)
        timeout = self._world.config.change_timeout
        asking.change_members(asked, change, expected, timeout, self._told("change"))

    def _some_change(self, configuration: Configuration, chance: Random) -> MembersChange:
        world = self._world
        there = sorted(set(world.members) - world.gone - set(configuration.excluded))
        size = chance.choice([n for n in (1, 2, 3, 3, 5) if n <= len(there)])
        voters = set(chance.sample(there, size))
        remove: set[NodeId] = set()
        if len(there) > self._world.profile.members and chance.random() < 0.3:
            remove = {chance.choice(sorted(configuration.members))} - voters
        demote = set(configuration.voters) - voters - remove
        target = chance.choice([0, 1, 3, 5]) if chance.random() < 0.3 else None
        return MembersChange(
            add=tuple(sorted(voters - set(configuration.voters))),
            demote=tuple(sorted(demote)),
            remove=tuple(sorted(remove)),
            target_size=target,
        )

    def _transfer(self, asked: Driver, chance: Random) -> None:
        to = chance.choice([None, *self._world.members])
        self._world.note("transfer", asked.raft.node_id, to)
        asking.transfer(asked, to, self._world.config.propose_timeout, self._told("transfer"))

    def _told(self, what: str) -> Callable[[object], None]:
        def told(answer: object) -> None:
            outcome = type(answer).__name__ if isinstance(answer, RaftError) else "done"
            self._world.note(f"{what}: {outcome}")

        return told
