"""`BrowserTransport`: the transport of a member that runs in a browser window.

This module and those named `browser_*` run in Pyodide only.
"""

import asyncio
from collections.abc import Sequence

import js
from pyodide.ffi import JsException

from transport_webrtc.browser_connection import BrowserConnection
from transport_webrtc.browser_proxies import Handlers
from transport_webrtc.errors import WebRTCUnavailable
from transport_webrtc.jstypes import JsBytes, WebSocket, Window
from transport_webrtc.paths import Path
from transport_webrtc.peering import Peering
from transport_webrtc.signalling import IceServer
from transport_webrtc.transport import LoopBackend, MeshTransport

_window: Window = js


class _Backend(LoopBackend):
    """`mesh.Backend` in a browser."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._socket: WebSocket | None = None
        self._handlers = Handlers()
        self._network = Handlers()
        self._network.on(_window, "ononline", self._on_online)

    def stop(self) -> None:
        super().stop()
        self._network.clear()

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
        self._handlers.on_message(self._socket, self._on_message)
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

    def _on_online(self, _event: object) -> None:
        self.mesh.network_changed()

    def _on_open(self, _event: object) -> None:
        self.mesh.socket_opened()

    def _on_message(self, data: JsBytes | str) -> None:
        if isinstance(data, str):
            self.mesh.socket_received(data)

    def _on_close(self, _event: object) -> None:
        self.close_socket()
        self.mesh.socket_closed()


class BrowserTransport(MeshTransport[_Backend]):
    """The transport of a member in a window, on the page's main thread: see `MeshTransport`.

    `deliver` is called inside the JavaScript event that brings a message. `start` also raises
    `WebRTCUnavailable`, if this browser has no WebRTC.
    """

    def _make_backend(self, url: str) -> _Backend:
        if not hasattr(_window, "RTCPeerConnection"):
            raise WebRTCUnavailable(
                "This browser has no WebRTC (RTCPeerConnection is missing or switched off), so "
                "this window cannot reach the others. Use a current Chromium, Firefox or Safari, "
                "and allow WebRTC."
            )
        return _Backend(url)

    async def paths(self) -> dict[str, Path]:
        """How messages get to the connected peers, as far as the browser says; asks it each time.

        It takes the browser a millisecond or two: not for every frame.
        """
        if self._mesh is None:
            return {}
        found = {}
        for peer, connection in self._mesh.connections().items():
            if isinstance(connection, BrowserConnection):
                path = await connection.path()
                if path is not None:
                    found[peer] = path
        return found

    async def stop(self) -> None:
        """Leaves; no callback after it has returned. Idempotent."""
        self.leave()
        # The handlers of what was closed are given back in the next turn of the loop.
        await asyncio.sleep(0)
