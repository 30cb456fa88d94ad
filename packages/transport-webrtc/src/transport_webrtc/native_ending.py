"""The sockets of an aiortc connection, and an end of it that leaves nothing behind.

Written for aiortc 1.16, which leaves tasks and sockets where a close is cut short, or comes while
the connection is still being made.
"""

import asyncio
import socket

from aiortc import RTCPeerConnection
from aiortc.rtcsctptransport import RTCSctpTransport

_SOCKET_BUFFER = 4 * 2**20
"""Bytes that the kernel keeps for each of our UDP sockets, if it is allowed to. aiortc reads a
packet a turn of the loop: its own quarter of a megabyte overflows in a burst."""

_CLOSE_PATIENCE = 1.0
"""Seconds for a close in good order, which may hang while the network is down."""

_CHECK_PACE = 0.05
"""Seconds, and more than the pause that ICE makes between checks: what was under way then ends."""


def widen(sctp: RTCSctpTransport) -> None:
    """Gives the sockets a buffer that takes a burst. To be called when they are there."""
    for protocol in sctp.transport.transport._connection._protocols:
        opened = protocol.transport.get_extra_info("socket")
        if opened is not None:  # a relay's has no socket of its own
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER)


async def close(connection: RTCPeerConnection, sctp: RTCSctpTransport) -> None:
    """Closes a connection and leaves nothing behind. Once, and never to be cancelled.

    No negotiation may be under way: cut short it leaves sockets behind.
    """
    closing = asyncio.create_task(connection.close())
    _, pending = await asyncio.wait({closing}, timeout=_CLOSE_PATIENCE)
    if pending:
        _abort_sockets(sctp)
        await asyncio.wait({closing}, timeout=_CLOSE_PATIENCE)
        closing.cancel()
        await asyncio.wait({closing})
    ice = sctp.transport.transport._connection
    if ice._query_consent_task is None:
        # It was never connected, or is in the middle of it, and would begin to ask for consent.
        await asyncio.sleep(_CHECK_PACE)
    if ice._query_consent_task is not None:
        ice._query_consent_task.cancel()
        await asyncio.wait({ice._query_consent_task})
    await sctp.stop()  # once more, in case it was begun in the meantime


def _abort_sockets(sctp: RTCSctpTransport) -> None:
    for protocol in sctp.transport.transport._connection._protocols:
        transport = protocol.transport
        relay = getattr(transport, "_TurnTransport__inner_protocol", None)
        (transport if relay is None else relay.transport).abort()
