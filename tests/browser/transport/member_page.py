"""Runs in the page of the transport's browser tests: a member that notes what happens to it."""

import asyncio
import hashlib
import json  # noqa: F401  (what tests run in the page uses it)
from collections import defaultdict
from typing import Any

import js
import msgspec
from pyodide.ffi import JsException, create_proxy

from transport_webrtc import MeshSettings, PeerLost, TransportEvent, browser_proxies
from transport_webrtc.bodies import Body
from transport_webrtc.browser import BrowserTransport
from transport_webrtc.negotiation import SendBody
from transport_webrtc.peering import Peering

made_proxies: list[Any] = []


def _noted_proxy(handler: object) -> object:
    proxy = create_proxy(handler)
    made_proxies.append(proxy)
    return proxy


browser_proxies.create_proxy = _noted_proxy  # type: ignore[attr-defined]


def live_proxies() -> int:
    """How many event handlers were made and not given back."""
    count = 0
    for proxy in made_proxies:
        try:
            proxy.unwrap()
        except (JsException, RuntimeError):
            continue
        count += 1
    return count


def payload_of(size: int) -> bytes:
    """Bytes that differ from place to place, so that a swapped or lost chunk shows."""
    return b"".join(index.to_bytes(4) for index in range(size // 4 + 1))[:size]


class Member:
    """One member of the mesh."""

    def __init__(self, node_id: str, introducer: str, key: str, settings: dict[str, Any]) -> None:
        self.node_id = node_id
        self.events: list[str] = []
        self.lost: list[tuple[str, str]] = []
        self.peers: list[str] = []
        self.received: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.echoes = False
        self.transport = BrowserTransport(
            introducer,
            key,
            on_event=self.on_event,
            settings=msgspec.convert(settings, MeshSettings),
        )

    async def start(self, *, leaves: bool) -> None:
        """Joins; `leaves`: says goodbye when the page goes away."""
        await self.transport.start(self.node_id, self.deliver, self.on_peers)
        if leaves:
            js.window.onpagehide = create_proxy(lambda _event: self.transport.leave())

    def on_event(self, event: TransportEvent) -> None:
        self.events.append(repr(event))
        if isinstance(event, PeerLost):
            self.lost.append((event.peer, event.reason))

    def on_peers(self, peers: frozenset[str]) -> None:
        self.peers = sorted(peers)

    def deliver(self, peer: str, payload: bytes) -> None:
        assert peer in self.peers
        self.received[peer].append((len(payload), hashlib.sha256(payload).hexdigest()))

    @property
    def state(self) -> str:
        return self.transport.introducer_state

    def peering(self, peer: str) -> Peering:
        """The peering with a peer, to look inside."""
        mesh = self.transport._mesh
        assert mesh is not None
        return mesh._peerings[peer]

    def connection(self, peer: str) -> Any:
        """The connection with a peer, to misuse it."""
        return self.peering(peer).connection

    def offer(self, peer: str) -> str:
        """Which connection it is."""
        return self.peering(peer).offer

    def signal(self, peer: str, body: Body) -> None:
        """Sends a signal of our own making, signed as all are."""
        mesh = self.transport._mesh
        assert mesh is not None
        mesh._carry_out([SendBody(peer, body)])

    async def send_all(self, peer: str, sizes: list[int]) -> int:
        """Sends messages of these sizes, in order; returns how often it had to wait for room."""
        waited = 0
        for size in sizes:
            payload = payload_of(size)
            while not self.transport.send(peer, payload):
                waited += 1
                await asyncio.sleep(0.01)
        return waited
