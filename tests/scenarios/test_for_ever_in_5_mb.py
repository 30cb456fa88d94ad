"""Members that write for ever within what a browser grants an origin."""

from contextlib import AsyncExitStack

import anyio
from msgspec import Struct

from raft_core.config import Config
from raft_core.keyvalue import KeyValue, Put
from raft_core.memory import MemoryNetwork
from raft_core.node import Node
from storage_localstorage import LocalStorage, journal_prefix
from storage_localstorage.area import QUOTA
from storage_localstorage.fake import FakeArea

APP, SESSION = "kv", "0123456789abcdef"
IDS = [letter * 16 for letter in "abc"]


class Window(Struct):
    """One origin: what it stores stays."""

    area: FakeArea
    node_id: str

    def node(self, network: MemoryNetwork, *, found: bool) -> Node[object, str | None]:
        storage = LocalStorage(self.area, journal_prefix(APP, SESSION, self.node_id))
        return Node(
            KeyValue(),
            node_id=self.node_id,
            storage=storage,
            transport=network.transport(),
            config=Config(),
            found=found,
        )


async def write(windows: list[Window], count: int, size: int, keys: int) -> None:
    """So many writes of this size, 64 at a time, over so many keys; all of them acknowledged."""
    network = MemoryNetwork()
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(window.node(network, found=window is windows[0]))
            for window in windows
        ]
        with anyio.fail_after(120):
            while len(nodes[0].status().voters) < len(windows):  # noqa: ASYNC110 - any change
                await anyio.sleep(0.01)

        async def some(first: int) -> None:
            for number in range(first, count, 64):
                await nodes[number % len(nodes)].propose(Put(str(number % keys), "x" * size))

        async with anyio.create_task_group() as group:
            for first in range(64):
                group.start_soon(some, first)
        assert [node.status().problem for node in nodes] == [None] * len(nodes)


async def test_three_windows_write_several_times_what_their_storages_hold() -> None:
    windows = [Window(FakeArea(), node_id) for node_id in IDS]
    await write(windows, count=6000, size=2000, keys=100)
    assert 2 * QUOTA < 6000 * 2000
    for window in windows:
        assert window.area.used < QUOTA
    await write(windows, count=64, size=1, keys=100)


async def test_a_state_of_half_the_quota_is_still_compacted_in_time() -> None:
    window = Window(FakeArea(), IDS[0])
    config = Config(target_size=1)
    assert config.snapshot_bytes < 2_500_000
    await write([window], count=2500, size=10_000, keys=250)
    assert 4 * QUOTA < 2500 * 10_000


async def test_beside_data_of_others_it_is_compacted_earlier() -> None:
    window = Window(FakeArea(), IDS[0])
    window.area.setItem("theirs", "x" * 4_500_000)
    await write([window], count=2000, size=2000, keys=50)
    assert QUOTA - 4_500_000 < 2000 * 2000
