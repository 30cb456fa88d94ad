"""A node whose transport tells its starts from those of copies: see ``beginning``."""

from collections.abc import Callable

from raft_core.keyvalue import KeyValue
from raft_core.memory import MemoryNetwork, MemoryStorage, MemoryTransport
from raft_core.node import Node
from raft_core.types import NodeId
from tests.unit.raft_core.cluster import QUICK, A, Member


class Fencing(MemoryTransport):
    """Notes what it is told, and in which order."""

    def __init__(self) -> None:
        super().__init__(MemoryNetwork(), 1024 * 1024)
        self.told: list[object] = []

    def number(
        self,
        start: int,
        nonces: tuple[str, ...],
        superseded: Callable[[], None],
        copied: Callable[[], None],
    ) -> None:
        self.told += [start, nonces]
        self.superseded, self.copied = superseded, copied

    async def start(
        self,
        node_id: NodeId,
        deliver: Callable[[NodeId, bytes], None],
        peers_changed: Callable[[frozenset[NodeId]], None],
    ) -> None:
        self.told.append("start")
        await super().start(node_id, deliver, peers_changed)


def member(transport: MemoryTransport, storage: MemoryStorage) -> Member:
    return Node(
        KeyValue(), node_id=A, storage=storage, transport=transport, config=QUICK, found=True
    )


async def test_it_tells_the_transport_which_start_this_is_before_anybody_can_hear_of_it() -> None:
    transport = Fencing()
    async with member(transport, MemoryStorage()):
        number, nonces, last = transport.told
        assert (number, last) == (1, "start")
        assert isinstance(nonces, tuple)
        (nonce,) = nonces
        assert len(bytes.fromhex(nonce)) == 8


async def test_what_the_transport_finds_out_is_heard() -> None:
    transport = Fencing()
    async with member(transport, MemoryStorage()) as node:
        transport.copied()
        assert node.status().suspect
        assert node.status().problem is None
        transport.superseded()
        assert node.status().problem is not None


async def test_a_start_that_cannot_be_counted_is_heard_of_by_nobody() -> None:
    storage = MemoryStorage()
    async with member(Fencing(), storage):
        pass
    storage.quota = 0
    transport = Fencing()
    async with member(transport, storage) as node:
        assert node.status().problem is not None
    assert transport.told == []
