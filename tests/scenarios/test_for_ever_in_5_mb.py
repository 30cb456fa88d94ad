"""Members that write for ever within what a browser grants an origin."""

from contextlib import AsyncExitStack

import anyio
from msgspec import Struct

from raft_core.config import Config
from raft_core.keyvalue import KeyValue, KeyValueCommand, Put
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

    def node(self, network: MemoryNetwork, *, found: bool) -> Node[KeyValueCommand, str | None]:
        storage = LocalStorage(self.area, journal_prefix(APP, SESSION, self.node_id))
        return Node(
            KeyValue(),
            node_id=self.node_id,
            storage=storage,
            transport=network.transport(),
            config=Config(),
            found=found,
        )


async def write(windows: list[Window], count: int, size: int, keys: int) -> int:
    """So many writes, 64 at a time, over so many keys, all acknowledged; bytes of their values."""
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
    return count * size


async def test_three_windows_write_several_times_what_their_storages_hold() -> None:
    windows = [Window(FakeArea(), node_id) for node_id in IDS]
    assert await write(windows, count=1500, size=8000, keys=25) > 2 * QUOTA
    for window in windows:
        assert window.area.used < QUOTA
    await write(windows, count=64, size=1, keys=25)


async def test_a_state_of_half_the_quota_is_still_compacted_in_time() -> None:
    window = Window(FakeArea(), IDS[0])
    assert await write([window], count=500, size=50_000, keys=40) > 4 * QUOTA


async def test_beside_data_of_others_it_is_compacted_earlier() -> None:
    window = Window(FakeArea(), IDS[0])
    window.area.setItem("theirs", "x" * 4_500_000)
    assert await write([window], count=500, size=8000, keys=12) > QUOTA - 4_500_000


async def test_sessions_of_one_origin_leave_each_other_room() -> None:
    """Windows of one origin, founders of a session each: of 0.8 MB, and a journal of 1 MB."""
    area = FakeArea()
    async with AsyncExitStack() as stack:
        nodes = []
        for session in (letter * 16 for letter in "0123"):
            node: Node[KeyValueCommand, str | None] = Node(
                KeyValue(),
                node_id=IDS[0],
                storage=LocalStorage(area, journal_prefix(APP, session, IDS[0])),
                transport=MemoryNetwork().transport(),
                found=True,
            )
            nodes.append(await stack.enter_async_context(node))
        for number in range(200):
            for node in nodes:
                await node.propose(Put(str(number % 16), "x" * 50_000))
        assert [node.status().problem for node in nodes] == [None] * 4
