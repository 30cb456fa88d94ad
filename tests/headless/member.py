"""A member in this process that notes what happens to it, for the tests of NativeTransport."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable

from transport_webrtc import MeshSettings, PeerLost, TransportEvent
from transport_webrtc.bodies import Body
from transport_webrtc.native import NativeTransport
from transport_webrtc.native_connection import NativeConnection
from transport_webrtc.negotiation import SendBody
from transport_webrtc.peering import Peering

PATIENCE = 30
"""Seconds after which what has not happened counts as missing; nothing is expected to need them."""


def payload_of(size: int) -> bytes:
    """Bytes that differ from place to place, so that a swapped or lost chunk shows."""
    return b"".join(index.to_bytes(4, "big") for index in range(size // 4 + 1))[:size]


def digest(payload: bytes) -> tuple[int, str]:
    """What is noted of a message."""
    return len(payload), hashlib.sha256(payload).hexdigest()


async def until(condition: Callable[[], object], what: str) -> None:
    """Waits until something is the case."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - it is looked at from outside
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"waited in vain for: {what}") from None


class Member:
    """One member of the mesh."""

    def __init__(
        self, node_id: str, introducer: str, key: str, settings: MeshSettings | None = None
    ) -> None:
        self.node_id = node_id
        self.events: list[TransportEvent] = []
        self.peers: frozenset[str] = frozenset()
        self.received: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.calls = 0
        self.on_message: Callable[[str, bytes], object] | None = None
        self.transport = NativeTransport(
            introducer, key, on_event=self._on_event, settings=settings
        )

    async def start(self) -> None:
        await self.transport.start(self.node_id, self._deliver, self._on_peers)

    @property
    def lost(self) -> list[tuple[str, str]]:
        return [(event.peer, event.reason) for event in self.events if isinstance(event, PeerLost)]

    def peering(self, peer: "Member") -> Peering:
        """The peering with a peer, to look inside."""
        mesh = self.transport._mesh
        assert mesh is not None
        return mesh._peerings[peer.node_id]

    def connection(self, peer: "Member") -> NativeConnection:
        """The connection with a peer, to look inside and to misuse it."""
        connection = self.peering(peer).connection
        assert isinstance(connection, NativeConnection)
        return connection

    def signal(self, peer: "Member", body: Body) -> None:
        """Sends a signal of our own making, signed as all are."""
        assert self.transport._mesh is not None
        self.transport._mesh._carry_out([SendBody(peer.node_id, body)])

    def filter_packets(self, peer: "Member", passes: Callable[[bytes], bool]) -> Callable[[], None]:
        """Loses packets to a peer, whichever way they would leave; returns what ends that."""
        association = self.connection(peer)._association
        dtls, packets = association.transport, association.packets
        send_data, put = dtls._send_data, packets.put

        async def send_some(data: bytes) -> None:
            if passes(data):
                await send_data(data)

        def put_some(packet: bytes) -> None:
            if passes(packet):
                put(packet)

        def end() -> None:
            dtls._send_data = send_data  # type: ignore[method-assign]
            packets.put = put

        dtls._send_data = send_some  # type: ignore[method-assign]
        packets.put = put_some
        return end

    async def send_all(self, peer: "Member", sizes: list[int]) -> int:
        """Sends messages of these sizes, in order; returns how often it had to wait for room."""
        waited = 0
        for size in sizes:
            payload = payload_of(size)
            while not self.transport.send(peer.node_id, payload):
                waited += 1
                await asyncio.sleep(0.002)
        return waited

    async def has_peers(self, peers: set[str]) -> None:
        """Waits until it is connected with exactly these."""
        await until(lambda: self.peers == peers, f"{self.node_id} has the peers {peers}")

    async def hears(self, peer: str) -> None:
        """Waits until a message of this peer has come."""
        await until(lambda: self.received[peer], f"{self.node_id} hears {peer}")

    async def stands_as(self, state: str) -> None:
        """Waits until it stands so with the introducer."""
        await until(lambda: self.transport.introducer_state == state, f"{self.node_id} is {state}")

    async def knows_round_trips(self) -> None:
        """Waits until each peer has answered a ping."""
        await until(
            lambda: all(peer.round_trip is not None for peer in self.transport.stats().values()),
            f"{self.node_id} knows its round trips",
        )

    async def ask(self, peer: "Member") -> None:
        """Sends a message to a peer and waits until it arrives."""
        seen = peer.received[self.node_id]
        before = len(seen)
        assert self.transport.send(peer.node_id, b"are you there")
        await until(lambda: len(seen) > before, f"{peer.node_id} hears {self.node_id}")

    def _on_event(self, event: TransportEvent) -> None:
        self.calls += 1
        self.events.append(event)

    def _on_peers(self, peers: frozenset[str]) -> None:
        self.calls += 1
        self.peers = peers

    def _deliver(self, peer: str, payload: bytes) -> None:
        assert peer in self.peers, "a message of someone who does not count as connected"
        self.calls += 1
        self.received[peer].append(digest(payload))
        if self.on_message is not None:
            self.on_message(peer, payload)


async def connected(*members: Member) -> None:
    """Waits until each of these is connected with exactly the others."""
    everyone = {member.node_id for member in members}
    for member in members:
        await member.has_peers(everyone - {member.node_id})


async def talk(*members: Member) -> None:
    """A message from each of them to each other arrives."""
    for sender in members:
        for receiver in members:
            if sender is not receiver:
                await sender.ask(receiver)
