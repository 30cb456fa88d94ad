"""The adapters in memory: what their promises do not say is in their own words here."""

import asyncio
from collections.abc import Callable

import anyio
import anyio.lowlevel
import pytest

from raft_core.interfaces import Storage, TearingStorage, Transport
from raft_core.memory import MemoryNetwork, MemoryStorage, MemoryTransport


class Member:
    """One end of the network, and what it was told."""

    def __init__(self, network: MemoryNetwork, name: str) -> None:
        self.name = name
        self.transport = network.transport(max_payload=100)
        self.received: list[tuple[str, bytes]] = []
        self.peers: list[frozenset[str]] = []
        self.on_payload: Callable[[str, bytes], None] = lambda peer, payload: None

    async def start(self) -> None:
        await self.transport.start(self.name, self.deliver, self.peers.append)

    def deliver(self, peer: str, payload: bytes) -> None:
        self.received.append((peer, payload))
        self.on_payload(peer, payload)


async def members(*names: str) -> tuple[MemoryNetwork, list[Member]]:
    network = MemoryNetwork()
    made = [Member(network, name) for name in names]
    for member in made:
        await member.start()
    await anyio.wait_all_tasks_blocked()
    return network, made


async def until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(5):
        while not holds():
            await anyio.lowlevel.checkpoint()


async def test_payloads_arrive_in_order_and_never_inside_send() -> None:
    _, (a, b) = await members("a", "b")
    assert a.transport.send("b", b"1")
    assert a.transport.send("b", b"2")
    assert b.received == []
    await until(lambda: len(b.received) == 2)
    assert b.received == [("a", b"1"), ("a", b"2")]


async def test_more_payloads_than_a_turn_takes_all_arrive() -> None:
    _, (a, b) = await members("a", "b")
    for number in range(1000):
        assert a.transport.send("b", str(number).encode())
    await until(lambda: len(b.received) == 1000)
    assert [payload for _, payload in b.received] == [str(n).encode() for n in range(1000)]


async def test_an_answer_from_inside_deliver_arrives() -> None:
    _, (a, b) = await members("a", "b")

    def answer(peer: str, payload: bytes) -> None:
        assert b.transport.send(peer, b"re " + payload)

    b.on_payload = answer
    a.transport.send("b", b"x")
    await until(lambda: bool(a.received))
    assert a.received == [("b", b"re x")]


async def test_a_receiver_that_raises_does_not_stop_the_others() -> None:
    _, (a, b) = await members("a", "b")
    loop = asyncio.get_running_loop()
    own_handler = loop.get_exception_handler()
    raised: list[object] = []
    loop.set_exception_handler(lambda loop, context: raised.append(context["exception"]))

    def fail_once(peer: str, payload: bytes) -> None:
        if payload == b"1":
            raise RuntimeError("receiver's own")

    b.on_payload = fail_once
    a.transport.send("b", b"1")
    a.transport.send("b", b"2")
    try:
        await until(lambda: len(b.received) == 2)
    finally:
        loop.set_exception_handler(own_handler)
    assert [str(error) for error in raised] == ["receiver's own"]


async def test_peers_are_told_of_starts_and_stops() -> None:
    network, (a, b) = await members("a", "b")
    assert a.peers[-1] == {"b"}
    assert network.peers("a") == {"b"}
    await b.transport.stop()
    await b.transport.stop()
    await until(lambda: a.peers[-1] == frozenset())
    assert network.peers("b") == frozenset()
    assert not a.transport.send("b", b"x")


async def test_a_cut_link_loses_what_is_under_way_and_tells_both() -> None:
    network, (a, b, c) = await members("a", "b", "c")
    a.transport.send("b", b"lost")
    network.disconnect("a", "b")
    await until(lambda: a.peers[-1] == {"c"} and b.peers[-1] == {"c"})
    assert not a.transport.send("b", b"x")
    assert a.transport.send("c", b"y")
    network.connect("a", "b")
    await until(lambda: a.peers[-1] == {"b", "c"})
    assert a.transport.send("b", b"z")
    await until(lambda: bool(b.received) and bool(c.received))
    assert b.received == [("a", b"z")]


async def test_nothing_comes_after_stop() -> None:
    _, (a, b) = await members("a", "b")
    a.transport.send("b", b"x")
    await b.transport.stop()
    told = len(b.peers)
    await anyio.wait_all_tasks_blocked()
    assert b.received == []
    assert len(b.peers) == told


async def test_a_payload_over_the_limit_is_the_callers_fault() -> None:
    _, (a, _) = await members("a", "b")
    with pytest.raises(ValueError, match="101 bytes, the limit is 100"):
        a.transport.send("b", bytes(101))


