"""The gate: open it is not there, shut the member is to the others like a stopped process."""

from collections.abc import AsyncIterator, Callable
from functools import partial

import anyio
import pytest

from raft_core.config import Config
from raft_core.keyvalue import KeyValue, KeyValueCommand, Put
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_core.node import Node
from raft_web import gate as gate_module
from raft_web.gate import Gate


class World:
    """A transport that notes what it is given, and a clock."""

    max_payload = 7

    def __init__(self) -> None:
        self.now = 10.0
        self.sent: list[bytes] = []
        self.stopped = False
        self.deliver: Callable[[str, bytes], None]
        self.peers_changed: Callable[[frozenset[str]], None]

    def clock(self) -> float:
        return self.now

    async def start(
        self,
        node_id: str,
        deliver: Callable[[str, bytes], None],
        peers_changed: Callable[[frozenset[str]], None],
    ) -> None:
        assert node_id == "a"
        self.deliver, self.peers_changed = deliver, peers_changed

    def send(self, peer: str, payload: bytes) -> bool:
        assert peer == "b"
        self.sent.append(payload)
        return True

    async def stop(self) -> None:
        self.stopped = True


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        await anyio.sleep(0.01)
    pytest.fail("it did not come about")


class Member:
    """What the gate hands in."""

    def __init__(self) -> None:
        self.got: list[object] = []

    def deliver(self, peer: str, payload: bytes) -> None:
        self.got.append((peer, payload))

    def peers_changed(self, peers: frozenset[str]) -> None:
        self.got.append(peers)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def member() -> Member:
    return Member()


@pytest.fixture
async def gate(world: World, member: Member) -> AsyncIterator[Gate]:
    gate = Gate(world, world.clock)
    await gate.start("a", member.deliver, member.peers_changed)
    yield gate
    await gate.stop()
    assert world.stopped


async def test_open_all_goes_through(gate: Gate, world: World, member: Member) -> None:
    assert gate.max_payload == 7
    assert gate.send("b", b"1")
    world.deliver("b", b"2")
    world.peers_changed(frozenset("b"))
    assert world.sent == [b"1"]
    assert member.got == [("b", b"2"), frozenset("b")]
    assert gate.clock() == 10.0


async def test_shut_nothing_goes_through_and_time_stands_still(
    gate: Gate, world: World, member: Member
) -> None:
    gate.shut_down()
    world.now = 11.0
    gate.shut_down()
    assert gate.shut
    assert not gate.send("b", b"1")
    world.deliver("b", b"2")
    world.peers_changed(frozenset("b"))
    assert (world.sent, member.got) == ([], [])
    assert gate.clock() == 10.0


async def test_opened_it_hands_in_what_came_meanwhile(
    gate: Gate, world: World, member: Member
) -> None:
    gate.shut_down()
    world.now = 12.0
    world.deliver("b", b"1")
    world.peers_changed(frozenset("b"))
    world.peers_changed(frozenset())
    world.deliver("b", b"2")
    gate.open_up()
    gate.open_up()
    assert member.got == [("b", b"1"), ("b", b"2"), frozenset()]
    assert gate.clock() == 12.0
    assert not gate.shut


async def test_it_does_not_keep_more_than_it_may(
    gate: Gate, world: World, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "HELD", 2)
    gate.shut_down()
    for number in range(3):
        world.deliver("b", b"%d" % number)
    gate.open_up()
    assert member.got == [("b", b"0"), ("b", b"1")]


async def test_a_leader_behind_it_is_replaced_and_follows_when_it_opens() -> None:
    network = MemoryNetwork()
    config = Config(election_timeout=0.15, heartbeat_interval=0.03)

    def node(name: str, gate: Gate, *, found: bool = False) -> Node[KeyValueCommand, str | None]:
        return Node(
            KeyValue(),
            node_id=name,
            storage=MemoryStorage(),
            transport=gate,
            config=config,
            found=found,
            clock=gate.clock,
        )

    a, b, c = (Gate(network.transport(), anyio.current_time) for _ in "abc")
    async with node("a", a, found=True) as first, node("b", b) as second, node("c", c):
        await until(lambda: len(second.status().voters) == 3 and second.status().leader == "a")
        a.shut_down()
        await second.propose(Put("colour", "red"))
        assert second.status().leader != "a"
        assert first.status().leader == "a"
        a.open_up()
        await until(lambda: first.state == second.state)
        assert first.status().leader != "a"


class Fencing(World):
    """One that tells its member's starts apart."""

    def number(
        self,
        start: int,
        nonces: tuple[str, ...],
        superseded: Callable[[], None],
        copied: Callable[[], None],
    ) -> None:
        self.told = (start, nonces)
        self.calls = (superseded, copied)


def test_starts_are_told_apart_by_the_transport_also_while_it_is_shut() -> None:
    world = Fencing()
    gate = Gate(world, world.clock)
    called: list[str] = []
    ends, is_copied = partial(called.append, "superseded"), partial(called.append, "copied")
    gate.number(7, ("a", "b"), ends, is_copied)
    gate.shut_down()
    assert world.told == (7, ("a", "b"))
    for call in world.calls:
        call()
    assert called == ["superseded", "copied"]


def test_a_transport_that_cannot_tell_them_apart_is_not_asked_to() -> None:
    world = World()
    Gate(world, world.clock).number(7, ("a",), lambda: None, lambda: None)
