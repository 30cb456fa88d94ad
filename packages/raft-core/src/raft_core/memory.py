"""Both adapters without a medium: members of one process, for examples, benchmarks and tests.

They keep every promise of ``interfaces`` and so show how little an adapter must do. What is bad
about real networks and disks (loss, delay, crashes) is the business of ``raft_core.testing``.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from raft_core.interfaces import Journal
from raft_core.types import NodeId

_Deliver = Callable[[NodeId, bytes], None]
_PeersChanged = Callable[[frozenset[NodeId]], None]
_Done = Callable[[Exception | None], None]

_TURN = 256
"""Payloads delivered before the event loop gets its turn."""


class MemoryNetwork:
    """Connects the transports it has made; every started one reaches every other unless cut.

    It delivers from the event loop, never from inside ``send``, in order, each payload once. All
    members must run on the loop of the thread that uses the network (asyncio).
    """

    def __init__(self) -> None:
        self._started: dict[NodeId, MemoryTransport] = {}
        self._cut: set[frozenset[NodeId]] = set()
        self._payloads: deque[tuple[NodeId, NodeId, bytes]] = deque()
        self._draining = False

    def transport(self, *, max_payload: int = 1024 * 1024) -> "MemoryTransport":
        """A transport for one member."""
        return MemoryTransport(self, max_payload)

    def disconnect(self, one: NodeId, other: NodeId) -> None:
        """Cut this pair, both ways; what is under way between them is lost. Both are told."""
        self._cut.add(frozenset((one, other)))
        self._tell_peers((one, other))

    def connect(self, one: NodeId, other: NodeId) -> None:
        """Undo ``disconnect``."""
        self._cut.discard(frozenset((one, other)))
        self._tell_peers((one, other))

    def peers(self, node_id: NodeId) -> frozenset[NodeId]:
        """Whom this member reaches now."""
        if node_id not in self._started:
            return frozenset()
        return frozenset(
            peer
            for peer in self._started
            if peer != node_id and frozenset((peer, node_id)) not in self._cut
        )

    def _start(self, transport: "MemoryTransport", node_id: NodeId) -> None:
        if node_id in self._started:
            raise RuntimeError(f"member {node_id} is on this network already: stop it first")
        self._started[node_id] = transport
        self._tell_peers(self._started)

    def _stop(self, node_id: NodeId) -> None:
        del self._started[node_id]
        self._tell_peers(self._started)

    def _send(self, sender: NodeId, receiver: NodeId, payload: bytes) -> bool:
        if receiver not in self._started or frozenset((sender, receiver)) in self._cut:
            return False
        self._payloads.append((sender, receiver, payload))
        if not self._draining:
            self._draining = True
            asyncio.get_running_loop().call_soon(self._drain)
        return True

    def _drain(self) -> None:
        """Deliver what is there, answers included: a turn of the loop is worth many payloads."""
        try:
            for _ in range(_TURN):
                if not self._payloads:
                    break
                sender, receiver, payload = self._payloads.popleft()
                transport = self._started.get(receiver)
                if transport is not None and frozenset((sender, receiver)) not in self._cut:
                    transport.deliver(sender, payload)
        finally:
            self._draining = bool(self._payloads)
            if self._draining:
                asyncio.get_running_loop().call_soon(self._drain)

    def _tell_peers(self, members: Iterable[NodeId]) -> None:
        loop = asyncio.get_running_loop()
        for node_id in members:
            transport = self._started.get(node_id)
            if transport is not None:
                loop.call_soon(transport.tell_peers)


class MemoryTransport:
    """One member's end of a ``MemoryNetwork``; satisfies ``Transport``. Make it there."""

    def __init__(self, network: MemoryNetwork, max_payload: int) -> None:
        self.max_payload = max_payload
        self._network = network
        self._node_id: NodeId | None = None
        self._deliver: _Deliver | None = None
        self._peers_changed: _PeersChanged | None = None
        self._told: frozenset[NodeId] = frozenset()

    async def start(self, node_id: NodeId, deliver: _Deliver, peers_changed: _PeersChanged) -> None:
        """:raises RuntimeError: when this transport, or another one of this member, runs already"""
        if self._node_id is not None:
            raise RuntimeError(f"this transport already serves member {self._node_id}")
        self._network._start(self, node_id)  # noqa: SLF001  the two classes are one adapter
        self._node_id = node_id
        self._deliver = deliver
        self._peers_changed = peers_changed
        self._told = frozenset()

    def send(self, peer: NodeId, payload: bytes) -> bool:
        """:raises ValueError: when the payload is over ``max_payload``"""
        if len(payload) > self.max_payload:
            raise ValueError(f"payload of {len(payload)} bytes, the limit is {self.max_payload}")
        if self._node_id is None or peer == self._node_id:
            return False
        return self._network._send(self._node_id, peer, payload)  # noqa: SLF001

    async def stop(self) -> None:
        """End; idempotent. No callback comes after it has returned."""
        if self._node_id is not None:
            node_id, self._node_id = self._node_id, None
            self._deliver = self._peers_changed = None
            self._network._stop(node_id)  # noqa: SLF001

    def deliver(self, sender: NodeId, payload: bytes) -> None:
        """The network's: hand a payload over."""
        if self._deliver is not None:
            self._deliver(sender, payload)

    def tell_peers(self) -> None:
        """The network's: tell who is connected, if that is news."""
        if self._node_id is None or self._peers_changed is None:
            return
        peers = self._network.peers(self._node_id)
        if peers != self._told:
            self._told = peers
            self._peers_changed(peers)


