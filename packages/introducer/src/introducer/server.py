"""Moves frames between WebSockets and the rooms of `protocol.py`.

Each connection has one handler, with its own tasks and its own errors:

- the handler reads, and gives each frame to the protocol;
- a writer sends what the protocol queued for it, in order, and closes it if it is to be closed;
- a watcher pings.

Frames pass from one connection to another only through the protocol's queues, which never wait. So
neither a slow socket nor an exception of one connection reaches another.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.exceptions import ConnectionClosed

from introducer.connection import Connection
from introducer.handshake import WEBSOCKET_PATH, Handshake, origin_of
from introducer.limits import Limits
from introducer.protocol import Counts, Introducer
from introducer.refusals import INTERNAL_ERROR
from introducer.relays import IceServer, Relays

logger = logging.getLogger("introducer")

# The library would write every frame into the log at level DEBUG, and bodies do not belong there.
websockets_logger = logging.getLogger("introducer.websockets")
websockets_logger.setLevel(logging.WARNING)

# A frame over the limit is still read, up to this many times the limit, so that its sender can be
# told in the protocol's words. The library ends a connection with 1009 that announces a larger one.
_READ_FACTOR = 4


class _Session:
    """A connection of the protocol, its socket, and what binds them."""

    __slots__ = ("abort", "connection", "label", "opened_at", "received", "wake", "websocket")

    def __init__(self, websocket: ServerConnection, connection: Connection, now: float) -> None:
        self.websocket = websocket
        self.connection = connection
        self.opened_at = now
        self.received = 0
        self.label = "room=- member=-"
        self.wake = asyncio.Event()
        self.abort: asyncio.TimerHandle | None = None


class Server:
    """A running introducer; `serve` makes it. Use it as an async context manager, once."""

    def __init__(
        self,
        host: str | None,
        port: int,
        limits: Limits,
        origins: frozenset[str] | None,
        relays: Relays,
    ) -> None:
        self._address = (host, port)
        self._limits = limits
        self._relays = relays
        self._renewal: asyncio.TimerHandle | None = None
        self._protocol = Introducer(limits, self._ice_servers)
        self._handshake = Handshake(origins, self._protocol.counts)
        self._sessions: dict[Connection, _Session] = {}
        # Sockets from their first moment on, also those that have not asked for anything yet.
        self._sockets: set[ServerConnection] = set()
        self._listener: WebSocketServer
        self._loop: asyncio.AbstractEventLoop

    @property
    def port(self) -> int:
        """The TCP port it listens on; the first one, if `host` has several addresses."""
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Where a client on this machine connects; to the first address, if `host` has several."""
        host: str = self._listener.sockets[0].getsockname()[0]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        return f"ws://{f'[{host}]' if ':' in host else host}:{self.port}{WEBSOCKET_PATH}"

    def counts(self) -> Counts:
        """How many rooms, members and connections there are now."""
        return self._protocol.counts()

    async def __aenter__(self) -> Self:
        sockets = self._sockets

        class Tracked(ServerConnection):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                sockets.add(self)

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                sockets.discard(self)

        self._loop = asyncio.get_running_loop()
        self._listener = await serve_websockets(
            self._handle,
            *self._address,
            process_request=self._handshake,
            create_connection=Tracked,
            compression=None,
            server_header=None,
            open_timeout=self._limits.join_seconds,
            ping_interval=None,
            close_timeout=self._limits.close_seconds,
            max_size=_READ_FACTOR * self._limits.message_bytes,
            logger=websockets_logger,
        )
        self._renew_later()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
        self._ring(self._protocol.on_stop())
        self._listener.close(close_connections=False)
        # A browser opens sockets in advance and sends nothing; nobody waits for those.
        handled = {session.websocket for session in self._sessions.values()}
        for websocket in self._sockets - handled:
            websocket.transport.abort()
        await self._listener.wait_closed()

    async def _handle(self, websocket: ServerConnection) -> None:
        now = self._loop.time()
        connection, ready = self._protocol.on_opened(now)
        session = _Session(websocket, connection, now)
        self._sessions[connection] = session
        overdue = self._loop.call_later(self._limits.join_seconds, self._on_overdue, connection)
        self._ring(ready)
        failed = False
        try:
            await self._run(session)
        except Exception:
            failed = True
            logger.exception("failed %s", session.label)
        finally:
            overdue.cancel()
            if session.abort is not None:
                session.abort.cancel()
            del self._sessions[connection]
            self._ring(self._protocol.on_closed(connection))
            self._log_end(session)
        if failed:
            await self._close_failed(websocket)

    async def _run(self, session: _Session) -> None:
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write(session))
            watcher = tasks.create_task(self._watch(session))
            await self._read(session)
            writer.cancel()
            watcher.cancel()

    async def _read(self, session: _Session) -> None:
        connection = session.connection
        while True:
            try:
                data = await session.websocket.recv()
            except ConnectionClosed:
                return
            session.received += 1
            self._ring(self._protocol.on_frame(connection, data, self._loop.time()))
            if connection.member is not None and session.received == 1:
                # Whoever knows a room's name can enter it, so that the log shows its start only.
                session.label = f"room={str(connection.room)[:8]} member={connection.member}"
                logger.info("joined %s", session.label)
            # A burst that came in one packet is read without any pause of its own: let the writers
            # have their turns, or the queue of a reader that is not slow overflows.
            await asyncio.sleep(0)

    async def _write(self, session: _Session) -> None:
        connection, websocket = session.connection, session.websocket
        with contextlib.suppress(ConnectionClosed):
            while True:
                await session.wake.wait()
                session.wake.clear()
                while (frame := connection.take()) is not None:
                    await websocket.send(frame, text=True)
                if connection.closing is not None:
                    await websocket.close(connection.closing.code, connection.closing.reason)
                    return

    async def _watch(self, session: _Session) -> None:
        """Ping, and give the connection up when an answer is missing.

        The library's own keepalive is not used: it tells the handler only after a closing handshake
        with the peer that does not answer, and waits without end for a peer that does not read.
        """
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(self._limits.ping_seconds)
                try:
                    async with asyncio.timeout(self._limits.pong_seconds):
                        await (await session.websocket.ping())
                except TimeoutError:
                    self._ring(self._protocol.on_ping_unanswered(session.connection))
                    return

    def _ring(self, ready: Iterable[Connection]) -> None:
        """Wake the writers of these connections; what is to be closed gets its last moment set."""
        for connection in ready:
            session = self._sessions.get(connection)
            if session is None:
                continue  # its socket is gone
            session.wake.set()
            if connection.closing is not None and session.abort is None:
                session.abort = self._loop.call_later(
                    self._limits.close_seconds, session.websocket.transport.abort
                )

    def _ice_servers(self, member: str) -> tuple[IceServer, ...]:
        return self._relays.for_member(member, time.time())

    def _renew_later(self) -> None:
        if self._relays.renew_every is not None:
            self._renewal = self._loop.call_later(self._relays.renew_every, self._renew)

    def _renew(self) -> None:
        self._ring(self._protocol.on_credentials_due())
        self._renew_later()

    def _on_overdue(self, connection: Connection) -> None:
        self._ring(self._protocol.on_join_overdue(connection))

    async def _close_failed(self, websocket: ServerConnection) -> None:
        try:
            async with asyncio.timeout(self._limits.close_seconds):
                await websocket.close(INTERNAL_ERROR.code, INTERNAL_ERROR.reason)
        except TimeoutError:
            websocket.transport.abort()

    def _log_end(self, session: _Session) -> None:
        closing = session.connection.closing
        logger.info(
            "closed %s by=%s code=%s frames=%d seconds=%.1f",
            session.label,
            "client" if closing is None else "introducer",
            session.websocket.close_code if closing is None else closing.code,
            session.received,
            self._loop.time() - session.opened_at,
        )


def serve(
    host: str | None = "127.0.0.1",
    port: int = 0,
    *,
    limits: Limits | None = None,
    origins: Iterable[str] | None = None,
    relays: Relays | None = None,
) -> Server:
    """Run an introducer while the block runs: `async with introducer.serve() as server: ...`.

    When the block ends every connection is closed with code 1001, and the server's sockets and
    tasks are gone. Clients that do not answer the close delay that by `Limits.close_seconds`.

    :param host: the address to listen on, a name for several, None for all of this machine.
    :param port: 0 takes a free one; `Server.port` says which.
    :param origins: pages of these origins may connect, like "https://example.org"; None lets all.
    :param relays: the STUN and TURN servers that members are told of; None: none.
    :raises ValueError: one of `origins` is none.
    :raises OSError: on entering, if it cannot listen there.
    """
    allowed = None if origins is None else frozenset(map(origin_of, origins))
    return Server(host, port, limits or Limits(), allowed, relays or Relays())
