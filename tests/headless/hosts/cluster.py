"""Members on hosts, seen from a test."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import sys
from pathlib import Path
from typing import Any

import msgspec

from raft_core import Status
from tests.headless.hosts.ground import PATIENCE, Ground, until
from tests.headless.hosts.program import Program

MEMBER = Path(__file__).with_name("member.py")


class Look(msgspec.Struct):
    """A member's status, and all values in its state."""

    status: Status
    values: list[str]


class Member:
    """A member's process on a host. The host's name is its name here."""

    def __init__(self, host: str, node_id: str) -> None:
        self.host = host
        self.node_id = node_id
        self.events: list[dict[str, Any]] = []
        """What its transport said, in this life."""
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._ids = itertools.count()
        self._program: Program | None = None

    async def run(self, ground: Ground, *arguments: str) -> None:
        self.events.clear()
        self._program = await ground.run(
            self.host, sys.executable, MEMBER, *arguments, heard=self._heard
        )

    async def propose(self, *values: str, seconds: float = PATIENCE) -> list[int | str]:
        """Propose all at once; the place of each in the log of values, or the name of an error."""
        places: list[int | str] = await self._call(do="propose", values=values, seconds=seconds)
        return places

    async def look(self) -> Look:
        return msgspec.convert(await self._call(do="look"), Look)

    async def kill(self) -> None:
        assert self._program is not None
        await self._program.kill()

    def happened(self, kind: str, **fields: str) -> list[dict[str, Any]]:
        """Its transport's events of this kind."""
        wanted = {"type": kind, **fields}
        return [event for event in self.events if wanted.items() <= event.items()]

    async def _call(self, **call: Any) -> Any:
        assert self._program is not None
        number = next(self._ids)
        answer = self._calls[number] = asyncio.get_running_loop().create_future()
        self._program.tell(json.dumps({"id": number, **call}))
        async with asyncio.timeout(PATIENCE + 10):
            return await self._program.says(asyncio.wait_for(answer, None))

    def _heard(self, text: str) -> None:
        line = json.loads(text)
        if "event" in line:
            self.events.append(line["event"])
            print(f"{self.host}: {line['event']}")  # shown when the test fails
        else:
            self._calls.pop(line["id"]).set_result(line["value"])


class Cluster:
    """The members of a session. The first one founds it, on the first host."""

    def __init__(self, ground: Ground, introducer: str, folder: Path, *hosts: str) -> None:
        self.ground = ground
        self.introducer = introducer
        self.key = secrets.token_hex(16)
        self.members = [Member(host, secrets.token_hex(8)) for host in hosts]
        self._folder = folder

    async def start(self, *options: str) -> None:
        """Start all members."""
        first, *rest = self.members
        await self.run(first, "--found", *options)
        for member in rest:
            await self.run(member, *options)

    async def run(self, member: Member, *options: str) -> None:
        """Start a member, with the journal of its life before if there was one."""
        journal = self._folder / f"{member.host}.db"
        who = (self.introducer, self.key, member.node_id)
        await member.run(self.ground, *who, str(journal), *options)

    async def form(self) -> None:
        """Start all, and wait until all vote."""
        await self.start()
        await self.all_in_reach()

    async def all_in_reach(self) -> None:
        """Wait until every member votes and has every other in reach, in everyone's eyes."""

        async def formed() -> bool:
            ids = {member.node_id for member in self.members}
            statuses = [look.status for look in await self.looks()]
            return all(
                set(status.voters) == {status.node_id, *status.connected} == ids
                and status.leader is not None
                for status in statuses
            )

        await until(formed, "a cluster of all members")

    async def looks(self) -> list[Look]:
        return [await member.look() for member in self.members]

    async def leader(self, among: list[Member] | None = None) -> Member:
        """Who leads, once one of these does and the others of them follow it."""

        async def found() -> Member | None:
            statuses = {member: (await member.look()).status for member in among or self.members}
            leaders = {status.leader for status in statuses.values()}
            return next((m for m, s in statuses.items() if {m.node_id} == leaders), None)

        leader = await until(found, "a leader that all follow")
        assert leader is not None
        return leader

    async def equal(self) -> list[str]:
        """The values, once all members hold the same ones and have applied all they know of."""

        async def same() -> list[Look] | None:
            looks = await self.looks()
            ends = {(look.status.last_log_index, look.status.applied_index) for look in looks}
            end, applied = ends.pop()
            return None if ends or end != applied else looks

        looks = await until(same, "all members with the same log, applied")
        assert looks is not None
        assert all(look.values == looks[0].values for look in looks)
        return looks[0].values
