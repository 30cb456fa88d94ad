"""A network that tests can cut: what is between the transports of one process's members."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from raft_core import NodeId, Transport

Deliver = Callable[[NodeId, bytes], None]
PeersChanged = Callable[[frozenset[NodeId]], None]


class Cuts:
    """Which members cannot hear which. A cut says nothing to anyone: messages are lost."""

    def __init__(self) -> None:
        self._sides: dict[NodeId, int] = {}
        self._dead: dict[NodeId, PeersChanged] = {}
        self._started: dict[NodeId, PeersChanged] = {}

    def split(self, groups: Iterable[Iterable[NodeId]]) -> None:
        """Members of different groups are cut off from each other; who is in none, from nobody."""
        self._sides = {member: side for side, group in enumerate(groups) for member in group}

    def heal(self) -> None:
        """No group is cut off any more."""
        self._sides = {}

    def bury(self, member: NodeId) -> None:
        """Nothing of this member leaves or arrives any more, until its transport starts again.

        It is told itself that it reaches nobody, so that it hands nothing over while it ends.
        """
        self._dead[member] = self._started.pop(member)
        self._dead[member](frozenset())

    def passes(self, sender: NodeId, receiver: NodeId) -> bool:
        """Whether a message gets through."""
        if sender in self._dead or receiver in self._dead:
            return False
        sides = self._sides
        return sender not in sides or receiver not in sides or sides[sender] == sides[receiver]

    def is_dead(self, member: NodeId) -> bool:
        """Whether it is buried."""
        return member in self._dead

    def started(self, member: NodeId, peers_changed: PeersChanged) -> None:
        """A member's transport begins: it lives."""
        self._dead.pop(member, None)
        self._started[member] = peers_changed


class CuttableTransport:
    """A member's transport, through the cuts."""

    def __init__(self, inner: Transport, cuts: Cuts) -> None:
        self.max_payload = inner.max_payload
        self._inner = inner
        self._cuts = cuts
        self._node_id: NodeId = ""
        self._deliver: Deliver
        self._peers_changed: PeersChanged

    async def start(self, node_id: NodeId, deliver: Deliver, peers_changed: PeersChanged) -> None:
        """As the inner one."""
        self._node_id = node_id
        self._deliver = deliver
        self._peers_changed = peers_changed
        self._cuts.started(node_id, peers_changed)
        await self._inner.start(node_id, self._on_message, self._on_peers)

    def send(self, peer: NodeId, payload: bytes) -> bool:
        """As the inner one; what a cut swallows counts as sent."""
        if self._cuts.passes(self._node_id, peer):
            return self._inner.send(peer, payload)
        return True

    async def stop(self) -> None:
        """As the inner one."""
        await self._inner.stop()

    def _on_message(self, sender: NodeId, payload: bytes) -> None:
        # A cut that came while a message was under way swallows it, too.
        if self._cuts.passes(sender, self._node_id):
            self._deliver(sender, payload)

    def _on_peers(self, peers: frozenset[NodeId]) -> None:
        if not self._cuts.is_dead(self._node_id):
            self._peers_changed(peers)
