"""Takes away single directions of links: what is sent to a peer is lost, and nobody is told.

It stands between the link and the connection, so that pings and greetings are lost, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

EVERYONE = "*"


class Wires:
    """Who is not spoken to, of all connections that the class `connection` makes from now on."""

    def __init__(self, connection: Any) -> None:
        self._silent: frozenset[str] = frozenset()
        transmit = connection.transmit

        def filtered(one: Any, frame: bytes) -> bool:
            silent = self._silent
            if silent and (EVERYONE in silent or one._peering.peer in silent):
                return True
            sent: bool = transmit(one, frame)
            return sent

        connection.transmit = filtered

    def silence(self, peers: Iterable[str]) -> None:
        """From now on nothing goes out to these."""
        self._silent = frozenset(peers)

    def silence_json(self, peers: str) -> None:
        """The same for those who have no lists."""
        self.silence(msgspec.json.decode(peers, type=list[str]))
