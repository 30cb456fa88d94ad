"""A member on an event loop, with a log that is compacted: what its callers may count on."""

from dataclasses import dataclass, field

import anyio
import msgspec
import pytest

from raft_core.config import Config
from raft_core.errors import InvalidState, Stopped
from raft_core.interfaces import Journal
from raft_core.journal import restore
from raft_core.keyvalue import Put
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_core.node import Node
from tests.unit.raft_core.cluster import QUICK, A, B, C, eventually, items, leader_of, member, three

SMALL = msgspec.structs.replace(QUICK, snapshot_entries=20, trailing_entries=5)


async def test_a_founder_that_writes_for_ever_stays_within_its_quota_and_loses_nothing() -> None:
    config = msgspec.structs.replace(QUICK, snapshot_bytes=1024 * 1024)
    storage = MemoryStorage(quota=300_000)
    async with member(storage=storage, found=True, config=config) as founder:
        for number in range(1000):
            await founder.propose(Put(str(number % 50), "x" * 1000))
        assert founder.status().problem is None
        assert storage.size <= 300_000
    async with member(storage=storage, config=config) as again:
        await eventually(lambda: len(items(again)) == 50)
        await again.propose(Put("k", "1"))


async def test_after_a_start_the_state_is_the_snapshots_and_what_came_after() -> None:
    storage = MemoryStorage()
    async with member(storage=storage, found=True, config=SMALL) as founder:
        for number in range(50):
            await founder.propose(Put(str(number), "x"))
    restored = restore(Journal(storage.records, storage.stored_checkpoint), A)
    assert restored.snapshot is not None
    assert len(restored.entries) < 50
    told: list[int] = []
    again = member(storage=storage, config=SMALL)
    again.observe_state(lambda: told.append(len(items(again))))
    async with again:
        await eventually(lambda: len(items(again)) == 50)
        assert told[-1] == 50


async def test_a_member_far_behind_catches_up_while_others_write() -> None:
    network = MemoryNetwork()
    async with three(network=network, config=SMALL) as members:
        away = next(one for one in members if one is not leader_of(members))
        here = [one for one in members if one is not away]
        for one in here:
            network.disconnect(away.node_id, one.node_id)
        for number in range(100):
            await leader_of(here).propose(Put(str(number), "x"))
        behind = away.status().applied_index
        assert leader_of(here).status().first_log_index > behind + 1

        caught_up = anyio.Event()

        async def write_on() -> None:
            number = 100
            while not caught_up.is_set():
                await leader_of(here).propose(Put(str(number), "y" * 100))
                number += 1

        async with anyio.create_task_group() as group:
            group.start_soon(write_on)
            for one in here:
                network.connect(away.node_id, one.node_id)
            await eventually(lambda: len(items(away)) > 100)
            assert away.status().snapshot_index > behind
            caught_up.set()
        await eventually(lambda: all(items(one) == items(away) for one in here))


async def test_a_snapshot_can_be_had_now() -> None:
    storage = MemoryStorage()
    async with member(storage=storage, found=True) as founder:
        await founder.propose(Put("k", "1"))
        assert storage.records != []
        founder.take_snapshot()
        assert storage.records == []
        status = founder.status()
        assert status.snapshot_index == status.applied_index
    with pytest.raises(Stopped, match="takes no snapshot"):
        founder.take_snapshot()


async def test_a_snapshot_that_would_not_fit_waits_and_nobody_is_harmed() -> None:
    storage = MemoryStorage()
    async with member(storage=storage, found=True, config=SMALL) as founder:
        await founder.propose(Put("k", "x" * 1000))
        storage.quota = storage.size + 5000
        for number in range(30):
            await founder.propose(Put(str(number), "x"))
        assert (founder.status().problem, storage.stored_checkpoint) == (None, None)
        storage.quota = None
        founder.take_snapshot()
        assert storage.stored_checkpoint is not None


class Liar(MemoryStorage):
    """Says that it takes any checkpoint, as one would whose room others have just taken."""

    def takes_checkpoint(self, size: int) -> bool:
        return True


async def test_a_storage_that_refuses_a_checkpoint_stops_it_and_the_others_go_on() -> None:
    storages = [MemoryStorage(), MemoryStorage(), Liar()]
    async with three(storages, config=SMALL) as members:
        await members[0].propose(Put("k", "x" * 1000))
        await eventually(lambda: len(items(members[2])) == 1)
        full = storages[2]
        full.quota = 100
        members[2].take_snapshot()
        await eventually(lambda: members[2].status().problem is not None)
        assert items(members[2]) == {"k": "x" * 1000}
        others = members[:2]
        await eventually(lambda: any(one.status().leader in (A, B) for one in others))
        await others[0].propose(Put("k", "2"))
        assert full.size > 100


def test_a_state_must_be_one_that_can_be_saved() -> None:
    class Bare:
        def apply(self, command: int) -> int:
            return command

    with pytest.raises(InvalidState, match="give it methods"):
        Node(Bare(), node_id=C, storage=MemoryStorage(), transport=MemoryNetwork().transport())


@dataclass
class Names:
    """A State that is a plain dataclass."""

    names: list[str] = field(default_factory=list)

    def apply(self, name: str) -> int:
        self.names.append(name)
        return len(self.names)


async def test_a_dataclass_is_a_state_like_a_struct() -> None:
    storage = MemoryStorage()

    def node(state: Names) -> Node[str, int]:
        return Node(
            state,
            node_id=A,
            storage=storage,
            transport=MemoryNetwork().transport(),
            config=Config(),
            found=True,
        )

    async with node(Names()) as first:
        assert await first.propose("one") == 1
        first.take_snapshot()
    state = Names()
    async with node(state) as second:
        assert await second.propose("two") == 2
    assert state.names == ["one", "two"]
