"""What a node writes before it takes part: its name, who founds, and which start this is."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest

from raft_core import journal
from raft_core.beginning import begin_journal, begin_start, require_id, require_whole
from raft_core.codec import Standing, Step, decode_record, encode_record
from raft_core.errors import InvalidConfig, Stopped, StorageFailed, Superseded
from raft_core.interfaces import Journal
from raft_core.journal import Restored, first_record, founding_record, restore
from raft_core.keyvalue import KeyValue, Put
from raft_core.memory import MemoryNetwork, MemoryStorage, MemoryTransport
from raft_core.node import Node
from raft_core.types import NodeId, Role
from tests.unit.raft_core.cluster import QUICK, A, Member, eventually, items


class Counting(MemoryTransport):
    """Asks for the number of its member's start."""

    def __init__(self, network: MemoryNetwork) -> None:
        super().__init__(network, 1024 * 1024)
        self.started = False
        self.numbers: list[int] = []
        self.nonces: tuple[str, ...] = ()
        self.superseded: Callable[[], None]
        self.copied: Callable[[], None]

    def number(
        self,
        start: int,
        nonces: tuple[str, ...],
        superseded: Callable[[], None],
        copied: Callable[[], None],
    ) -> None:
        assert not self.started
        self.numbers.append(start)
        self.nonces = nonces
        self.superseded, self.copied = superseded, copied

    async def start(
        self,
        node_id: NodeId,
        deliver: Callable[[NodeId, bytes], None],
        peers_changed: Callable[[frozenset[NodeId]], None],
    ) -> None:
        self.started = True
        await super().start(node_id, deliver, peers_changed)


class Recording(MemoryStorage):
    """Remembers which records were vital."""

    def __init__(self) -> None:
        super().__init__()
        self.vital: list[bytes] = []

    def append(
        self, record: bytes, done: Callable[[Exception | None], None], *, vital: bool = False
    ) -> None:
        if vital:
            self.vital.append(record)
        super().append(record, done, vital=vital)


def member(storage: MemoryStorage, transport: MemoryTransport) -> Member:
    return Node(
        KeyValue(), node_id=A, storage=storage, transport=transport, config=QUICK, found=True
    )


def standing_of(storage: MemoryStorage) -> Standing:
    return restore(Journal(storage.records, storage.stored_checkpoint), A).standing


def is_another(storage: MemoryStorage, than: tuple[bytes | None, ...]) -> bool:
    return storage.stored_checkpoint not in than


@pytest.mark.parametrize("found", [True, False])
async def test_the_first_records_say_whose_it_is_and_who_founds(found: bool) -> None:
    storage = MemoryStorage()
    await storage.load()
    after = await begin_journal(storage, Restored(A), found=found)
    records = [first_record(A, founds=found), *([founding_record(A)] if found else [])]
    assert storage.records == records
    assert after.sequence == len(records)


async def test_what_a_crash_kept_away_is_written_and_no_more() -> None:
    storage = MemoryStorage()
    storage.records.append(first_record(A, founds=True))
    restored = restore(await storage.load(), A)
    await begin_journal(storage, restored, found=False)
    assert storage.records == [first_record(A, founds=True), founding_record(A)]


async def test_a_storage_that_takes_nothing_begins_nothing() -> None:
    storage = MemoryStorage(quota=0)
    await storage.load()
    with pytest.raises(StorageFailed, match="took no record: the storage is full"):
        await begin_journal(storage, Restored(A), found=True)


async def test_a_start_is_counted_in_a_vital_record_that_changes_nothing_else() -> None:
    storage = Recording()
    await storage.load()
    restored = Restored(A, 3, "b", [], 7, standing=Standing(2, True, 4, 5, nonces=("a",)))
    assert await begin_start(storage, restored, "b") is None
    (record,) = storage.records
    assert storage.vital == [record]
    standing = Standing(2, True, 4, 6, nonces=("a", "b"))
    assert decode_record(record) == Step(8, 3, "b", 0, (), standing=standing)
    assert (restored.sequence, restored.standing.start) == (8, 6)
    assert restored.record_bytes == len(record)


async def test_a_start_that_cannot_be_counted_can_be_read_and_doubts_nothing() -> None:
    storage = MemoryStorage(quota=0)
    await storage.load()
    restored = Restored(A, 3, "b", [], 7, standing=Standing(2, True, 4, 5))
    refusal = await begin_start(storage, restored, "b")
    assert isinstance(refusal, StorageFailed)
    assert restored == Restored(A, 3, "b", [], 7, standing=Standing(2, False, 4, 5))


async def test_a_member_whose_start_cannot_be_counted_is_heard_by_nobody_and_can_be_read() -> None:
    storage = MemoryStorage()
    async with member(storage, Counting(MemoryNetwork())) as node:
        await node.propose(Put("k", "v"))
    records = list(storage.records)
    storage.quota = 0
    transport = Counting(MemoryNetwork())
    async with member(storage, transport) as node:
        assert node.status().problem is not None
        assert "the storage is full" in str(node.status().problem)
        assert not transport.started
        assert transport.numbers == []
    assert storage.records == records
    storage.quota = None
    async with member(storage, transport := Counting(MemoryNetwork())) as node:
        assert transport.numbers == [2]
        await eventually(lambda: items(node) == {"k": "v"})


