"""A member that is opened again and again must not store more and more."""

from msgspec import Struct

from raft_core.config import Config
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_core.node import Node
from raft_core.sessions import MAX_KEPT_BYTES


class Page(Struct):
    """Answers each command with what it holds: some 20 KB, always the same."""

    text: str = "x" * 20_000

    def apply(self, command: str) -> str:
        return self.text


async def test_lives_that_are_over_leave_nothing_in_a_snapshot() -> None:
    storage = MemoryStorage()
    sizes = []
    for _ in range(30):
        node: Node[str, str] = Node(
            Page(),
            node_id="a" * 16,
            storage=storage,
            transport=MemoryNetwork().transport(),
            config=Config(trailing_entries=0),
            found=True,
        )
        async with node:
            await node.propose("look")
            node.take_snapshot()
            sizes.append(storage.size)
    assert sizes[-1] < sizes[0] + MAX_KEPT_BYTES + 20_000, sizes
