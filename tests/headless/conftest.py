"""What tests with real aiortc share: an introducer, members, and a check that all of it ends.

Members are transports in this process, or whole processes, which `raft-node run` makes.
"""

import asyncio
import gc
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

import introducer
from introducer.server import Server
from tests.browser.introducer import IntroducerProcess
from tests.headless.member import Member, connected, until
from tests.headless.processes import Cluster
from transport_webrtc import MeshSettings

FDS = Path("/proc/self/fd")


class Leftovers:
    """Compares what there is of tasks and open files with what there was."""

    def __init__(self) -> None:
        self._tasks = self._running()
        self._files = self._open()
        self.complaints: list[str] = []
        """What the loop was told of errors that nobody awaited."""
        asyncio.get_running_loop().set_exception_handler(self._complain)

    async def check(self) -> None:
        """Fails if anything is left. The other end of a socket may need a moment to close."""
        gc.collect()
        await asyncio.sleep(0)
        assert self.complaints == []
        assert self._running() - self._tasks == set()
        await until(lambda: self._open() <= self._files, "files and sockets are closed")

    def _running(self) -> set[asyncio.Task[object]]:
        """All tasks but those in which anyio runs tests and fixtures."""
        return {
            task
            for task in asyncio.all_tasks()
            if not str(task.get_coro().__qualname__).startswith("TestRunner.")  # type: ignore[union-attr]
        }

    def _open(self) -> int:
        return sum(1 for _ in FDS.iterdir()) if FDS.exists() else 0

    def _complain(self, _loop: object, context: dict[str, object]) -> None:
        self.complaints.append(f"{context.get('message')} {context.get('exception')!r}")


@pytest.fixture
async def leftovers() -> AsyncIterator[Leftovers]:
    """What is left when everything that was made after it has ended fails the test."""
    found = Leftovers()
    yield found
    await found.check()


@pytest.fixture
async def server(leftovers: Leftovers) -> AsyncIterator[Server]:
    """A running introducer."""
    async with introducer.serve() as running:
        yield running


@pytest.fixture
def key() -> str:
    return secrets.token_hex(16)


MakeMember = Callable[..., Member]


@pytest.fixture
async def make_member(server: Server, key: str) -> AsyncIterator[MakeMember]:
    """Makes members `1`, `2` and so on, which are stopped at the end."""
    async with AsyncExitStack() as stack:

        def make(number: int, settings: MeshSettings | None = None) -> Member:
            member = Member(str(number) * 16, server.url, key, settings)
            stack.push_async_callback(member.transport.stop)
            return member

        yield make


async def mesh(
    make_member: MakeMember, count: int, settings: MeshSettings | None = None
) -> list[Member]:
    """So many members, connected with each other."""
    members = [make_member(number + 1, settings) for number in range(count)]
    for member in members:
        await member.start()
    await connected(*members)
    return members


# --- processes ------------------------------------------------------------------------------------

MakeCluster = Callable[..., Cluster]


@pytest.fixture
def meeting_place() -> Iterator[IntroducerProcess]:
    """An introducer in a process of its own."""
    process = IntroducerProcess()
    process.start()
    yield process
    process.kill()


@pytest.fixture
def make_cluster(tmp_path: Path, meeting_place: IntroducerProcess) -> Iterator[MakeCluster]:
    """Makes a cluster without members yet; its processes end with the test."""
    made: list[Cluster] = []

    def make(*, state: str = "kv") -> Cluster:
        folder = tmp_path / f"cluster-{len(made)}"
        folder.mkdir()
        made.append(Cluster(folder, meeting_place.url, state=state))
        return made[-1]

    yield make
    for cluster in made:
        cluster.kill()