class MemoryStorage:
    """A journal in memory, as long as this object lives.

    A ``Storage``, a ``TearingStorage`` and a ``BoundedStorage``.

    A member "restarts" by loading the same object again, which also ends a refusal for the records
    to come (a refusal of the new load's first record is again one).
    """

    def __init__(self, *, may_tear: bool = False, quota: int | None = None) -> None:
        self.may_tear = may_tear
        self.quota = quota
        """Bytes of records and checkpoint it holds at most; None: no limit. Set it at any time."""
        self.records: list[bytes] = []
        """What is stored after the checkpoint: tests read it, and damage it."""
        self.stored_checkpoint: bytes | None = None
        self._open = False
        self._refusal: Exception | None = None

    @property
    def size(self) -> int:
        """Bytes stored."""
        return sum(map(len, self.records)) + len(self.stored_checkpoint or b"")

    async def load(self) -> Journal:
        """What is stored; the storage takes appends from now on."""
        self._open = True
        self._refusal = None
        return Journal(tuple(self.records), self.stored_checkpoint, self.may_tear)

    def append(self, record: bytes, done: _Done, *, vital: bool = False) -> None:  # noqa: ARG002
        """Store at once.

        :raises RuntimeError: when it is not loaded, or closed
        """
        if self._takes(self.size + len(record) if self.quota is not None else 0):
            self.records.append(bytes(record))
        done(self._refusal)

    def checkpoint(self, record: bytes, done: _Done) -> None:
        """Replace all at once.

        :raises RuntimeError: when it is not loaded, or closed
        """
        if self._takes(len(record)):
            self.stored_checkpoint = bytes(record)
            self.records.clear()
        done(self._refusal)

    def room(self) -> int | None:
        """Bytes up to the quota; see ``BoundedStorage``."""
        return None if self.quota is None else self.quota - self.size

    def takes_checkpoint(self, size: int) -> bool:
        """Whether the quota holds it, in place of all; see ``BoundedStorage``."""
        return self.quota is None or size <= self.quota

    def drop_last(self) -> None:
        """Forget the last record, which is incomplete (see ``TearingStorage``)."""
        self.records.pop()

    async def close(self) -> None:
        """Take nothing more until it is loaded again; idempotent."""
        self._open = False

    def _takes(self, size: int) -> bool:
        if not self._open:
            raise RuntimeError("this storage is not open: await load() first")
        if self._refusal is None and self.quota is not None and size > self.quota:
            self._refusal = OSError(
                f"the storage is full: {size} bytes over a quota of {self.quota}"
            )
        return self._refusal is None