async def test_each_start_has_the_next_number_whatever_was_written_between() -> None:
    storage = MemoryStorage()
    for number in range(1, 4):
        transport = Counting(MemoryNetwork())
        async with member(storage, transport) as node:
            assert transport.numbers == [number]
            await node.propose(Put("k", "v"))
            assert standing_of(storage).start == number
            before = (None, storage.stored_checkpoint)
            node.take_snapshot()
            await eventually(partial(is_another, storage, before))


async def test_a_start_begins_with_a_vital_record_that_has_its_number() -> None:
    storage = Recording()
    async with member(storage, Counting(MemoryNetwork())):
        pass
    begun, vital = len(storage.records), len(storage.vital)
    async with member(storage, Counting(MemoryNetwork())):
        pass
    assert storage.vital[vital] == storage.records[begun]
    record = decode_record(storage.records[begun])
    assert isinstance(record, Step)
    assert record.standing is not None
    assert record.standing.start == 2


async def test_the_nonces_of_the_latest_starts_are_kept() -> None:
    storage = MemoryStorage()
    known: tuple[str, ...] = ()
    for number in range(1, 11):
        transport = Counting(MemoryNetwork())
        async with member(storage, transport) as node:
            assert transport.nonces[:-1] == known[-7:]
            known = transport.nonces
            assert len(known) == len(set(known)) == min(number, 8)
            await node.propose(Put("k", "v"))
            before = (None, storage.stored_checkpoint)
            node.take_snapshot()
            await eventually(partial(is_another, storage, before))
        assert standing_of(storage).nonces == known


async def test_a_copy_counts_an_equal_number_but_has_another_nonce() -> None:
    storage, copy = MemoryStorage(), MemoryStorage()
    async with member(storage, Counting(MemoryNetwork())):
        pass
    copy.records = list(storage.records)
    starts = []
    for each in storage, copy:
        transport = Counting(MemoryNetwork())
        async with Node(
            KeyValue(), node_id=A, storage=each, transport=transport, config=QUICK, rng=Random(0)
        ):
            starts.append((transport.numbers, transport.nonces))
    (number, nonces), (same, others) = starts
    assert number == same == [2]
    assert nonces[0] == others[0]
    assert nonces[1] != others[1]


async def test_a_member_that_is_shown_to_be_a_copy_is_suspect_and_stays_so_at_its_next_start() -> (
    None
):
    storage = MemoryStorage()
    transport = Counting(MemoryNetwork())
    async with member(storage, transport) as node:
        await eventually(lambda: node.status().role is Role.LEADER)
        transport.copied()
        assert (node.status().suspect, node.status().role) == (True, Role.FOLLOWER)
    standing = standing_of(storage)
    assert (standing.life > 1, standing.suspect, standing.copied) == (True, True, True)
    async with member(storage, Counting(MemoryNetwork())) as node:
        assert (node.status().suspect, node.status().role) == (True, Role.FOLLOWER)


async def test_starts_are_not_counted_for_a_transport_that_does_not_ask() -> None:
    storage = MemoryStorage()
    async with member(storage, MemoryNetwork().transport()):
        assert standing_of(storage).start == 0


async def test_a_member_whose_copy_goes_on_stops_at_once_and_says_why() -> None:
    storage = MemoryStorage()
    transport = Counting(MemoryNetwork())
    async with member(storage, transport) as node:
        await eventually(lambda: node.status().role is Role.LEADER)
        count = len(storage.records)
        transport.superseded()
        transport.superseded()
        assert node.status().problem == str(Superseded())
        with pytest.raises(Stopped, match="a copy of this member was started later"):
            await node.propose(Put("k", "v"))
        assert len(storage.records) == count + 1
        assert standing_of(storage).superseded


async def test_it_cannot_be_started_again() -> None:
    storage = MemoryStorage()
    transport = Counting(MemoryNetwork())
    async with member(storage, transport):
        transport.superseded()
    records = list(storage.records)
    again = Counting(MemoryNetwork())
    with pytest.raises(Superseded, match="Go on there"):
        await member(storage, again).__aenter__()
    assert storage.records == records
    assert not again.started


def test_a_copy_that_was_superseded_is_known_by_its_standing() -> None:
    restored = Restored(A)
    require_whole(restored)
    restored.standing = Standing(superseded=True)
    with pytest.raises(Superseded):
        require_whole(restored)


def test_records_of_earlier_programs_count_no_starts() -> None:
    old = encode_record(Step(2, 1, None, 0, (), standing=Standing(1, False, 1)))
    records = [journal.first_record(A), old]
    assert restore(Journal(records), A).standing == Standing(1, False, 1, 0, False)


# --- whose journal -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [5, None, "", b"a", "\ud800"])
async def test_what_is_no_id_is_refused_before_it_is_in_a_journal(name: Any) -> None:
    with pytest.raises(InvalidConfig, match="node_id must be a string"):
        Node(
            KeyValue(),
            node_id=name,
            storage=MemoryStorage(),
            transport=MemoryNetwork().transport(),
        )
    assert require_id("anna") == "anna"
