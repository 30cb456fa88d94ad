"""Takes away single directions of links: what is sent to a peer is lost, or comes late.

It stands between the link and the connection, so that pings and greetings are hit, too, and nobody
is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

MOST_HELD = 5000
"""Frames that are kept for later; more are lost."""


class Cuts(msgspec.Struct, frozen=True):
    """To whom nothing gets through; `late`: until the cut ends, and then all at once."""

    lost: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()


NO_CUTS = Cuts()


def to_json(cuts: Cuts) -> str:
    """What `Wires.cut_json` takes."""
    return msgspec.json.encode(cuts).decode()


class Wires:
    """The outgoing side of all connections that the class `connection` makes from now on."""

    def __init__(self, connection: Any) -> None:
        self._cuts = Cuts()
        self._held: list[tuple[str, Callable[[], object]]] = []
        transmit = connection.transmit

        def filtered(one: Any, frame: bytes) -> bool:
            cuts = self._cuts
            if cuts.lost or cuts.late:
                peer = one._peering.peer
                if peer in cuts.lost:
                    return True
                if peer in cuts.late:
                    self._hold(peer, lambda: transmit(one, frame))
                    return True
            sent: bool = transmit(one, frame)
            return sent

        connection.transmit = filtered

    def cut(self, cuts: Cuts) -> None:
        """From now on it is these; what is not late any more goes out."""
        self._cuts = cuts
        held, self._held = self._held, []
        for peer, send in held:
            if peer in cuts.late:
                self._held.append((peer, send))
            else:
                send()

    def cut_json(self, cuts: str) -> None:
        """The same for those who have no Structs."""
        self.cut(msgspec.json.decode(cuts, type=Cuts))

    def _hold(self, peer: str, send: Callable[[], object]) -> None:
        if len(self._held) < MOST_HELD:
            self._held.append((peer, send))
