"""A door between a member and the rest of the world, and a clock that stops while it is shut.

What a stopped process is to the others: it hears nothing, says nothing, and no time passes for it.
What came meanwhile it finds all at once, as a process finds what the system kept for it. The
window around it lives on, and so do its links: the transport goes on answering pings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from raft_core import FencingTransport

if TYPE_CHECKING:
    from raft_core.interfaces import Transport
    from raft_core.types import NodeId

HELD: Final = 4096
"""Messages kept while shut; later ones are lost, as they may be in any network."""


class Gate:
    """A `raft_core.Transport` around another; give its `clock` to the node as well."""

    def __init__(self, transport: Transport, clock: Callable[[], float]) -> None:
        self.max_payload = transport.max_payload
        self._transport = transport
        self._now = clock
        self._stands_at: float | None = None
        self._held: list[tuple[NodeId, bytes]] = []
        self._peers: frozenset[NodeId] | None = None
        self._deliver: Callable[[NodeId, bytes], None]
        self._peers_changed: Callable[[frozenset[NodeId]], None]

    @property
    def shut(self) -> bool:
        """Whether the member is cut off and its time stands still."""
        return self._stands_at is not None

    def clock(self) -> float:
        """The member's time: that of the clock, or when the gate was shut."""
        return self._now() if self._stands_at is None else self._stands_at

    def shut_down(self) -> None:
        """Shut it; once more does nothing."""
        if self._stands_at is None:
            self._stands_at = self._now()

    def open_up(self) -> None:
        """Open it, and hand in what came meanwhile; once more does nothing."""
        if self._stands_at is None:
            return
        self._stands_at = None
        held, self._held = self._held, []
        for peer, payload in held:
            self._deliver(peer, payload)
        peers, self._peers = self._peers, None
        if peers is not None:
            self._peers_changed(peers)

    def number(
        self,
        start: int,
        nonces: tuple[str, ...],
        superseded: Callable[[], None],
        copied: Callable[[], None],
    ) -> None:
        """See `raft_core.FencingTransport`. A member that ends does so while it is shut, too."""
        if isinstance(self._transport, FencingTransport):
            self._transport.number(start, nonces, superseded, copied)

    async def start(
        self,
        node_id: NodeId,
        deliver: Callable[[NodeId, bytes], None],
        peers_changed: Callable[[frozenset[NodeId]], None],
    ) -> None:
        """See `raft_core.Transport`."""
        self._deliver, self._peers_changed = deliver, peers_changed
        await self._transport.start(node_id, self._on_message, self._on_peers)

    def send(self, peer: NodeId, payload: bytes) -> bool:
        """See `raft_core.Transport`. False while it is shut."""
        return self._stands_at is None and self._transport.send(peer, payload)

    async def stop(self) -> None:
        """See `raft_core.Transport`."""
        await self._transport.stop()
        self._held.clear()

    def _on_message(self, peer: NodeId, payload: bytes) -> None:
        if self._stands_at is None:
            self._deliver(peer, payload)
        elif len(self._held) < HELD:
            self._held.append((peer, payload))

    def _on_peers(self, peers: frozenset[NodeId]) -> None:
        if self._stands_at is None:
            self._peers_changed(peers)
        else:
            self._peers = peers
