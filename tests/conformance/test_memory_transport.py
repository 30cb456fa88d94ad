"""MemoryTransport keeps the promises of a transport."""

from collections.abc import Sequence

from raft_core.interfaces import Transport
from raft_core.memory import MemoryNetwork
from raft_core.testing.conformance import TransportConformance


class TestMemoryTransport(TransportConformance):
    async def open(self, count: int) -> Sequence[Transport]:
        network = MemoryNetwork()
        return [network.transport() for _ in range(count)]


class TestNarrowMemoryTransport(TransportConformance):
    async def open(self, count: int) -> Sequence[Transport]:
        network = MemoryNetwork()
        return [network.transport(max_payload=1200) for _ in range(count)]
