"""Three members in one process, over the adapters in memory, and the load on their leader."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import TypeAlias

import anyio
import msgspec

from raft_core import Config, Node, RaftError, Role
from raft_core.keyvalue import KeyValue, KeyValueCommand, Put
from raft_core.memory import MemoryNetwork, MemoryStorage

Member: TypeAlias = Node[KeyValueCommand, str | None]

IDS = tuple(letter * 16 for letter in "abc")
PATIENCE = 60.0
# A machine that others use stops a process for longer than a heartbeat: no elections for that.
CALM = Config(heartbeat_interval=0.5, election_timeout=5.0, election_timeout_max=8.0)
THRIFTY = msgspec.structs.replace(CALM, thrifty=True)
LEASE = msgspec.structs.replace(CALM, read_lease=4.5)


def command(number: int) -> Put:
    """One of 60 bytes, when encoded, for one of a thousand keys."""
    return Put(f"key {number % 1000:04}", f"value {number:024}")


@asynccontextmanager
async def leading(config: Config = CALM) -> AsyncIterator[Member]:
    """The leader of three voters."""
    network = MemoryNetwork()
    async with AsyncExitStack() as stack:
        members: list[Member] = [
            await stack.enter_async_context(
                Node(
                    KeyValue(),
                    node_id=name,
                    storage=MemoryStorage(),
                    transport=network.transport(),
                    config=config,
                    found=name == IDS[0],
                    rng=Random(position),
                )
            )
            for position, name in enumerate(IDS)
        ]
        leader = members[0]
        with anyio.fail_after(PATIENCE):
            while not _complete(leader):  # noqa: ASYNC110 - seldom, and before anything is measured
                await anyio.sleep(0.01)
        yield leader


def _complete(leader: Member) -> bool:
    status = leader.status()
    return status.role is Role.LEADER and len(status.voters) == len(IDS) and not status.outgoing


async def propose_each(leader: Member, count: int) -> None:
    """One after the other, by ``await propose``."""
    for number in range(count):
        await leader.propose(command(number), timeout=PATIENCE)


async def read_each(leader: Member, count: int) -> None:
    """One after the other, linearizably."""
    for _ in range(count):
        await leader.read(lambda _: None, timeout=PATIENCE)


async def propose_many(leader: Member, count: int, outstanding: int) -> None:
    """As many tasks as may be outstanding, each of which proposes one after the other."""
    share = count // outstanding
    async with anyio.create_task_group() as tasks:
        for _ in range(outstanding):
            tasks.start_soon(propose_each, leader, share)


async def submit_many(leader: Member, count: int, outstanding: int) -> None:
    """By ``submit``: each answer submits the next; one outstanding is one after the other."""
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    begun = answered = 0

    def submit() -> None:
        nonlocal begun
        begun += 1
        leader.submit(command(begun), done, timeout=PATIENCE)

    def done(answer: str | RaftError | None) -> None:
        nonlocal answered
        answered += 1
        if isinstance(answer, RaftError):
            if not ended.done():
                ended.set_exception(answer)
        elif begun < count:
            submit()
        elif answered == count:
            ended.set_result(None)

    for _ in range(min(outstanding, count)):
        submit()
    await ended
