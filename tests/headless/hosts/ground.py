"""The ground of these tests: hosts, and the wires between them.

It leaves nothing behind, however a test ends: a namespace has no name, and goes with its last
process.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from tests.headless.hosts.program import Program

T = TypeVar("T")
Way = tuple[str, str]
"""From the first host to the second."""

WIRES = Path(__file__).with_name("wires.py")
INTRODUCER_PORT = 8765
PATIENCE = 120.0
"""Seconds after which what was waited for does not come any more. Nothing is measured by it."""


@cache
def missing() -> str | None:
    """What keeps these tests from running here, and what to do about it."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "hosts are network namespaces: they need Linux and root"
    needed = ("ip", "nsenter", "setpriv", "unshare")
    programs = [name for name in needed if shutil.which(name) is None]
    if programs:
        return f"no {', '.join(programs)}: apt-get install iproute2 util-linux"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "there is no /dev/net/tun: containers get it by --device /dev/net/tun"
    if subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True).returncode:
        return "root may make no network namespaces here: containers may if they are --privileged"
    return None


class Ground:
    """Hosts and their wires. At first everyone reaches everyone, at once."""

    def __init__(self) -> None:
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._hosts: dict[str, tuple[int, str]] = {}
        self._cut: set[Way] = set()
        self._delay = self._loss = 0.0
        self._programs: list[Program] = []

    async def make(self, hosts: tuple[str, ...]) -> None:
        self._wires = await Program.start(
            sys.executable, WIRES, *hosts, heard=self._answers.put_nowait
        )
        self._programs.append(self._wires)
        self._hosts = json.loads(await self._wires.says(self._answers.get()))

    @property
    def pid(self) -> int:
        """The process that holds the wires."""
        return self._wires.pid

    def address(self, host: str) -> str:
        return self._hosts[host][1]

    def inside(self, host: str) -> tuple[str, ...]:
        """Begins a command: what follows runs on the host."""
        return ("nsenter", f"--net=/proc/{self.pid}/fd/{self._hosts[host][0]}")

    async def run(self, host: str, *command: str | Path, heard: Callable[[str], object]) -> Program:
        """Start a program on a host; it is killed at the end."""
        program = await Program.start(*self.inside(host), *command, heard=heard)
        self._programs.append(program)
        return program

    async def run_introducer(self, host: str, *options: str) -> str:
        """Start an introducer on a host, and return its address once it listens."""
        where = ("--host", self.address(host), "--port", str(INTRODUCER_PORT))
        said: asyncio.Queue[str] = asyncio.Queue()
        command = (sys.executable, "-um", "introducer", *where, "--log-level", "error", *options)
        program = await self.run(host, *command, heard=said.put_nowait)
        assert "listens" in await program.says(said.get())
        return f"ws://{self.address(host)}:{INTRODUCER_PORT}/v1"

    async def clear(self) -> None:
        """End all programs, and with them the hosts."""
        for program in reversed(self._programs):
            await program.kill()

    # ------------------------------------------------------------------------------------ the wires

    async def bar(self, start: str, end: str) -> None:
        """Take the route from one host to another away, as where there never was one."""
        route = ("ip", "route", "add", "unreachable", self.address(end))
        program = await self.run(start, *route, heard=print)
        assert await program.ended() == 0

    async def cut(self, *ways: Way) -> None:
        """Lose, silently, what goes these ways."""
        self._cut.update(ways)
        await self._order()

    async def part(self, *hosts: str) -> None:
        """Cut these hosts off from all others, both ways; what is between them stays."""
        ways = [(host, other) for host in hosts for other in self._hosts.keys() - set(hosts)]
        await self.cut(*ways, *((end, start) for start, end in ways))

    async def mend(self) -> None:
        """Undo all cuts."""
        self._cut.clear()
        await self._order()

    async def hamper(self, *, delay: float, loss: float) -> None:
        """Let every packet take `delay` seconds, and lose such a share of them."""
        self._delay, self._loss = delay, loss
        await self._order()

    async def carried(self) -> dict[Way, int]:
        """How many packets went each way so far."""
        return (await self._order())["carried"]

    async def lost(self) -> dict[Way, int]:
        """How many packets were lost on their way, by cuts too."""
        return (await self._order())["lost"]

    async def _order(self) -> dict[str, dict[Way, int]]:
        order = {"cut": sorted(self._cut), "delay": self._delay, "loss": self._loss}
        self._wires.tell(json.dumps(order))
        answer = json.loads(await self._wires.says(self._answers.get()))
        return {what: {(a, b): n for a, b, n in ways} for what, ways in answer.items()}


@asynccontextmanager
async def ground(*hosts: str) -> AsyncIterator[Ground]:
    """Hosts of these names, while the block runs."""
    ground = Ground()
    try:
        await ground.make(hosts)
        yield ground
    finally:
        await ground.clear()


async def until(condition: Callable[[], Awaitable[T | None]], what: str) -> T:
    """Wait until a condition holds, and return what it says then."""
    try:
        async with asyncio.timeout(PATIENCE):
            found = await condition()
            while not found:
                await asyncio.sleep(0.1)
                found = await condition()
    except TimeoutError:
        pytest.fail(f"{what}: not after {PATIENCE:g} seconds")
    return found
