"""What is cut goes nowhere; what is late comes in the end, in its order."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.chaos.app.src.chaos import wires
from tests.chaos.app.src.chaos.wires import NO_CUTS, Cuts, Wires, to_json

TO_B = frozenset({"b"})


class Network:
    """Connections of one member, and what went out on them."""

    def __init__(self) -> None:
        sent: list[tuple[str, bytes]] = []

        class Connection:
            def __init__(self, peer: str) -> None:
                self._peering = SimpleNamespace(peer=peer)

            def transmit(self, frame: bytes) -> bool:
                sent.append((self._peering.peer, frame))
                return True

        self.sent = sent
        self.wires = Wires(Connection)
        self.connections = {peer: Connection(peer) for peer in "bc"}

    def send(self, peer: str, frame: bytes) -> None:
        assert self.connections[peer].transmit(frame)


@pytest.fixture
def network() -> Network:
    return Network()


def test_without_a_cut_all_goes_out(network: Network) -> None:
    network.send("b", b"1")
    assert network.sent == [("b", b"1")]


def test_what_is_lost_is_lost_for_ever_and_others_get_theirs(network: Network) -> None:
    network.wires.cut(Cuts(lost=TO_B))
    network.send("b", b"1")
    network.send("c", b"2")
    network.wires.cut(NO_CUTS)
    network.send("b", b"3")
    assert network.sent == [("c", b"2"), ("b", b"3")]


def test_what_is_late_comes_in_order_when_the_cut_ends(network: Network) -> None:
    network.wires.cut(Cuts(late=TO_B))
    network.send("b", b"1")
    network.send("b", b"2")
    network.wires.cut(Cuts(late=TO_B, lost=frozenset({"c"})))
    assert network.sent == []
    network.wires.cut(Cuts(lost=frozenset({"c"})))
    network.send("b", b"3")
    assert network.sent == [("b", b"1"), ("b", b"2"), ("b", b"3")]


def test_no_more_is_kept_than_there_is_room_for(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wires, "MOST_HELD", 1)
    network.wires.cut(Cuts(late=TO_B))
    network.send("b", b"1")
    network.send("b", b"2")
    network.wires.cut(NO_CUTS)
    assert network.sent == [("b", b"1")]


def test_cuts_can_be_said_in_json(network: Network) -> None:
    network.wires.cut_json(to_json(Cuts(lost=TO_B)))
    network.send("b", b"1")
    assert network.sent == []
