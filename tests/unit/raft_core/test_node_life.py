"""How a member begins and ends: nothing half begun stays, and nothing that ended is called."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import anyio
import anyio.lowlevel
import pytest

from raft_core.driver import Driver
from raft_core.errors import (
    JournalDamaged,
    Stopped,
    StorageFailed,
    UnsupportedVersion,
    WrongJournal,
)
from raft_core.events import Event, MemberFreed
from raft_core.interfaces import Journal
from raft_core.journal import first_record, founding_record
from raft_core.keyvalue import KeyValue, Put
from raft_core.memory import MemoryNetwork, MemoryStorage, MemoryTransport
from raft_core.node import Node
from raft_core.types import NodeId, Role
from tests.unit.raft_core.cluster import A, B, C, Member, eventually, items, member, three
from tests.unit.raft_core.support import sealed

Done = Callable[[Exception | None], None]


class SlowStorage(MemoryStorage):
    """Calls back in a later turn of the event loop, and takes a while to close."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = 0

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        def store() -> None:
            super(SlowStorage, self).append(record, done, vital=vital)

        asyncio.get_running_loop().call_soon(store)

    async def close(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.closed += 1
        await super().close()


class WatchedTransport(MemoryTransport):
    """Counts its stops, each of which takes a while; does not start when told not to."""

    fails = False
    stopped = 0

    async def start(
        self,
        node_id: NodeId,
        deliver: Callable[[NodeId, bytes], None],
        peers_changed: Callable[[frozenset[NodeId]], None],
    ) -> None:
        if self.fails:
            raise OSError("no network")
        await super().start(node_id, deliver, peers_changed)

    async def stop(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.stopped += 1
        await super().stop()


def parts() -> tuple[SlowStorage, WatchedTransport, Member]:
    storage = SlowStorage()
    transport = WatchedTransport(MemoryNetwork(), 1024 * 1024)
    node: Member = Node(KeyValue(), node_id=A, storage=storage, transport=transport, found=True)
    return storage, transport, node


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    """But those that run the tests."""
    yield
    left = [task for task in asyncio.all_tasks() if "TestRunner" not in repr(task)]
    assert left == []


# --- the beginning ------------------------------------------------------------------------------


async def test_its_first_records_name_and_found_it_and_no_later_start_does() -> None:
    storage = MemoryStorage()
    async with member(found=True, storage=storage):
        assert storage.records[:2] == [first_record(A, founds=True), founding_record(A)]
    count = len(storage.records)
    async with member(found=True, storage=storage) as node:
        assert storage.records[:2] == [first_record(A, founds=True), founding_record(A)]
        assert len(storage.records) > count
        assert (node.status().voters, node.status().role) == ((A,), Role.LEADER)


async def test_a_member_that_once_waited_never_founds() -> None:
    storage = MemoryStorage()
    async with member(storage=storage):
        assert storage.records == [first_record(A)]
    async with member(storage=storage, found=True) as node:
        assert node.status().voters == ()


@pytest.mark.parametrize("found", [True, False])
async def test_a_founder_that_got_no_further_than_its_name_founds_at_the_next_start(
    found: bool,
) -> None:
    storage = MemoryStorage(quota=len(first_record(A, founds=True)))
    with pytest.raises(StorageFailed, match="took no record"):
        await member(found=True, storage=storage).__aenter__()
    assert storage.records == [first_record(A, founds=True)]
    storage.quota = None
    async with member(found=found, storage=storage) as node:
        assert node.status().role is Role.LEADER


async def test_a_storage_that_takes_nothing_ends_it_before_it_begins() -> None:
    network = MemoryNetwork()
    storage = MemoryStorage(quota=0)
    with pytest.raises(StorageFailed, match="the storage took no record: the storage is full"):
        await member(storage=storage, network=network).__aenter__()
    async with member(network=network) as node:
        assert node.status().problem is None


@pytest.mark.parametrize(
    "damage,error",
    [
        (lambda records: records.pop(0), JournalDamaged),
        (lambda records: records.insert(1, b"rubbish"), JournalDamaged),
        (lambda records: records.insert(0, first_record(B)), WrongJournal),
        (lambda records: records.append(sealed(records.pop()[5:], version=2)), UnsupportedVersion),
    ],
    ids=["beginning", "middle", "another's", "later version"],
)
async def test_a_journal_that_cannot_be_used_is_left_as_it_is(
    damage: Callable[[list[bytes]], None], error: type[Exception]
) -> None:
    storage = MemoryStorage()
    network = MemoryNetwork()
    async with member(found=True, storage=storage) as node:
        await node.propose(Put("k", "1"))
    damage(storage.records)
    before = list(storage.records)
    with pytest.raises(error):
        await member(storage=storage, network=network).__aenter__()
    assert storage.records == before
    with pytest.raises(RuntimeError, match="not open"):
        storage.append(b"", print)
    async with member(network=network) as node:
        assert node.status().problem is None


async def test_a_torn_last_record_is_dropped_and_the_journal_goes_on_after_it() -> None:
    storage = MemoryStorage(may_tear=True)
    async with member(found=True, storage=storage) as node:
        await node.propose(Put("k", "1"))
    storage.records.append(storage.records[-1][:-3])
    for number in ("2", "3"):
        async with member(storage=storage) as node:
            await node.propose(Put("k", number))
    async with member(storage=storage) as node:
        await eventually(lambda: items(node) == {"k": "3"})


async def test_a_member_whose_very_first_record_is_torn_begins_anew() -> None:
    storage = MemoryStorage(may_tear=True)
    storage.records.append(first_record(A, founds=True)[:5])
    async with member(found=True, storage=storage) as node:
        assert node.status().role is Role.LEADER
        assert storage.records[0] == first_record(A, founds=True)


class Plain:
    """A storage that says its last record may be torn, and yet cannot drop it."""

    def __init__(self) -> None:
        self.records = [first_record(A), b"torn"]

    async def load(self) -> Journal:
        return Journal(self.records, may_tear=True)

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        raise AssertionError("nothing to write")

    def checkpoint(self, record: bytes, done: Done) -> None:
        raise AssertionError("nothing to write")

    async def close(self) -> None: ...


async def test_a_torn_record_that_cannot_be_dropped_keeps_nobody_from_reading() -> None:
    transport = MemoryNetwork().transport()
    async with Node(KeyValue(), node_id=A, storage=Plain(), transport=transport) as node:
        assert node.status().last_log_index == 0


async def test_with_a_storage_that_takes_its_time_all_is_the_same() -> None:
    storage, _transport, node = parts()
    async with node:
        await eventually(lambda: node.status().role is Role.LEADER)
        await node.propose(Put("k", "1"))
    again, _transport, other = parts()
    again.records = storage.records
    async with other:
        await eventually(lambda: items(other) == {"k": "1"})


async def test_a_transport_that_does_not_start_leaves_nothing_behind() -> None:
    storage, transport, node = parts()
    transport.fails = True
    with pytest.raises(OSError, match="no network"):
        await node.__aenter__()
    assert (storage.closed, transport.stopped) == (1, 1)


async def test_a_transport_that_fails_late_leaves_no_member_that_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It went on by its timer, with a storage that was closed, and took that for a bug."""

    class LateFailure(MemoryTransport):
        async def start(
            self,
            node_id: NodeId,
            deliver: Callable[[NodeId, bytes], None],
            peers_changed: Callable[[frozenset[NodeId]], None],
        ) -> None:
            await super().start(node_id, deliver, peers_changed)
            peers_changed(frozenset([B]))
            await eventually(lambda: node.status().role is Role.LEADER)
            raise OSError("no network")

    storage = MemoryStorage()
    transport = LateFailure(MemoryNetwork(), 1024 * 1024)
    node: Member = Node(KeyValue(), node_id=A, storage=storage, transport=transport, found=True)
    with pytest.raises(OSError, match="no network"):
        await node.__aenter__()
    assert node.status().problem == "this node was stopped"
    records = len(storage.records)
    node._entered().tick()
    assert (len(storage.records), caplog.records) == (records, [])


# --- the end ------------------------------------------------------------------------------------


async def test_it_ends_clean_and_says_so() -> None:
    storage, transport, node = parts()
    async with node:
        await node.propose(Put("k", "1"))
    assert (storage.closed, transport.stopped) == (1, 1)
    assert node.status().problem == "this node was stopped"
    assert items(node) == {"k": "1"}
    with pytest.raises(Stopped, match="takes no proposals"):
        await node.propose(Put("k", "2"))


async def test_three_end_one_after_the_other() -> None:
    async with three() as members:
        await members[2].propose(Put("k", "1"))


async def test_who_still_waits_for_an_answer_hears_of_the_end() -> None:
    async with anyio.create_task_group() as group:
        node = member()
        await node.__aenter__()
        caught: list[Stopped] = []

        async def propose() -> None:
            try:
                await node.propose(Put("k", "1"))
            except Stopped as error:
                caught.append(error)

        group.start_soon(propose)
        await anyio.lowlevel.checkpoint()
        await node.__aexit__(None, None, None)
    assert len(caught) == 1


async def test_it_is_entered_once() -> None:
    """A second life would be deaf, since the first has ended it for its transport."""
    storage, transport, node = parts()
    async with node:
        with pytest.raises(Stopped, match="make another one, with a new state"):
            await node.__aenter__()
        await node.propose(Put("k", "1"))
    assert (storage.closed, transport.stopped) == (1, 1)
    with pytest.raises(Stopped, match="make another one, with a new state"):
        await node.__aenter__()
    assert (storage.closed, transport.stopped) == (1, 1)


async def test_what_the_body_raises_comes_out_as_it_is() -> None:
    storage, transport, node = parts()
    with pytest.raises(ValueError, match="of the body"):
        async with node:
            raise ValueError("of the body")
    assert (storage.closed, transport.stopped) == (1, 1)


async def test_a_cancellation_does_not_keep_it_from_ending_clean() -> None:
    storage, transport, node = parts()
    with anyio.CancelScope() as scope:
        async with node:
            scope.cancel()
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert (storage.closed, transport.stopped) == (1, 1)


async def test_a_cancelled_task_ends_clean_too() -> None:
    storage, transport, node = parts()
    entered = asyncio.Event()

    async def run() -> None:
        async with node:
            entered.set()
            await anyio.sleep_forever()

    task = asyncio.create_task(run())
    await entered.wait()
    await eventually(lambda: node.status().role is Role.LEADER)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (storage.closed, transport.stopped) == (1, 1)


async def test_cancelled_while_it_begins_it_leaves_nothing_behind() -> None:
    storage, transport, node = parts()

    def never(record: bytes, done: Done, *, vital: bool = False) -> None:
        """The disk hangs."""

    storage.append = never  # type: ignore[method-assign]
    with anyio.move_on_after(0.001) as scope:
        await node.__aenter__()
    assert scope.cancelled_caught
    assert (storage.closed, transport.stopped) == (1, 0)


# --- what it may have forgotten -------------------------------------------------------------------


class ForgetfulStorage(MemoryStorage):
    """Loses its newest records when a test says so, and keeps what is vital."""

    def __init__(self) -> None:
        super().__init__()
        self.suspect = False
        self.vital: bytes | None = None

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        if vital:
            self.vital = record
            self.suspect = False
        super().append(record, done, vital=vital)

    async def load(self) -> Journal:
        journal = await super().load()
        journal.suspect, journal.vital = self.suspect, self.vital
        return journal

    def forget(self, left: int) -> None:
        del self.records[left:]
        self.suspect = True


async def test_the_only_member_goes_on_with_what_it_has_and_is_loud(
    caplog: pytest.LogCaptureFixture,
) -> None:
    storage = ForgetfulStorage()
    async with member(found=True, storage=storage) as node:
        await node.propose(Put("k", "v"))
    storage.forget(3)
    events: list[Event] = []
    node = member(storage=storage)
    node.observe_events(events.append)
    with caplog.at_level(logging.WARNING, logger="raft_core"):
        async with node:
            assert (items(node), node.status().role) == ({}, Role.LEADER)
            assert await node.propose(Put("k", "w")) is None
    assert "may have forgotten" in caplog.text
    assert "goes on with what it has" in caplog.text
    assert MemberFreed(A) in events


@pytest.mark.parametrize("left", [0, 1])
async def test_a_founder_that_forgot_all_founds_again_and_keeps_term_and_vote(left: int) -> None:
    storage = ForgetfulStorage()
    async with member(found=True, storage=storage) as node:
        term = node.status().term
    storage.forget(left)
    async with member(found=True, storage=storage) as node:
        assert (node.status().role, node.status().term) == (Role.LEADER, term + 1)
        assert storage.records[:2] == [first_record(A, founds=True), founding_record(A)]


async def test_a_member_of_three_that_forgot_all_is_brought_up_to_date(
    caplog: pytest.LogCaptureFixture,
) -> None:
    storages = [ForgetfulStorage() for _ in range(3)]
    network = MemoryNetwork()
    async with three(storages, network=network) as members:
        await members[0].propose(Put("k", "v"))
        await eventually(lambda: items(members[2]) == {"k": "v"})
        await members[2].__aexit__(None, None, None)
        storages[2].forget(0)
        told: list[tuple[bool, Role]] = []
        with caplog.at_level(logging.WARNING, logger="raft_core"):
            again = member(C, storage=storages[2], network=network)
            again.observe_status(lambda status: told.append((status.suspect, status.role)))
            async with again:
                await eventually(lambda: items(again) == {"k": "v"})
                await eventually(lambda: not again.status().suspect)
                assert again.status().role is not Role.LEARNER
        assert "votes for nobody until a leader has" in caplog.text
        assert True in [suspect for suspect, _ in told]
        assert told[-1][0] is False


async def test_a_start_that_fails_leaves_the_doubt() -> None:
    storage = ForgetfulStorage()
    async with member(storage=storage):
        pass
    storage.forget(0)
    transport = WatchedTransport(MemoryNetwork(), 1024 * 1024)
    transport.fails = True
    node: Member = Node(KeyValue(), node_id=A, storage=storage, transport=transport)
    with pytest.raises(OSError, match="no network"):
        await node.__aenter__()
    assert storage.suspect


async def test_a_timer_that_the_deadline_has_outrun_makes_no_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks: list[float] = []
    tick = Driver.tick

    def counted(driver: Driver) -> None:
        ticks.append(driver.deadline - driver.clock())
        tick(driver)

    async with member(found=True) as alone:
        await eventually(lambda: alone.status().role is Role.LEADER)
        monkeypatch.setattr(Driver, "tick", counted)
        alone._wake_at(0.0)  # as if the deadline had been then
        await eventually(lambda: bool(ticks))
    assert max(ticks) <= 0
