"""`BrowserTransport`: the transport of a member that runs in a browser window.

This module and those named `browser_*` run in Pyodide only.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from random import SystemRandom

import js
from pyodide.ffi import JsException

from transport_webrtc.authentication import session_secret
from transport_webrtc.browser_connection import BrowserConnection
from transport_webrtc.browser_proxies import Handlers
from transport_webrtc.errors import WebRTCUnavailable
from transport_webrtc.events import IntroducerState, PeerStats, TransportEvent
from transport_webrtc.jstypes import MessageEvent, WebSocket, Window
from transport_webrtc.mesh import Mesh, MeshSettings, Peering
from transport_webrtc.signalling import IceServer

_window: Window = js


class BrowserTransport:
    """A mesh of data channels with everyone else in the session's room.

    Satisfies the Transport protocol of raft_core by its shape. All of it belongs to one event loop
    on the page's main thread; `deliver` is called inside the JavaScript event that brings a
    message.

    :param introducer_url: the WebSocket of the introducer, `ws://host:port/v1`.
    :param session_key: 32 lower-case hexadecimal characters; the introducer sees only a hash of it.
    :param ice_servers: STUN and TURN servers, besides those that the introducer names.
    :param on_event: is told what happens; must not raise.
    :raises ValueError: if the key or the address is malformed.
    """

    def __init__(
        self,
        introducer_url: str,
        session_key: str,
        *,
        ice_servers: Sequence[IceServer] = (),
        on_event: Callable[[TransportEvent], None] | None = None,
        settings: MeshSettings | None = None,
    ) -> None:
        if not introducer_url.startswith(("ws://", "wss://")):
            raise ValueError("An introducer's address begins with ws:// or wss://.")
        self._url = introducer_url
        session_secret(session_key)  # it raises
        self._session_key = session_key
        self._ice_servers = tuple(ice_servers)
        self._on_event = on_event or _ignore
        self._settings = settings or MeshSettings()
        self._backend: _Backend | None = None
        self._mesh: Mesh | None = None
        self.max_payload = self._settings.link.max_payload

    async def start(
        self,
        node_id: str,
        deliver: Callable[[str, bytes], None],
        peers_changed: Callable[[frozenset[str]], None],
    ) -> None:
        """Begins to connect, and returns without waiting for anyone. Once only.

        :raises WebRTCUnavailable: if this browser has no WebRTC.
        """
        if self._mesh is not None:
            raise RuntimeError("A transport is started once; make a new one.")
        if not hasattr(_window, "RTCPeerConnection"):
            raise WebRTCUnavailable(
                "This browser has no WebRTC (RTCPeerConnection is missing or switched off), so "
                "this window cannot reach the others. Use a current Chromium, Firefox or Safari, "
                "and allow WebRTC."
            )
        self._backend = _Backend(self._url)
        self._mesh = self._backend.mesh = Mesh(
            node_id,
            self._session_key,
            self._backend,
            clock=time.monotonic,
            rng=SystemRandom(),
            deliver=deliver,
            peers_changed=peers_changed,
            on_event=self._on_event,
            ice_servers=self._ice_servers,
            settings=self._settings,
        )
        self._mesh.start()

    def send(self, peer: str, payload: bytes) -> bool:
        """Sends to a connected peer; false if it is not connected or too much waits already.

        :raises ValueError: if the payload has more than `max_payload` bytes.
        """
        if len(payload) > self.max_payload:
            raise ValueError(f"{len(payload)} bytes; a message has at most {self.max_payload}.")
        return self._mesh is not None and self._mesh.send(peer, payload)

    async def stop(self) -> None:
        """Leaves; no callback after it has returned. Idempotent."""
        self.leave()
        # The handlers of what was closed are given back in the next turn of the loop.
        await asyncio.sleep(0)

    def leave(self) -> None:
        """Leaves at once: for `pagehide`, when no turn of the loop is left. Idempotent."""
        if self._mesh is not None and self._backend is not None:
            self._mesh.stop()
            self._backend.stop()

    @property
    def introducer_state(self) -> IntroducerState:
        """How we stand with the introducer; links do not depend on it."""
        return self._mesh.client.state if self._mesh else IntroducerState.CONNECTING

    @property
    def problem(self) -> str | None:
        """A sentence about what is wrong with the introducer, or None."""
        return self._mesh.client.problem if self._mesh else None

    def stats(self) -> dict[str, PeerStats]:
        """Numbers about everyone in the room."""
        return self._mesh.stats() if self._mesh else {}


class _Backend:
    """`mesh.Backend` in a browser."""

    mesh: Mesh

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.get_running_loop()
        self._socket: WebSocket | None = None
        self._handlers = Handlers()
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = 0.0

    def open_socket(self) -> None:
        self.close_socket()
        try:
            self._socket = _window.WebSocket.new(self._url)
        except JsException:
            # An address that the browser does not accept, as ws:// from a page of https://. The
            # page may not learn the cause; it stays in the browser's console.
            self._loop.call_soon(self.mesh.socket_closed)
            return
        self._handlers.on(self._socket, "onopen", self._on_open)
        self._handlers.on(self._socket, "onmessage", self._on_message)
        self._handlers.on(self._socket, "onclose", self._on_close)

    def send_text(self, text: str) -> None:
        if self._socket is not None:
            self._socket.send(text)

    def close_socket(self) -> None:
        self._handlers.clear()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def connect(self, peering: Peering, ice_servers: Sequence[IceServer]) -> BrowserConnection:
        return BrowserConnection(peering, ice_servers)

    def wake_at(self, when: float) -> None:
        if self._timer is not None:
            if self._wakes_at <= when:
                return  # it wakes too early, which does no harm, and is cheaper than a new timer
            self._timer.cancel()
        self._wakes_at = when
        self._timer = self._loop.call_later(max(0.0, when - time.monotonic()), self._wake)

    def stop(self) -> None:
        """Nothing is called any more."""
        self.close_socket()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        self._timer = None
        self.mesh.tick()

    def _on_open(self, _event: object) -> None:
        self.mesh.socket_opened()

    def _on_message(self, event: MessageEvent) -> None:
        if isinstance(event.data, str):
            self.mesh.socket_received(event.data)

    def _on_close(self, _event: object) -> None:
        self.close_socket()
        self.mesh.socket_closed()


def _ignore(_event: TransportEvent) -> None:
    pass
