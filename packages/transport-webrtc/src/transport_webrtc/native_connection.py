"""One RTCPeerConnection with one data channel, by aiortc: `mesh.Connection` in a native process.

The channel is agreed upon beforehand ("negotiated", id 0), as in a browser.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from transport_webrtc.bodies import Candidate
from transport_webrtc.native_checks import Checks
from transport_webrtc.native_datagrams import Datagrams
from transport_webrtc.native_ending import close, widen
from transport_webrtc.native_ice import choose
from transport_webrtc.native_sctp import Association
from transport_webrtc.native_sdp import read_candidate, usable
from transport_webrtc.peering import Peering
from transport_webrtc.signalling import IceServer

_LABEL = "raft"


class NativeConnection:
    """See `mesh.Connection`.

    :param on_ending: gets, on `close`, the task at whose end nothing is left. It must be waited for
        before the loop ends, and not be cancelled.
    """

    def __init__(
        self,
        peering: Peering,
        ice_servers: Sequence[IceServer],
        *,
        on_ending: Callable[["asyncio.Task[None]"], None],
    ) -> None:
        self._peering = peering
        self._steps: deque[Callable[[], Awaitable[None]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._on_ending = on_ending
        self._closed = False
        self._loop = asyncio.get_running_loop()
        servers = choose(ice_servers)
        self._relay = next((it.urls for it in servers if str(it.urls).startswith("turn")), None)
        self._connection = RTCPeerConnection(RTCConfiguration(servers))
        self._channel = self._connection.createDataChannel(_LABEL, negotiated=True, id=0)
        self._association = Association.of(self._connection, self._channel)
        self._datagrams = Datagrams(self._association)
        self._checks = Checks.of(self._association)
        self._association.received = self._on_frame
        self._association.drained = self._on_drained
        self._send = self._association.send
        self._flight = self._association.flight
        self._connection.on("connectionstatechange", self._on_state)
        self._channel.on("open", self._on_open)
        self._channel.on("close", self._on_close)

    # ---------------------------------------------------------------------------------- the channel

    def transmit(self, frame: bytes) -> bool:
        """Sends a frame: see `link.Channel`."""
        # Not yet open is well enough: then it is sent once it is.
        if self._channel.readyState in {"closing", "closed"}:
            # In a later turn: whoever sends is in the middle of something.
            self._loop.call_soon(self._end, "the channel was closed")
            return False
        self._send(frame)
        return True

    def buffered(self) -> int:
        """Bytes that the peer has not acknowledged, those on the network included."""
        return self._flight.bytes

    def _on_frame(self, frame: bytes) -> None:
        if not self._closed:
            self._peering.receive(frame)

    def _on_open(self) -> None:
        if not self._closed:
            self._peering.opened()

    def _on_drained(self) -> None:
        if not self._closed:
            self._peering.drained()

    def _on_close(self) -> None:
        self._end("the channel was closed")

    # ------------------------------------------------------------------------------- the connection

    def _on_state(self) -> None:
        if self._connection.connectionState in {"failed", "closed"}:
            self._end(f"the connection is {self._connection.connectionState}")

    def make_offer(self) -> None:
        """Makes an offer and reports it, with all addresses of ours in it."""
        self._next(self._describe)

    def make_answer(self, sdp: str) -> None:
        """Takes the offer, makes an answer and reports it, with all addresses of ours in it."""
        self._next(lambda: self._take_description("offer", sdp))
        self._next(self._describe)

    def take_answer(self, sdp: str) -> None:
        """Takes the answer."""
        self._next(lambda: self._take_description("answer", sdp))

    def take_candidate(self, candidate: Candidate) -> None:
        """Takes an address of the peer."""
        self._next(lambda: self._add_candidate(candidate))

    def close(self) -> None:
        """Closes everything, in a task of its own. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._checks.end()
        self._steps.clear()
        self._on_ending(self._loop.create_task(self._finish()))

    async def _finish(self) -> None:
        # A step that is cancelled leaves sockets behind, so it is waited for. At worst that is a
        # STUN or TURN server which does not answer, and aiortc gives those five seconds.
        if self._task is not None:
            await asyncio.wait({self._task})
        self._association.packets.close()
        self._datagrams.close()
        await close(self._connection, self._association)

    def _next(self, step: Callable[[], Awaitable[None]]) -> None:
        """Does the step after those before it: a candidate must find its description there."""
        if self._closed:
            return
        self._steps.append(step)
        if self._task is None:
            self._task = self._loop.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._steps:
                await self._steps.popleft()()
        except Exception as error:  # noqa: BLE001 - what a peer made up raises anything in aiortc
            self._end(f"aiortc refused: {str(error) or type(error).__name__}")
        finally:
            self._task = None

    async def _describe(self) -> None:
        await self._connection.setLocalDescription()
        widen(self._association)
        self._datagrams.attach()
        if self._closed:
            return
        self._checks.begin()
        sdp = self._connection.localDescription.sdp
        if "\na=candidate:" not in sdp:
            raise OSError("this machine has no network address but those of its loopback")
        if self._relay is not None and " typ relay" not in sdp:
            # Which of the two it is aiortc keeps to itself.
            self._peering.hindered(
                f"The TURN server {self._relay} gives us no relay: it does not answer, or does not "
                "take our credentials."
            )
        self._peering.described(sdp)

    async def _take_description(self, kind: str, sdp: str) -> None:
        await self._connection.setRemoteDescription(RTCSessionDescription(usable(sdp), kind))

    async def _add_candidate(self, candidate: Candidate) -> None:
        try:
            address = read_candidate(candidate)
            if address is not None:
                await self._connection.addIceCandidate(address)
        except ValueError:
            # One address that cannot be read or used: there are others, and a deadline for all of
            # them.
            return

    def _end(self, detail: str) -> None:
        if not self._closed:
            self._peering.ended(detail)
