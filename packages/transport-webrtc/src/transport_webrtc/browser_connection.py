"""One RTCPeerConnection with one data channel, through Pyodide: `mesh.Connection` in a browser.

The channel is agreed upon beforehand ("negotiated", id 0), so that both sides have it, with its
handlers, before anything can arrive.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import js
import msgspec
from pyodide.ffi import JsException, to_js

from transport_webrtc.bodies import Candidate
from transport_webrtc.browser_frames import frames
from transport_webrtc.browser_proxies import Handlers
from transport_webrtc.jstypes import (
    DataChannel,
    IceErrorEvent,
    IceEvent,
    PeerConnection,
    Window,
)
from transport_webrtc.paths import Path, path_of
from transport_webrtc.peering import Peering
from transport_webrtc.refusals import no_relay
from transport_webrtc.signalling import IceServer

_LABEL = "raft"
_LOW_WATER = 65_536
"""Bytes in the channel at which it asks for more; the pace limit of a link lies above."""

_window: Window = js


def to_object(value: object) -> Any:
    """A JavaScript value of what msgspec can make plain data of; dicts become objects."""
    return to_js(msgspec.to_builtins(value), dict_converter=_window.Object.fromEntries)


class BrowserConnection:
    """See `mesh.Connection`.

    :raises OSError: if the browser refuses the configuration or another connection.
    """

    def __init__(self, peering: Peering, ice_servers: Sequence[IceServer]) -> None:
        self._peering = peering
        self._steps: deque[Callable[[], Awaitable[None]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._handlers = Handlers()
        try:
            configuration = to_object({"iceServers": list(ice_servers)})
            self._connection: PeerConnection = _window.RTCPeerConnection.new(configuration)
            options = to_object({"negotiated": True, "id": 0, "ordered": True})
            self._channel: DataChannel = self._connection.createDataChannel(_LABEL, options)
        except JsException as error:
            raise OSError(f"The browser made no connection: {error}") from error
        self._channel.binaryType = "arraybuffer"
        self._channel.bufferedAmountLowThreshold = _LOW_WATER
        self._memory = frames().memory
        self._send = frames().sender(self._channel)
        self._handlers.on(self._connection, "onicecandidate", self._on_candidate)
        self._handlers.on(self._connection, "onicecandidateerror", self._on_candidate_error)
        self._handlers.on(self._connection, "onconnectionstatechange", self._on_state)
        self._handlers.on(self._channel, "onopen", self._on_open)
        self._handlers.on_frame(self._channel, self._on_frame)
        self._handlers.on(self._channel, "onbufferedamountlow", self._on_low)
        self._handlers.on(self._channel, "onclose", self._on_close)

    # ---------------------------------------------------------------------------------- the channel

    def transmit(self, frame: bytes) -> bool:
        """Sends a frame: see `link.Channel`."""
        size = len(frame)
        try:
            self._memory[:size] = frame
            self._send(size)
        except JsException as error:
            # In a later turn: whoever sends is in the middle of something.
            asyncio.get_running_loop().call_soon(self._end, f"The channel does not send: {error}")
            return False
        return True

    def buffered(self) -> int:
        """Bytes that wait in the channel."""
        return self._channel.bufferedAmount

    async def path(self) -> Path | None:
        """How messages get to the peer; None while the browser does not know."""
        try:
            report = await self._connection.getStats()
        except JsException:
            return None  # closed meanwhile
        return path_of(_window.JSON.stringify(_window.Object.fromEntries(report)))

    def _on_frame(self, size: int) -> None:
        self._peering.receive(self._memory[:size].tobytes())

    def _on_open(self, _event: object) -> None:
        self._peering.opened()

    def _on_low(self, _event: object) -> None:
        self._peering.drained()

    def _on_close(self, _event: object) -> None:
        self._end("the channel was closed")

    # ------------------------------------------------------------------------------- the connection

    def _on_candidate(self, event: IceEvent) -> None:
        found = event.candidate
        if not found or not found.candidate:  # that was the last one
            return
        mid, index = found.sdpMid, found.sdpMLineIndex
        self._peering.candidate_found(
            found.candidate,
            mid if isinstance(mid, str) else None,
            index if isinstance(index, int) else None,
        )

    def _on_candidate_error(self, event: IceErrorEvent) -> None:
        if isinstance(event.url, str) and event.url.startswith("turn"):
            self._peering.hindered(no_relay(event.url, event.errorCode, event.errorText))

    def _on_state(self, _event: object) -> None:
        # "disconnected" may heal; the link's own liveness decides when to stop waiting for that.
        if self._connection.connectionState in {"failed", "closed"}:
            self._end(f"the connection is {self._connection.connectionState}")

    def make_offer(self) -> None:
        """Makes an offer and reports it."""
        self._next(self._describe)

    def make_answer(self, sdp: str) -> None:
        """Takes the offer, makes an answer and reports it."""
        self._next(lambda: self._take_description("offer", sdp))
        self._next(self._describe)

    def take_answer(self, sdp: str) -> None:
        """Takes the answer."""
        self._next(lambda: self._take_description("answer", sdp))

    def take_candidate(self, candidate: Candidate) -> None:
        """Takes an address of the peer."""
        self._next(lambda: self._add_candidate(candidate))

    def close(self) -> None:
        """Closes everything. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._handlers.clear()
        self._steps.clear()
        if self._task is not None and self._task is not asyncio.current_task():
            # A promise of a closed connection may stay pending for ever.
            self._task.cancel()
        self._connection.close()
        # The peering holds us, too. Python finds such circles after thousands of them; Chromium
        # makes 500 connections for a page, and counts each of them as long as somebody holds it.
        del self._peering

    def _next(self, step: Callable[[], Awaitable[None]]) -> None:
        """Does the step after those before it: a candidate must find its description there."""
        if self._closed:
            return
        self._steps.append(step)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._steps:
                await self._steps.popleft()()
        except JsException as error:
            self._end(f"the browser refused: {error}")
        except asyncio.CancelledError:
            return  # by `close`. The task would keep it, and by its frames all that is here.
        finally:
            self._task = None

    async def _describe(self) -> None:
        await self._connection.setLocalDescription()
        self._peering.described(self._connection.localDescription.sdp)

    async def _take_description(self, kind: str, sdp: str) -> None:
        await self._connection.setRemoteDescription(to_object({"type": kind, "sdp": sdp}))

    async def _add_candidate(self, candidate: Candidate) -> None:
        address = {
            "candidate": candidate.candidate,
            "sdpMid": candidate.sdp_mid,
            "sdpMLineIndex": candidate.sdp_m_line_index,
        }
        try:
            await self._connection.addIceCandidate(to_object(address))
        except JsException:
            # One address that cannot be read or used: there are others, and a deadline for all of
            # them.
            return

    def _end(self, detail: str) -> None:
        if not self._closed:
            self._peering.ended(detail)
