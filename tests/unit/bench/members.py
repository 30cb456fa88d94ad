"""Members that replicate registers, on the event loop, over the adapters in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from bench.plan import Plan
from bench.result import Result
from bench.runner import Runner
from bench.state import BenchState
from raft_core import Node, Role
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_web.member import WindowMember
from tests.unit.raft_core.cluster import QUICK, A, B, C, eventually

KEY = "0123456789abcdef0123456789abcdef"


class Member:
    """One member, and the runner that a page would have on it."""

    def __init__(self, node_id: str, network: MemoryNetwork, *, found: bool) -> None:
        self.storage = MemoryStorage()
        self.state = BenchState()
        self.node: Node[Any, Any] = Node(
            self.state,
            node_id=node_id,
            storage=self.storage,
            transport=network.transport(),
            config=QUICK,
            found=found,
        )
        self.told: list[Exception] = []
        self.results: list[Result] = []
        inside: Any = None  # what is below the member is nothing to a run
        self.window = WindowMember(self.node, KEY, "/", self.told.append, inside)
        self.runner: Runner

    @property
    def leads(self) -> bool:
        return self.node.status().role is Role.LEADER

    def start(self, **plan: Any) -> None:
        """Begin a run; its result comes into `results`."""
        self.runner.start(Plan(**{"warm_up": 0.0, "seconds": 60.0, **plan}), self.results.append)

    async def result(self) -> Result:
        """That of the run under way, or of the one just over."""
        await eventually(lambda: bool(self.results))
        return self.results.pop()

    async def run(self, **plan: Any) -> Result:
        self.start(**plan)
        return await self.result()


@asynccontextmanager
async def members(network: MemoryNetwork, *ids: str) -> AsyncIterator[list[Member]]:
    """Voters of one cluster that know their leader."""
    async with AsyncExitStack() as stack:
        made = [Member(node_id, network, found=node_id == ids[0]) for node_id in ids]
        for each in made:
            await stack.enter_async_context(each.node)
            each.runner = Runner(each.window)
        for each in made:
            await eventually(partial(_is_settled, each.node, len(ids)))
        yield made


@asynccontextmanager
async def three(network: MemoryNetwork | None = None) -> AsyncIterator[tuple[Member, Member]]:
    """The leader of a cluster of three, and one of those that follow."""
    async with members(network or MemoryNetwork(), A, B, C) as made:
        leader = next(each for each in made if each.leads)
        yield leader, next(each for each in made if each is not leader)


@asynccontextmanager
async def alone() -> AsyncIterator[Member]:
    """A cluster of one."""
    async with members(MemoryNetwork(), A) as (member,):
        yield member


def _is_settled(node: Node[Any, Any], count: int) -> bool:
    status = node.status()
    return len(status.voters) == count and not status.outgoing and status.leader is not None
