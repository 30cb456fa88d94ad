"""One member's end of a transport under test: starts it, and remembers what it was called with."""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import anyio

from raft_core.interfaces import Transport
from raft_core.testing.conformance.waiting import until
from raft_core.types import NodeId

_REPEAT = 0.02
"""Seconds until what may have been lost is sent again; doubled each time."""


class Endpoint:
    """A transport, and the callbacks that a member would give it.

    :param sending: whoever of the network is inside ``send`` now; shared by all its ends
    :param echo: answer every payload at once, from inside ``deliver``, with the same bytes
    """

    def __init__(
        self,
        node_id: NodeId,
        transport: Transport,
        sending: list[NodeId],
        *,
        echo: bool = False,
    ) -> None:
        self.node_id = node_id
        self.transport = transport
        self.peers: frozenset[NodeId] = frozenset()
        self.received: list[tuple[NodeId, bytes]] = []
        self.calls = 0
        """How often either callback was called."""
        self.faults: list[str] = []
        """What no transport may do, and this one did."""
        self._echo = echo
        self._sending = sending
        self._thread = 0

    async def start(self) -> None:
        """Start the transport."""
        self._thread = threading.get_ident()
        await self.transport.start(self.node_id, self._deliver, self._peers_changed)

    def send(self, peer: NodeId, payload: bytes) -> bool:
        """Send once.

        :raises AssertionError: ``send`` raised
        """
        self._sending.append(self.node_id)
        try:
            sent = self.transport.send(peer, payload)
        except Exception as error:
            raise AssertionError(f"send of {len(payload)} bytes raised {error!r}") from error
        finally:
            self._sending.pop()
        assert isinstance(sent, bool), f"send returned {sent!r}, and neither True nor False"
        return sent

    async def send_until_received(
        self, receiver: "Endpoint", payload: bytes, patience: float
    ) -> None:
        """Send, again and again as a transport may lose what it has sent, until it has arrived."""
        wanted = (self.node_id, payload)
        repeat = _REPEAT
        with anyio.move_on_after(patience):
            while wanted not in receiver.received:
                self.send(receiver.node_id, payload)
                with anyio.move_on_after(repeat):
                    await until(lambda: wanted in receiver.received, "", patience)
                repeat *= 2
        assert wanted in receiver.received, (
            f"{len(payload)} bytes never arrived as they were sent, from their sender "
            f"(waited {patience:g} seconds)"
        )

    def _deliver(self, sender: NodeId, payload: bytes) -> None:
        self._called("deliver")
        self.received.append((sender, bytes(payload)))
        if self._echo:
            self.send(sender, payload)

    def _peers_changed(self, peers: frozenset[NodeId]) -> None:
        self._called("peers_changed")
        self.peers = frozenset(peers)

    def _called(self, name: str) -> None:
        self.calls += 1
        if self._sending:
            self.faults.append(f"{name} was called from inside send")
        if threading.get_ident() != self._thread:
            self.faults.append(f"{name} was called in another thread than the event loop's")


class Endpoints:
    """Several members on one network; every transport is stopped at the end."""

    def __init__(self, ends: Sequence[Endpoint], patience: float) -> None:
        self.ends = ends
        self._patience = patience

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for end in self.ends:
            await end.transport.stop()

    async def start(self) -> Sequence[Endpoint]:
        """Start all, and wait until everyone has been told of everyone."""
        for end in self.ends:
            await end.start()
        await self.connected(self.ends)
        return self.ends

    async def connected(self, ends: Sequence[Endpoint]) -> None:
        """Wait until each of these has been told of exactly the others."""
        everyone = frozenset(end.node_id for end in ends)
        for end in ends:
            await until(
                lambda end=end: end.peers == everyone - {end.node_id},  # type: ignore[misc]
                f"{end.node_id} was not told that its peers are exactly the others",
                self._patience,
            )
