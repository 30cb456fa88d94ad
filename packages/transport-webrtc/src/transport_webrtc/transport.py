"""What the transports of a window and of a process share: all but how WebRTC is done there."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from random import SystemRandom
from typing import Generic, TypeVar

from transport_webrtc.authentication import session_secret
from transport_webrtc.events import IntroducerState, PeerStats, TransportEvent
from transport_webrtc.mesh import Mesh, MeshSettings
from transport_webrtc.peering import Connection, Peering
from transport_webrtc.signalling import IceServer
from transport_webrtc.starts import Line


class LoopBackend(ABC):
    """A `mesh.Backend` that is woken by the event loop it is made in."""

    mesh: Mesh

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = 0.0

    @abstractmethod
    def open_socket(self) -> None:
        """See `mesh.Backend`."""

    @abstractmethod
    def send_text(self, text: str) -> None:
        """See `mesh.Backend`."""

    @abstractmethod
    def close_socket(self) -> None:
        """See `mesh.Backend`."""

    @abstractmethod
    def connect(self, peering: Peering, ice_servers: Sequence[IceServer]) -> Connection:
        """See `mesh.Backend`."""

    def wake_at(self, when: float) -> None:
        """See `mesh.Backend`."""
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


BackendT = TypeVar("BackendT", bound=LoopBackend)


class MeshTransport(ABC, Generic[BackendT]):
    """A mesh of data channels with everyone else in the session's room.

    Satisfies the Transport protocol of raft_core by its shape. All of it belongs to the event loop
    that runs in `start`.

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
        session_secret(session_key)  # it raises
        self._url = introducer_url
        self._session_key = session_key
        self._ice_servers = tuple(ice_servers)
        self._on_event = on_event or _ignore
        self._settings = settings or MeshSettings()
        self._backend: BackendT | None = None
        self._mesh: Mesh | None = None
        self._line: Line | None = None
        self._superseded = self._copied = _nothing
        self.max_payload = self._settings.link.max_payload

    @abstractmethod
    def _make_backend(self, url: str) -> BackendT:
        """What does WebRTC and the WebSocket here."""

    def number(
        self,
        start: int,
        nonces: tuple[str, ...],
        superseded: Callable[[], None],
        copied: Callable[[], None],
    ) -> None:
        """Before `start`: the number of this start of the member, higher than all before.

        Without it nothing keeps two copies of the member apart that run at once. `nonces`: of its
        latest starts, of 16 hexadecimal digits; this one's is the last. `superseded` is called,
        once, when a newer start of it is proved to run; this one has left then. `copied`: an older
        start of it is proved that is none of these, or that still ran.
        """
        self._line = Line(start, nonces)
        self._superseded, self._copied = superseded, copied

    async def start(
        self,
        node_id: str,
        deliver: Callable[[str, bytes], None],
        peers_changed: Callable[[frozenset[str]], None],
    ) -> None:
        """Begins to connect, and returns without waiting for anyone. Once only."""
        if self._mesh is not None:
            raise RuntimeError("A transport is started once; make a new one.")
        backend = self._backend = self._make_backend(self._url)
        self._mesh = backend.mesh = Mesh(
            node_id,
            self._session_key,
            backend,
            clock=time.monotonic,
            rng=SystemRandom(),
            deliver=deliver,
            peers_changed=peers_changed,
            on_event=self._on_event,
            line=self._line,
            superseded=self._superseded,
            copied=self._copied,
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

    def drop(self, peer: str) -> bool:
        """Ends the link to a peer as if it had failed; it comes back by itself. False: no link."""
        return self._mesh is not None and self._mesh.drop(peer)

    @abstractmethod
    async def stop(self) -> None:
        """Leaves; no callback after it has returned. Idempotent."""

    def leave(self) -> None:
        """Leaves at once, for a caller who cannot wait, as on `pagehide`. Idempotent.

        What takes longer the loop does afterwards, if it still runs.
        """
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


def _ignore(_event: TransportEvent) -> None:
    pass


def _nothing() -> None:
    pass
