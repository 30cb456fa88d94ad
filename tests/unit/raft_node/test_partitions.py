"""The network that tests can cut, over the transports in memory."""

from __future__ import annotations

import asyncio

import pytest

from raft_core.memory import MemoryNetwork
from raft_node.partitions import Cuts, CuttableTransport


class End:
    """One member's end: what it heard, and whom it reaches."""

    def __init__(self, network: MemoryNetwork, cuts: Cuts, name: str) -> None:
        self.name = name
        self.heard: list[tuple[str, bytes]] = []
        self.peers: frozenset[str] = frozenset()
        self.transport = CuttableTransport(network.transport(), cuts)

    async def start(self) -> End:
        await self.transport.start(
            self.name, lambda sender, payload: self.heard.append((sender, payload)), self._see
        )
        return self

    def _see(self, peers: frozenset[str]) -> None:
        self.peers = peers


@pytest.fixture
def cuts() -> Cuts:
    return Cuts()


@pytest.fixture
async def ends(cuts: Cuts) -> list[End]:
    network = MemoryNetwork()
    return [await End(network, cuts, name).start() for name in "abc"]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_without_cuts_everything_gets_through(ends: list[End]) -> None:
    a, b, _ = ends
    assert a.transport.send("b", b"hello")
    await settle()
    assert b.heard == [("a", b"hello")]


async def test_a_cut_swallows_what_crosses_it_and_tells_nobody(ends: list[End], cuts: Cuts) -> None:
    a, b, c = ends
    await settle()
    cuts.split([["a"], ["b", "c"]])
    assert a.transport.send("b", b"lost")
    assert b.transport.send("c", b"same side")
    await settle()
    assert b.heard == []
    assert c.heard == [("b", b"same side")]
    assert a.peers == {"b", "c"}
    cuts.heal()
    assert a.transport.send("b", b"healed")
    await settle()
    assert b.heard == [("a", b"healed")]


async def test_a_cut_swallows_what_is_under_way(ends: list[End], cuts: Cuts) -> None:
    a, b, _ = ends
    a.transport.send("b", b"under way")
    cuts.split([["a"], ["b"]])
    await settle()
    assert b.heard == []


async def test_who_is_in_no_group_reaches_everybody(ends: list[End], cuts: Cuts) -> None:
    a, b, c = ends
    cuts.split([["a"], ["b"]])
    c.transport.send("a", b"1")
    b.transport.send("c", b"2")
    await settle()
    assert a.heard == [("c", b"1")]
    assert c.heard == [("b", b"2")]


async def test_the_dead_hear_nothing_say_nothing_and_reach_nobody(
    ends: list[End], cuts: Cuts
) -> None:
    a, b, c = ends
    await settle()
    cuts.bury("a")
    assert a.peers == frozenset()
    a.transport.send("b", b"from the grave")
    b.transport.send("a", b"to the dead")
    await c.transport.stop()
    await settle()
    assert a.heard == b.heard == []
    assert a.peers == frozenset(), "news of peers reached the dead"


async def test_who_starts_again_lives(cuts: Cuts) -> None:
    network = MemoryNetwork()
    a, b = await End(network, cuts, "a").start(), await End(network, cuts, "b").start()
    cuts.bury("a")
    await a.transport.stop()
    again = await End(network, cuts, "a").start()
    b.transport.send("a", b"welcome")
    await settle()
    assert again.heard == [("b", b"welcome")]
