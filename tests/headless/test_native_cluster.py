"""Three Raft members over NativeTransport: the core and the transport together."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from introducer.server import Server
from raft_core import Node
from raft_core.keyvalue import CompareAndSet, Delete, KeyValue, Put
from raft_core.memory import MemoryStorage
from raft_core.types import Role
from tests.headless.member import until
from transport_webrtc.native import NativeTransport

Command = Put | Delete | CompareAndSet
IDS = [str(number) * 16 for number in (1, 2, 3)]


class Cluster:
    """Nodes that can be stopped one at a time, and started again on what they have stored."""

    def __init__(self, introducer: str, key: str) -> None:
        self._introducer = introducer
        self._key = key
        self._storages = {node_id: MemoryStorage() for node_id in IDS}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stops: dict[str, asyncio.Event] = {}
        self._transports: dict[str, NativeTransport] = {}
        self.nodes: dict[str, Node[Command, str | None]] = {}

    async def start(self, node_id: str) -> None:
        self._transports[node_id] = NativeTransport(self._introducer, self._key)
        self._stops[node_id] = asyncio.Event()
        self._tasks[node_id] = asyncio.create_task(self._run(node_id))
        await until(lambda: node_id in self.nodes, f"{node_id} runs")

    async def stop(self, node_id: str) -> None:
        """First the network: a leader hands over to nobody."""
        await self._transports[node_id].stop()
        self._stops[node_id].set()
        await self._tasks.pop(node_id)

    async def _run(self, node_id: str) -> None:
        node = Node(
            KeyValue(),
            node_id=node_id,
            storage=self._storages[node_id],
            transport=self._transports[node_id],
            found=node_id == IDS[0],
        )
        async with node:
            self.nodes[node_id] = node
            await self._stops[node_id].wait()
            del self.nodes[node_id]

    async def stop_all(self) -> None:
        for node_id in list(self._tasks):
            await self.stop(node_id)

    def leaders(self) -> list[str]:
        return [
            node_id
            for node_id, node in self.nodes.items()
            if node.status().role is Role.LEADER and node.status().settled
        ]

    async def holds(self, items: dict[str, str]) -> None:
        """Waits until all that run have applied these."""
        await until(
            lambda: all(
                getattr(node.state, "items", None) == items for node in self.nodes.values()
            ),
            f"all hold {items}",
        )


@pytest.fixture
async def cluster(server: Server, key: str) -> AsyncIterator[Cluster]:
    made = Cluster(server.url, key)
    try:
        yield made
    finally:
        await made.stop_all()


async def test_three_members_elect_commit_and_survive_their_leader(cluster: Cluster) -> None:
    for node_id in IDS:
        await cluster.start(node_id)
    await until(
        lambda: all(node.status().may_fail == 1 for node in cluster.nodes.values()),
        "one of three may fail",
    )
    items = {}
    for number, node in enumerate(cluster.nodes.values()):
        await node.propose(Put(f"key {number}", node.node_id))
        items[f"key {number}"] = node.node_id
    await cluster.holds(items)

    (leader,) = cluster.leaders()
    await cluster.stop(leader)
    survivor = next(iter(cluster.nodes.values()))
    await asyncio.gather(*(survivor.propose(Put("after", str(n))) for n in range(50)))
    items["after"] = "49"
    await cluster.holds(items)
    await until(cluster.leaders, "there is a leader")
    assert cluster.leaders() != [leader]

    await cluster.start(leader)
    await cluster.nodes[leader].propose(Put("back", "again"))
    await cluster.holds({**items, "back": "again"})
