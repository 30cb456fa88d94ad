"""ICE's checks at an even pace, while a connection is being made.

aioice waits twice as long each time before it asks again, up to eight seconds within an attempt of
ours. When the network comes back in between, both ends would sit and wait. Here what is not
answered is asked again once a second, as browsers do even more often. Written for aioice 0.13.
"""

import asyncio
from typing import Any

from aiortc.rtcsctptransport import RTCSctpTransport

PACE = 1.0
"""Seconds between two questions."""


class Checks:
    """Asks again, from `begin` until ICE has come to an end or `end` is called.

    :param ice: aioice's connection
    """

    def __init__(self, ice: Any) -> None:  # aiortc's affair
        self._ice = ice
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def of(cls, association: RTCSctpTransport) -> "Checks":
        """Those of the connection that this association is on."""
        return cls(association.transport.transport._connection)

    def begin(self) -> None:
        """The sockets are there."""
        if self._timer is None:
            self._timer = self._loop.call_later(PACE, self._ask_again)

    def end(self) -> None:
        """Asks no more. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()

    def _ask_again(self) -> None:
        if self._ice._check_list_done:
            return
        for protocol in self._ice._protocols:
            for transaction in protocol.transactions.values():
                request, where = transaction._Transaction__request, transaction._Transaction__addr
                protocol.send_stun(request, where)
        self._timer = self._loop.call_later(PACE, self._ask_again)
