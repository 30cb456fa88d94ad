"""`NativeTransport`: the transport of a member that runs in a process of its own.

This module and those named `native_*` need the extra: `pip install "transport-webrtc[native]"`.
"""

import asyncio
from collections.abc import Sequence

from transport_webrtc.peering import Peering
from transport_webrtc.signalling import IceServer
from transport_webrtc.transport import LoopBackend, MeshTransport

try:
    from transport_webrtc.native_connection import NativeConnection
    from transport_webrtc.native_socket import NativeSocket
except ModuleNotFoundError as error:
    missing = str(error.name).partition(".")[0]
    raise ModuleNotFoundError(
        f"A native member needs {missing}: pip install 'transport-webrtc[native]'", name=missing
    ) from error


class _Backend(LoopBackend):
    """`mesh.Backend` in a native process."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._socket: NativeSocket | None = None
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

    async def ended(self) -> None:
        """Waits until everything that was closed is gone."""
        while self._endings:
            await asyncio.wait(self._endings)

    def _track(self, ending: "asyncio.Task[None]") -> None:
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)


class NativeTransport(MeshTransport[_Backend]):
    """The transport of a member in a process of its own, windows included: see `MeshTransport`.

    `deliver` is called while the packet is handled that brings a message. Of `ice_servers` one of
    each kind is used.
    """

    def _make_backend(self, url: str) -> _Backend:
        return _Backend(url)

    async def stop(self) -> None:
        """Leaves, and waits until no task and no socket of ours is left. Idempotent.

        No callback is called once it has begun. It takes a second or two at most, five more if a
        STUN or TURN server is being asked and does not answer. A cancellation ends the waiting
        only; the rest goes on by itself.
        """
        self.leave()
        if self._backend is not None:
            await self._backend.ended()
