"""All members of a run, the introducer that they meet at, and how they are together."""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress

from raft_core import Status
from raft_core.types import Role
from tests.chaos import processes
from tests.chaos.app.src.chaos.wires import Cuts
from tests.chaos.members import START_SECONDS, Member, NotThere, Session

LOOKS = 0.3
"""Seconds between two looks at what one waits for."""
REPLACE_SECONDS = 90.0


class Introducer:
    """An introducer in a process of its own, which keeps its port."""

    def __init__(self) -> None:
        self._port = 0
        self._process: Process | None = None

    @property
    def port(self) -> int:
        return self._port

    async def start(self) -> None:
        """Start it, and wait until it listens. Does nothing if it runs."""
        if self._process is not None:
            return
        self._process = await processes.start(
            *(sys.executable, "-u", "-m", "introducer", "--port", str(self._port)),
            *("--log-level", "error"),
            stdout=asyncio.subprocess.PIPE,
        )
        if self._process.stdout is not None:
            line = (await self._process.stdout.readline()).decode()
            self._port = int(line.partition("/v1")[0].rpartition(":")[2])

    async def kill(self) -> None:
        """Without a word to anyone."""
        process, self._process = self._process, None
        await processes.kill(process)


class Fleet:
    """The members, by their numbers."""

    def __init__(
        self, members: Sequence[Member], session: Session, introducer: Introducer, *, voters: int
    ) -> None:
        self.members = members
        self.session = session
        self.introducer = introducer
        self.statuses: dict[int, Status] = {}
        """Of those that answered the last time; `look` asks again."""
        self._voters = voters
        self._ids: dict[int, str] = {}
        self._cuts: dict[tuple[int, int], bool] = {}

    # --- its life -------------------------------------------------------------------------------

    async def form(self) -> None:
        """Begin a cluster, and have all others join it.

        :raises NotThere: it did not come about
        """
        first, *others = self.members
        await first.found()
        for other in others:
            await other.start()
        await self.wait_until(self.is_whole, START_SECONDS * 2, "a cluster of all members")

    async def end(self) -> None:
        """Kill all that there is."""
        for member in self.members:
            with suppress(Exception):
                await member.thaw()
            await member.kill()
        await self.introducer.kill()

    # --- how it is ------------------------------------------------------------------------------

    async def look(self) -> None:
        """Ask everyone how it is."""

        async def ask(number: int) -> None:
            try:
                status = await self.members[number].status()
            except NotThere:
                self.statuses.pop(number, None)
                return
            self.statuses[number] = status
            self._ids[number] = status.node_id

        await asyncio.gather(*(ask(number) for number in range(len(self.members))))

    @property
    def leader(self) -> Status | None:
        """Who leads, of those that say so the one of the latest term."""
        leaders = [each for each in self.statuses.values() if each.role is Role.LEADER]
        return max(leaders, key=lambda each: each.term, default=None)

    def trouble(self, number: int) -> str:
        """What keeps the member from being whole, as of the last look; "" if nothing does."""
        status, leader = self.statuses.get(number), self.leader
        if status is None:
            return "it does not answer"
        if status.problem is not None:
            return status.problem
        if leader is None or status.leader != leader.node_id:
            return "it knows no leader"
        if status.suspect or status.node_id in leader.suspects:
            return "it may have forgotten something"
        if len(leader.voters) < self._voters or not leader.settled:
            return f"the leader has {len(leader.voters)} voters"
        if status.node_id not in (*leader.voters, *leader.learners):
            return "it is no member"
        if status.applied_index < leader.commit_index - 100:
            return "it is behind"
        return ""

    def is_whole(self) -> bool:
        """Every member is, as of the last look."""
        return not any(self.trouble(number) for number in range(len(self.members)))

    def is_equal(self) -> bool:
        """All are whole, and have applied the same."""
        return self.is_whole() and len({each.applied_index for each in self.statuses.values()}) == 1

    async def wait_until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Look until it is so.

        :raises NotThere: it did not come about
        """
        end = time.monotonic() + seconds
        while True:
            await self.look()
            if condition():
                return
            if time.monotonic() > end:
                raise NotThere(f"waited in vain for {what}: {self.picture()}")
            await asyncio.sleep(LOOKS)

    def picture(self) -> str:
        """All members in a line, for errors."""
        return "; ".join(
            f"{member.name}: {self.trouble(number) or 'whole'}"
            for number, member in enumerate(self.members)
        )

    # --- what is done to it ---------------------------------------------------------------------

    async def cut(self, wires: Collection[tuple[int, int]], *, late: bool = False) -> None:
        """What the first says does not reach the second; `late`: until the cut is mended."""
        self._cuts.update(dict.fromkeys(wires, late))
        await self._tell()

    async def mend(self, wires: Collection[tuple[int, int]]) -> None:
        """It does again."""
        for wire in wires:
            self._cuts.pop(wire, None)
        await self._tell()

    async def _tell(self) -> None:
        def cuts(number: int) -> Cuts:
            ids: dict[bool, set[str]] = {False: set(), True: set()}
            for (sender, peer), late in self._cuts.items():
                if sender == number and peer in self._ids:
                    ids[late].add(self._ids[peer])
            return Cuts(frozenset(ids[False]), frozenset(ids[True]))

        await asyncio.gather(
            *(member.cut(cuts(number)) for number, member in enumerate(self.members))
        )

    def wires_of(self, number: int) -> set[tuple[int, int]]:
        """All of a member's, in both directions."""
        others = set(range(len(self.members))) - {number}
        return {(number, other) for other in others} | {(other, number) for other in others}

    def id_of(self, number: int) -> str:
        """Its id when it last answered."""
        return self._ids[number]

    async def replace(self, number: int, old: str) -> None:
        """The member came back as a new one: put it in the place of the one that it was.

        :raises NotThere: nobody did it in time
        """
        end = time.monotonic() + REPLACE_SECONDS
        while time.monotonic() < end:
            await self.look()
            status = self.statuses.get(number)
            if status is not None and status.node_id != old:
                for other, member in enumerate(self.members):
                    if other != number and await _done(member.replace(old, status.node_id)):
                        return
            await asyncio.sleep(LOOKS)
        raise NotThere(f"nobody put {self.members[number].name} back: {self.picture()}")


async def _done(work: Awaitable[object]) -> bool:
    try:
        return getattr(await work, "outcome", "") == "done"
    except NotThere:
        return False
