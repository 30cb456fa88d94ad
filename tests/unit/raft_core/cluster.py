"""Members on the event loop, over the adapters in memory."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeAlias

import anyio

from raft_core.config import Config
from raft_core.keyvalue import KeyValue, KeyValueCommand
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_core.node import Node
from raft_core.types import NodeId, Role

Member: TypeAlias = Node[KeyValueCommand, str | None]

A, B, C = (letter * 16 for letter in "abc")
QUICK = Config(heartbeat_interval=0.05, election_timeout=0.3, election_timeout_max=0.6)
PATIENCE = 60.0
"""Seconds after which a test that waits has failed. No test takes so long on any machine."""


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait for a condition."""
    with anyio.fail_after(PATIENCE):
        while not holds():  # noqa: ASYNC110 - it may be anything, not only what can be observed
            await anyio.sleep(0.001)


def member(
    node_id: NodeId = A,
    *,
    storage: MemoryStorage | None = None,
    network: MemoryNetwork | None = None,
    found: bool = False,
    config: Config = QUICK,
) -> Member:
    """One with a key/value store, not entered yet."""
    return Node(
        KeyValue(),
        node_id=node_id,
        storage=storage or MemoryStorage(),
        transport=(network or MemoryNetwork()).transport(),
        config=config,
        found=found,
    )


@asynccontextmanager
async def three(
    storages: Sequence[MemoryStorage] = (),
    network: MemoryNetwork | None = None,
    config: Config = QUICK,
) -> AsyncIterator[list[Member]]:
    """Three members that are all voters; "a" founded the cluster. A leader is known to all."""
    network = network or MemoryNetwork()
    stored = list(storages) or [MemoryStorage() for _ in range(3)]
    async with AsyncExitStack() as stack:
        members = [
            await stack.enter_async_context(
                member(name, storage=storage, network=network, found=name == A, config=config)
            )
            for name, storage in zip((A, B, C), stored, strict=True)
        ]
        await eventually(lambda: all(len(one.status().voters) == 3 for one in members))
        await eventually(lambda: not any(one.status().outgoing for one in members))
        await eventually(lambda: all(one.status().leader is not None for one in members))
        yield members


def items(one: Member) -> dict[str, str]:
    """What its replica holds."""
    assert isinstance(one.state, KeyValue)
    return one.state.items


def leader_of(members: Sequence[Member]) -> Member:
    """The one that leads in the newest term."""
    leading = [one for one in members if one.status().role is Role.LEADER]
    return max(leading, key=lambda one: one.status().term)


def follower_of(members: Sequence[Member]) -> Member:
    """One that follows."""
    return next(one for one in members if one.status().role is Role.FOLLOWER)
