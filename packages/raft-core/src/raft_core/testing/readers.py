"""Those who want to know what is true now: they read at any member, also at leaders of old."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from raft_core.errors import RaftError
from raft_core.types import NodeId

if TYPE_CHECKING:
    from raft_core.testing.world import SimulatedWorld


_PAUSE = 0.1
"""Seconds until a read is asked for again that has to be answered."""


class Readers:
    """They read now and then, and most of all right after somebody's write was acknowledged."""

    def __init__(self, world: SimulatedWorld, rng: Random) -> None:
        self.open: dict[int, NodeId] = {}
        """Reads that nobody has answered, and the member they were given to."""
        self._world = world
        self._rng = rng
        self._last = 0
        self._reading = False

    def begin(self) -> None:
        """Read from now on."""
        self._reading = True
        self._world.schedule.after(self._pause(), self._read_again)

    def end(self) -> None:
        """Nothing new; what is open is given up."""
        self._reading = False
        self.open.clear()

    def acknowledged(self) -> None:
        """A write has its place: whoever reads from now on must see it.

        Where two believe that they lead, one of them must not answer.
        """
        if not self._reading:
            return
        leaders = self._world.leaders
        if len(leaders) > 1:
            for name in leaders:
                self._world.schedule.after(0.0, self.read, name)
        elif self._rng.random() < 0.2:
            self._world.schedule.after(0.0, self._read_somewhere)

    def read(self, member_name: NodeId) -> None:
        """One read at this member, if it runs."""
        world = self._world
        member = world.members[member_name]
        if not member.runs:
            return
        self._last += 1
        number = self._last
        if self._reading and not world.troubles.happens(f"read.{number}"):
            return
        era = world.era_of(member_name)
        least = era.reads.called()
        self.open[number] = member_name
        call = ("read", number)
        era.linearizability.called(call, member_name, 0)
        world.note("read", number, "at", member_name)

        def answer(error: RaftError | None) -> None:
            if self._reading or error is None:
                self.open.pop(number, None)
            elif number in self.open:
                world.schedule.after(_PAUSE, self._read_instead, number)
            if error is not None:
                world.note("unread", number)
                era.linearizability.refused(call)
                return
            world.note("seen", number, len(member.ledger.names))
            if era is not world.era_of(member_name):
                return  # What it saw is not what it asked for: it belongs to another cluster now.
            with world.watching():
                era.linearizability.returned(call, len(member.ledger.names))
                era.reads.answered(member_name, least, member.ledger.names)

        member.read(answer)

    def read_everywhere(self) -> None:
        """One read at each member, again until it is answered: it stays open until then."""
        for name in self._world.members:
            self.read(name)

    def _read_instead(self, number: int) -> None:
        self.read(self.open.pop(number))

    def _read_again(self) -> None:
        if self._reading:
            self._read_somewhere()
            self._world.schedule.after(self._pause(), self._read_again)

    def _read_somewhere(self) -> None:
        """Rather at one that believes to lead: it may be wrong."""
        up = [member.node_id for member in self._world.members.values() if member.runs]
        leaders = self._world.leaders
        if leaders and self._rng.random() < 0.5:
            up = leaders
        if up:
            name = self._rng.choice(up)
            for _ in range(1 if self._rng.random() < 0.8 else self._rng.randint(2, 12)):
                self.read(name)

    def _pause(self) -> float:
        return self._rng.expovariate(1 / self._world.profile.read_every)
