"""Member processes, and what is asked of them. They live as long as the block that started them."""

import asyncio
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from secrets import token_hex

import introducer
from benchmarks.headless import wire

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0


class MemberFailed(Exception):
    """A member could not do what was asked of it, and said why."""


class Fleet:
    """The members of one system, each a process; by position."""

    def __init__(self, name: str, processes: list[Process]) -> None:
        self.name = name
        self._processes = processes

    async def ask(self, position: int, request: wire.Request) -> wire.Reply:
        """Ask one; wait for its answer.

        :raises MemberFailed: it ended, was silent for too long, or says that it failed
        """
        process = self._processes[position]
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a member is started with pipes")
        process.stdin.write(wire.encode(request) + b"\n")
        seconds = request.seconds if isinstance(request, wire.Load) else 0.0
        try:
            line = await asyncio.wait_for(process.stdout.readline(), 2 * PATIENCE + seconds)
        except TimeoutError:
            raise MemberFailed(f"{self.name}: no answer from member {position}") from None
        if not line:
            raise MemberFailed(f"{self.name}: member {position} has ended")
        answer = wire.read_reply(line)
        if isinstance(answer, wire.Failed):
            raise MemberFailed(f"{self.name}: {answer.why}")
        return answer

    async def statuses(self) -> list[wire.Status]:
        """What each member says of itself."""
        answers = [await self.ask(position, wire.AskStatus()) for position in self._positions]
        return [answer for answer in answers if isinstance(answer, wire.Status)]

    @property
    def _positions(self) -> range:
        return range(len(self._processes))

    async def whole(self) -> None:
        """Wait until every member says that the cluster is whole, and one that it leads."""
        async with asyncio.timeout(PATIENCE):
            while True:
                statuses = await self.statuses()
                if all(status.whole for status in statuses) and self._leaders(statuses):
                    return
                await asyncio.sleep(0.05)

    def _leaders(self, statuses: list[wire.Status]) -> list[int]:
        return [position for position in self._positions if statuses[position].leads]

    async def load(
        self, outstanding: int, seconds: float, *, follower: bool = False
    ) -> tuple[wire.Loaded, float]:
        """Run a load from the leader or a follower; also the processor's seconds of all members.

        :raises MemberFailed: also when leadership changed meanwhile: then it measures an election
        """
        before = await self.statuses()
        (leader, *_) = self._leaders(before)
        position = (leader + 1) % len(before) if follower else leader
        answer = await self.ask(position, wire.Load(outstanding, seconds))
        after = await self.statuses()
        if self._leaders(after) != [leader] or not isinstance(answer, wire.Loaded):
            raise MemberFailed(f"{self.name}: leadership changed under load")
        spent = sum(status.processor for status in after)
        return answer, spent - sum(status.processor for status in before)


@asynccontextmanager
async def start(
    name: str, module: str, setups: list[wire.Setup], *, signalling: bool = False
) -> AsyncIterator[Fleet]:
    """Start a member for each set-up, and wait until they are whole; end them with the block."""
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(_process(module, setup)) for setup in setups]
        fleet = Fleet(name, processes)
        if signalling:
            await _introduce(fleet)
        await fleet.whole()
        yield fleet


@asynccontextmanager
async def _process(module: str, setup: wire.Setup) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, wire.encode(setup).decode(), stdin=PIPE, stdout=PIPE, cwd=ROOT
    )
    try:
        yield process
    finally:
        if process.stdin is not None and process.returncode is None:
            process.stdin.close()  # It reads the end, and ends.
        try:
            await asyncio.wait_for(process.wait(), 10.0)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _introduce(fleet: Fleet) -> None:
    """Carry the offer and its answer between the two ends of a bare data channel."""
    text = ""
    for position in (0, 1, 0):
        answer = await fleet.ask(position, wire.Signal(text))
        if isinstance(answer, wire.Signal):
            text = answer.text


# --- the systems ----------------------------------------------------------------------------------


@asynccontextmanager
async def ours(kind: str, data: Path) -> AsyncIterator[Fleet]:
    """Three members of ours, with the storage of the kind: "sqlite" or "memory"."""
    session = token_hex(16)
    async with introducer.serve() as server:
        setups = [
            wire.Setup(kind, position, (server.url,), session, str(data)) for position in range(3)
        ]
        async with start(f"ours, {kind}", "benchmarks.headless.ours", setups) as fleet:
            yield fleet


@asynccontextmanager
async def theirs(kind: str, data: Path) -> AsyncIterator[Fleet]:
    """Three members of PySyncObj, of the kind: "journal" or "memory"."""
    addresses = _free_addresses(3)
    setups = [wire.Setup(kind, position, addresses, "", str(data)) for position in range(3)]
    async with start(f"PySyncObj, {kind}", "benchmarks.headless.theirs", setups) as fleet:
        yield fleet


@asynccontextmanager
async def channel(data: Path) -> AsyncIterator[Fleet]:
    """Two ends of a bare aiortc data channel."""
    setups = [wire.Setup("channel", position, (), "", str(data)) for position in range(2)]
    async with start(
        "aiortc, there and back", "benchmarks.headless.floors", setups, signalling=True
    ) as fleet:
        yield fleet


@asynccontextmanager
async def transported(name: str, kind: str, data: Path) -> AsyncIterator[Fleet]:
    """Two ends of our transport, of the kind: "transport", or "commits" at each of them."""
    session = token_hex(16)
    async with introducer.serve() as server:
        setups = [
            wire.Setup(kind, position, (server.url,), session, str(data)) for position in range(2)
        ]
        async with start(name, "benchmarks.headless.floors", setups) as fleet:
            yield fleet


@asynccontextmanager
async def commit(data: Path) -> AsyncIterator[Fleet]:
    """One process that commits to SQLite."""
    setups = [wire.Setup("commit", 0, (), "", str(data))]
    async with start("SQLite, durable commit", "benchmarks.headless.floors", setups) as fleet:
        yield fleet


def _free_addresses(count: int) -> tuple[str, ...]:
    """Addresses that were free a moment ago: PySyncObj wants to know them all beforehand."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return tuple(f"127.0.0.1:{each.getsockname()[1]}" for each in sockets)
    finally:
        for each in sockets:
            each.close()
