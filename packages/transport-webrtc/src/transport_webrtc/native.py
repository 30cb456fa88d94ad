"""`NativeTransport`: the transport of a member that runs in a process of its own.

This module and those named `native_*` need the extra: `pip install "transport-webrtc[native]"`.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from random import SystemRandom

from transport_webrtc.authentication import session_secret
from transport_webrtc.events import IntroducerState, PeerStats, TransportEvent
from transport_webrtc.mesh import Mesh, MeshSettings, Peering
from transport_webrtc.signalling import IceServer

try:
    from transport_webrtc.native_connection import NativeConnection
    from transport_webrtc.native_socket import NativeSocket
except ModuleNotFoundError as error:
    missing = str(error.name).partition(".")[0]
    raise ModuleNotFoundError(
        f"A native member needs {missing}: pip install 'transport-webrtc[native]'", name=missing
    ) from error


class NativeTransport:
    """A mesh of data channels with everyone else in the session's room, windows included.

    Satisfies the Transport protocol of raft_core by its shape. All of it belongs to the event loop
    that runs in `start`; `deliver` is called while aiortc handles the packet that brings a message.

    :param introducer_url: the WebSocket of the introducer, `ws://host:port/v1`.
    :param session_key: 32 lower-case hexadecimal characters; the introducer sees only a hash of it.
    :param ice_servers: STUN and TURN servers, besides those that the introducer names. One of each
        kind is used.
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
        """Begins to connect, and returns without waiting for anyone. Once only."""
        if self._mesh is not None:
            raise RuntimeError("A transport is started once; make a new one.")
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
        """Leaves, and waits until no task and no socket of ours is left. Idempotent.

        No callback is called once it has begun. It takes a second or two at most, five more if a
        STUN or TURN server is being asked and does not answer. A cancellation ends the waiting
        only; the rest goes on by itself.
        """
        self.leave()
        if self._backend is not None:
            await self._backend.ended()

    def leave(self) -> None:
        """Leaves, and lets the loop do the rest: for a caller who cannot wait. Idempotent."""
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
    """`mesh.Backend` in a native process."""

    mesh: Mesh

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.get_running_loop()
        self._socket: NativeSocket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = 0.0
        self._endings: set[asyncio.Task[None]] = set()

    def open_socket(self) -> None:
        self.close_socket()
        self._socket = NativeSocket(
            self._url,
            opened=self.mesh.socket_opened,
            received=self.mesh.socket_received,
            closed=self.mesh.socket_closed,
        )

    def send_text(self, text: str) -> None:
        if self._socket is not None:
            self._socket.send(text)

    def close_socket(self) -> None:
        if self._socket is not None:
            self._track(self._socket.close())
            self._socket = None

    def connect(self, peering: Peering, ice_servers: Sequence[IceServer]) -> NativeConnection:
        return NativeConnection(peering, ice_servers, on_ending=self._track)

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

    async def ended(self) -> None:
        """Waits until everything that was closed is gone."""
        while self._endings:
            await asyncio.wait(self._endings)

    def _track(self, ending: "asyncio.Task[None]") -> None:
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    def _wake(self) -> None:
        self._timer = None
        self.mesh.tick()


def _ignore(_event: TransportEvent) -> None:
    pass
