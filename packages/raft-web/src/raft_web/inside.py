"""What is under the member in this window, for apps that show it or put it to the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from raft_core import Node
from raft_web.app import Link
from raft_web.gate import Gate

if TYPE_CHECKING:
    from raft_web.storing import MemberStorage
    from transport_webrtc import PeerStats
    from transport_webrtc.session import Durability


class Links(Protocol):
    """What is asked of the transport in a browser."""

    def stats(self) -> dict[str, PeerStats]: ...
    def drop(self, peer: str) -> bool: ...
    async def paths(self) -> Mapping[str, str]: ...


class WindowInside:
    """A `raft_web.app.Inside`. Made and used on the event loop's thread."""

    def __init__(
        self,
        node: Node[Any, Any],
        *,
        gate: Gate,
        transport: Links,
        storage: MemberStorage,
        durability: Durability,
        leave: Callable[[], None],
    ) -> None:
        self._node = node
        self._leave = leave
        self.durability = str(durability)
        self._gate = gate
        self._transport = transport
        self._storage = storage
        self._thaw: asyncio.TimerHandle | None = None

    @property
    def storage_used(self) -> int:
        """See `raft_web.app.Inside`."""
        return self._storage.used

    @property
    def storage_quota(self) -> int | None:
        """See `raft_web.app.Inside`."""
        return self._storage.quota

    @property
    def links(self) -> dict[str, Link]:
        """The links by member."""
        return {
            peer: Link(str(stats.state), stats.round_trip, stats.buffered)
            for peer, stats in self._transport.stats().items()
        }

    async def paths(self) -> Mapping[str, str]:
        """See `raft_web.app.Inside`."""
        return {peer: str(path) for peer, path in (await self._transport.paths()).items()}

    async def step_down(self) -> str:
        """See `raft_web.app.Inside`."""
        return await self._node.transfer_leadership()

    def drop_link(self, peer: str) -> bool:
        """See `raft_web.app.Inside`."""
        return self._transport.drop(peer)

    def leave(self) -> None:
        """See `raft_web.app.Inside`."""
        self._go_on()  # a member whose clock stands still would wait for ever for its successor
        self._leave()

    def freeze(self, seconds: float) -> None:
        """See `raft_web.app.Inside`."""
        self._gate.shut_down()
        if self._thaw is not None:
            self._thaw.cancel()
        self._thaw = asyncio.get_running_loop().call_later(seconds, self._go_on)

    @property
    def frozen_for(self) -> float:
        """Seconds until the member goes on."""
        if self._thaw is None:
            return 0.0
        return max(0.0, self._thaw.when() - asyncio.get_running_loop().time())

    def _go_on(self) -> None:
        if self._thaw is not None:
            self._thaw.cancel()
            self._thaw = None
        self._gate.open_up()
