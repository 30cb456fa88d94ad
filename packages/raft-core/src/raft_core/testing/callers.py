"""Those who write, at any member."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING

from raft_core.errors import NoLeader, Overloaded, RaftError
from raft_core.messages import APPLIED
from raft_core.sessions import Outcome

if TYPE_CHECKING:
    from raft_core.testing.world import SimulatedWorld


_PAUSE = 0.1
"""Seconds until a write is asked for again that has to be acknowledged."""


class Callers:
    """They give every write a name of its own and remember what they are told of it."""

    def __init__(self, world: SimulatedWorld, rng: Random) -> None:
        self.open: dict[int, str] = {}
        """Writes that nobody has answered, and the member they were given to."""
        self._world = world
        self._rng = rng
        self._last_name = 0
        self._occasions = 0
        self._writing = False

    def begin(self) -> None:
        """Write from now on."""
        self._writing = True
        self._world.schedule.after(0.0, self._write_again)

    def end(self) -> None:
        """Nothing new; what is open stays open, and those of members that died are given up."""
        self._writing = False
        self.open.clear()

    def write(self, member_name: str) -> None:
        """One write at this member, if it runs."""
        if not self._world.members[member_name].runs:
            return
        self._last_name += 1
        name = self._last_name
        if self._writing and not self._world.troubles.happens(f"write.{name}"):
            return
        self.open[name] = member_name
        self._world.era_of(member_name).linearizability.called(name, member_name, 1)
        self._world.note("write", name, "at", member_name)
        self._world.members[member_name].submit(name, partial(self._done, member_name, name))

    def write_everywhere(self) -> None:
        """One write at each member, again until it is acknowledged: it stays open until then."""
        for name in self._world.members:
            self.write(name)

    def _done(self, member_name: str, name: int, answer: Outcome | RaftError) -> None:
        world = self._world
        if self._writing or isinstance(answer, Outcome):
            self.open.pop(name, None)
        elif name in self.open:
            world.schedule.after(_PAUSE, self._write_instead, name)
        if isinstance(answer, Outcome):
            if answer.status == APPLIED:
                world.note("acknowledged", name)
                place = world.members[member_name].place_of(answer)
                world.acknowledged(member_name, name, place)
            else:
                raise AssertionError(f"write {name} failed: {answer.data.decode()}")
        elif isinstance(answer, NoLeader | Overloaded):
            world.note("denied", name)
            world.denied(member_name, name)
        else:
            world.note("unknown", name)

    def _write_instead(self, name: int) -> None:
        self.write(self.open.pop(name))

    def _write_again(self) -> None:
        if not self._writing:
            return
        up = [m.node_id for m in self._world.members.values() if m.runs]
        self._occasions += 1
        chance = self._world.troubles.chance(f"writes.{self._occasions}")
        if up:
            name = chance.choice(up)
            leaders = self._world.leaders
            if leaders and chance.random() < 0.4:
                name = chance.choice(leaders)  # also one that is cut off and does not know it
            for _ in range(1 if chance.random() < 0.8 else chance.randint(2, 12)):
                self.write(name)
        pause = self._rng.expovariate(1 / self._world.profile.write_every)
        self._world.schedule.after(pause, self._write_again)
