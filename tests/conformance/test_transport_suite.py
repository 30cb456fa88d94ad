"""The transport suite takes a bad network, and rejects a transport that breaks a promise."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest

from raft_core.interfaces import Transport
from raft_core.memory import MemoryNetwork, MemoryTransport
from raft_core.testing.conformance import TransportConformance
from tests.conformance.running import names, rejection, rejections

Deliver = Callable[[str, bytes], None]
PeersChanged = Callable[[frozenset[str]], None]


class Wrapped(MemoryTransport):
    """What the broken ones are made of: the callbacks given to ``start`` can be got at."""

    own = ""
    up: Deliver
    told: PeersChanged

    async def start(self, node_id: str, deliver: Deliver, peers_changed: PeersChanged) -> None:
        self.own, self.up, self.told = node_id, deliver, peers_changed
        await super().start(node_id, self.arrived, self.peers_are)

    def arrived(self, sender: str, payload: bytes) -> None:
        self.up(sender, payload)

    def peers_are(self, peers: frozenset[str]) -> None:
        self.told(peers)


class Bad(Wrapped):
    """Within its rights: loses every third payload, repeats every fourth, delays every fifth."""

    sent = 0

    def send(self, peer: str, payload: bytes) -> bool:
        self.sent += 1
        if not self.sent % 5 and len(payload) <= self.max_payload:
            asyncio.get_running_loop().call_soon(super().send, peer, payload)
            return peer in self._network.peers(self.own)
        if not self.sent % 3 and len(payload) <= self.max_payload:
            return peer in self._network.peers(self.own)
        if not self.sent % 4:
            super().send(peer, payload)
        return super().send(peer, payload)


class Busy(Wrapped):
    """Within its rights: takes a payload at a time, and says False until that has arrived."""

    free = True

    def send(self, peer: str, payload: bytes) -> bool:
        if len(payload) <= self.max_payload and not self.free:
            return False
        self.free = False
        asyncio.get_running_loop().call_soon(setattr, self, "free", True)
        return super().send(peer, payload)


class NamingItself(Wrapped):
    def peers_are(self, peers: frozenset[str]) -> None:
        self.told(peers | {self.own})


class ToldOnce(Wrapped):
    before = False

    def peers_are(self, peers: frozenset[str]) -> None:
        if not self.before:
            self.told(peers)
        self.before = True


class NeverForgetting(Wrapped):
    known: frozenset[str] = frozenset()

    def peers_are(self, peers: frozenset[str]) -> None:
        self.known |= peers
        self.told(self.known)


class WrongSender(Wrapped):
    """Takes the smallest peer for the sender of everything."""

    def arrived(self, sender: str, payload: bytes) -> None:
        self.up(min(self._network.peers(self.own)), payload)


class ToEveryone(Wrapped):
    def send(self, peer: str, payload: bytes) -> bool:
        sent = [super(ToEveryone, self).send(to, payload) for to in sorted(self._told)]
        return any(sent)


class Cutting(Wrapped):
    def arrived(self, sender: str, payload: bytes) -> None:
        self.up(sender, payload[: self.max_payload - 1])


class Padding(Wrapped):
    def arrived(self, sender: str, payload: bytes) -> None:
        self.up(sender, payload + b"\0" * (len(payload) % 2))


class Text(Wrapped):
    def arrived(self, sender: str, payload: bytes) -> None:
        self.up(sender, payload.decode("utf-8", "replace").encode())


class Joining(Wrapped):
    """Delivers what has come in one turn of the loop as one payload."""

    def __init__(self, network: MemoryNetwork, max_payload: int) -> None:
        super().__init__(network, max_payload)
        self.parts: list[bytes] = []

    def arrived(self, sender: str, payload: bytes) -> None:
        self.parts.append(payload)
        asyncio.get_running_loop().call_soon(self.flush, sender)

    def flush(self, sender: str) -> None:
        if self.parts:
            whole = b"".join(self.parts)
            self.parts.clear()
            self.up(sender, whole)


class Limitless(Wrapped):
    def send(self, peer: str, payload: bytes) -> bool:
        return super().send(peer, payload[: self.max_payload])


class Hopeful(Wrapped):
    """Says that it has sent, whatever came of it."""

    def send(self, peer: str, payload: bytes) -> bool:
        super().send(peer, payload)
        return True


class Raising(Wrapped):
    def send(self, peer: str, payload: bytes) -> bool:
        if peer not in self._network.peers(self.own):
            raise ConnectionError("no such peer")
        return super().send(peer, payload)


class Immediate(Wrapped):
    """Delivers inside send."""

    def send(self, peer: str, payload: bytes) -> bool:
        if len(payload) > self.max_payload:
            raise ValueError("too large")
        receiver = self._network._started.get(peer)
        if receiver is not None:
            receiver.deliver(self.own, payload)
        return receiver is not None


class Threaded(Wrapped):
    def arrived(self, sender: str, payload: bytes) -> None:
        thread = threading.Thread(target=self.up, args=(sender, payload))
        thread.start()
        thread.join()


class NotReentrant(Wrapped):
    """Refuses to send while it delivers."""

    delivering = False

    def arrived(self, sender: str, payload: bytes) -> None:
        self.delivering = True
        self.up(sender, payload)
        self.delivering = False

    def send(self, peer: str, payload: bytes) -> bool:
        return not self.delivering and super().send(peer, payload)


class CallingAfterStop(Wrapped):
    async def stop(self) -> None:
        if self.own:
            asyncio.get_running_loop().call_soon(self.told, frozenset())
        await super().stop()


class StoppingOnce(Wrapped):
    async def stop(self) -> None:
        if self.own and self._node_id is None:
            raise RuntimeError("stopped already")
        await super().stop()


class StoppingStarted(Wrapped):
    async def stop(self) -> None:
        if not self.own:
            raise RuntimeError("never started")
        await super().stop()


class SendingAfterStop(Wrapped):
    def send(self, peer: str, payload: bytes) -> bool:
        return super().send(peer, payload) or self._network._send(self.own, peer, payload)


BROKEN = [
    (NamingItself, "everyone_is_told_of_all_the_others"),
    (ToldOnce, "a_late_comer_is_told_of_the_others_and_they_of_it"),
    (NeverForgetting, "a_stopped_peer_is_no_peer_any_more"),
    (Hopeful, "a_stopped_peer_is_no_peer_any_more"),
    (WrongSender, "payloads_arrive_from_their_true_sender"),
    (ToEveryone, "payloads_arrive_from_their_true_sender"),
    (Cutting, "payloads_of_every_size_arrive_whole"),
    (Padding, "payloads_of_every_size_arrive_whole"),
    (Text, "every_byte_arrives"),
    (Joining, "many_payloads_at_once_arrive_as_they_are"),
    (Limitless, "more_than_max_payload_is_a_value_error"),
    (Hopeful, "send_to_an_unknown_peer_is_false"),
    (Raising, "send_to_an_unknown_peer_is_false"),
    (Immediate, "nothing_is_called_from_inside_send"),
    (Threaded, "nothing_is_called_from_inside_send"),
    (NotReentrant, "a_callback_may_send"),
    (CallingAfterStop, "nothing_is_called_after_stop"),
    (StoppingOnce, "stop_is_idempotent"),
    (StoppingStarted, "a_transport_that_was_not_started_can_be_stopped"),
    (SendingAfterStop, "a_stopped_transport_sends_nothing"),
]


def suite_of(
    transport: type[MemoryTransport], *, patient: bool = True
) -> type[TransportConformance]:
    class Suite(TransportConformance):
        patience = 30.0 if patient else 0.3

        async def open(self, count: int) -> Sequence[Transport]:
            network = MemoryNetwork()
            return [transport(network, 40_000) for _ in range(count)]

    return Suite


@pytest.mark.parametrize("broken, test", BROKEN)
async def test_a_broken_transport_is_rejected(broken: type[MemoryTransport], test: str) -> None:
    assert await rejection(suite_of(broken, patient=False), test)


@pytest.mark.parametrize("sound", [Wrapped, Bad, Busy])
async def test_a_sound_transport_is_not(sound: type[MemoryTransport]) -> None:
    """So that what the others fail by is what was broken in them."""
    assert await rejections(suite_of(sound)) == {}


def test_every_test_of_the_suite_rejects_something() -> None:
    assert {test for _, test in BROKEN} == names(TransportConformance)


async def test_without_a_factory_the_reason_is_given() -> None:
    with pytest.raises(NotImplementedError, match="async def open"):
        await TransportConformance().open(2)