async def test_nobody_sends_before_start_or_to_itself() -> None:
    network, (a, _) = await members("a", "b")
    assert not network.transport().send("a", b"x")
    assert not a.transport.send("a", b"x")


async def test_a_member_is_on_the_network_once() -> None:
    network, (a, _) = await members("a", "b")
    with pytest.raises(RuntimeError, match="already serves member a"):
        await a.start()
    with pytest.raises(RuntimeError, match="on this network already"):
        await Member(network, "a").start()


async def test_a_stopped_transport_starts_again() -> None:
    _, (a, b) = await members("a", "b")
    await b.transport.stop()
    await b.start()
    await until(lambda: b.peers[-1] == {"a"})
    assert a.transport.send("b", b"x")


async def test_a_storage_keeps_its_records_over_loads() -> None:
    storage = MemoryStorage()
    told: list[Exception | None] = []
    assert list((await storage.load()).records) == []
    storage.append(b"1", told.append)
    storage.append(b"2", told.append, vital=True)
    assert told == [None, None]
    await storage.close()
    await storage.close()
    journal = await storage.load()
    assert list(journal.records) == [b"1", b"2"]
    assert journal.checkpoint is None
    assert not journal.may_tear


async def test_a_checkpoint_replaces_what_was_before() -> None:
    storage = MemoryStorage(may_tear=True)
    await storage.load()
    told: list[Exception | None] = []
    storage.append(b"1", told.append)
    storage.checkpoint(b"c", told.append)
    storage.append(b"2", told.append)
    journal = await storage.load()
    assert (journal.checkpoint, list(journal.records), journal.may_tear) == (b"c", [b"2"], True)
    assert storage.size == 2


async def test_after_a_refusal_all_is_refused_until_the_next_load() -> None:
    storage = MemoryStorage(quota=3)
    await storage.load()
    told: list[Exception | None] = []
    for record in (b"12", b"345", b"6"):
        storage.append(record, told.append)
    storage.checkpoint(b"", told.append)
    assert told[0] is None
    assert [type(error) for error in told[1:]] == [OSError] * 3
    assert "quota of 3" in str(told[1])
    assert list((await storage.load()).records) == [b"12"]
    storage.append(b"6", told.append)
    assert told[-1] is None


async def test_the_last_record_can_be_dropped() -> None:
    storage = MemoryStorage(may_tear=True)
    await storage.load()
    for record in (b"1", b"to"):
        storage.append(record, lambda error: None)
    storage.drop_last()
    assert storage.records == [b"1"]


async def test_a_storage_that_is_not_open_takes_nothing() -> None:
    storage = MemoryStorage()
    with pytest.raises(RuntimeError, match="not open"):
        storage.append(b"1", lambda error: None)
    await storage.load()
    await storage.close()
    with pytest.raises(RuntimeError, match="not open"):
        storage.checkpoint(b"1", lambda error: None)


def test_they_satisfy_the_protocols() -> None:
    storage: Storage = MemoryStorage()
    transport: Transport = MemoryTransport(MemoryNetwork(), 1)
    assert isinstance(storage, TearingStorage)
    assert transport.max_payload == 1


async def test_its_room_is_what_is_left_of_the_quota() -> None:
    storage = MemoryStorage()
    await storage.load()
    assert storage.room() is None
    storage.quota = 100
    storage.append(b"x" * 30, lambda _error: None)
    assert storage.room() == 70
    storage.checkpoint(b"x" * 10, lambda _error: None)
    assert storage.room() == 90


async def test_who_stops_hears_nothing_more() -> None:
    network, (a, _) = await members("a", "b")
    told = list(a.peers)
    network.disconnect("a", "b")
    await a.transport.stop()
    a.transport.deliver("b", b"late")
    await anyio.wait_all_tasks_blocked()
    assert (a.received, a.peers) == ([], told)


async def test_a_link_can_be_cut_before_its_other_end_is_there() -> None:
    network, (a,) = await members("a")
    network.disconnect("a", "b")
    b = Member(network, "b")
    await b.start()
    await anyio.wait_all_tasks_blocked()
    assert not a.transport.send("b", b"1")
    assert b.peers == a.peers == []


async def test_it_takes_a_checkpoint_that_fits_the_quota() -> None:
    storage = MemoryStorage()
    assert storage.takes_checkpoint(10**9)
    storage.quota = 100
    assert storage.takes_checkpoint(100)
    assert not storage.takes_checkpoint(101)
