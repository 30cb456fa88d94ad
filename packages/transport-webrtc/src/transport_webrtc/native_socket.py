"""The WebSocket to the introducer in a native process."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

_CLOSE_PATIENCE = 1.0
"""Seconds for the last frames and the closing handshake."""

_PING_SECONDS = 5.0
"""Between two pings, and for the answer. A way that is gone says nothing: without them nobody hears
that the socket is dead until what was sent on it last is given up, which takes minutes."""

# The library would write every frame into the log at level DEBUG, and bodies do not belong there.
_logger = logging.getLogger("transport_webrtc.websockets")
_logger.setLevel(logging.WARNING)


class NativeSocket:
    """Opens by itself, in a task, and reports: `opened`, `received` for each text, `closed`.

    The last comes once, also when it could not be opened. Nothing comes after `close`.
    """

    def __init__(
        self,
        url: str,
        *,
        opened: Callable[[], None],
        received: Callable[[str], None],
        closed: Callable[[], None],
    ) -> None:
        self._url = url
        self._opened = opened
        self._received = received
        self._closed = closed
        self._silent = False
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()
        self._websocket: ClientConnection | None = None
        self._task = asyncio.get_running_loop().create_task(self._run())

    def send(self, text: str) -> None:
        """Sends a text, after those before it."""
        self._outgoing.put_nowait(text)

    def close(self) -> "asyncio.Task[None]":
        """Closes, after what was sent, and reports nothing any more. To be called once.

        :returns: the task at whose end nothing is left.
        """
        self._silent = True
        self._outgoing.put_nowait(None)
        return asyncio.get_running_loop().create_task(self._finish())

    async def _finish(self) -> None:
        if self._websocket is not None:
            await asyncio.wait({self._task}, timeout=_CLOSE_PATIENCE)
            self._websocket.transport.abort()
        else:
            self._task.cancel()
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        here = _host(self._url)
        # A host given as None would be this machine, whatever the address names.
        where: dict[str, Any] = {} if here is None else {"host": here, "proxy": None}
        try:
            async with connect(
                self._url,
                **where,
                compression=None,
                close_timeout=_CLOSE_PATIENCE,
                ping_interval=_PING_SECONDS,
                ping_timeout=_PING_SECONDS,
                logger=_logger,
            ) as websocket:
                self._websocket = websocket
                await self._talk(websocket)
        except (OSError, ValueError, WebSocketException):
            pass  # it ended, or there was none
        except Exception:
            # Whatever it was, this is the end of the socket, and whoever waits for that tries anew.
            _logger.exception("the socket to the introducer failed")
        if not self._silent:
            self._closed()

    async def _talk(self, websocket: ClientConnection) -> None:
        if not self._silent:
            self._opened()
        writer = asyncio.create_task(self._write(websocket))
        try:
            async for text in websocket:
                if isinstance(text, str) and not self._silent:
                    self._received(text)
        finally:
            writer.cancel()
            await asyncio.wait({writer})

    async def _write(self, websocket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            while (text := await self._outgoing.get()) is not None:
                await websocket.send(text)
            await websocket.close()


def _host(url: str) -> str | None:
    """Where to connect to, if not where the name says: this machine, for all names of it.

    Browsers take every `*.localhost` for that, and resolvers mostly do not. Nor is it asked of a
    proxy.
    """
    host = urlsplit(url).hostname or ""
    if host in {"127.0.0.1", "::1"}:
        return host
    return "127.0.0.1" if f".{host}".endswith(".localhost") else None
