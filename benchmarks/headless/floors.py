"""What is below a write: `python -m benchmarks.headless.floors SETUP`.

Messages and rows have 60 bytes. ``channel``: two processes, an aiortc data channel and nothing
else, a message there and back. ``transport``: the same over our transport, which is what one
outstanding write waits for at least. ``commits``: each end makes a row durable as well, the first
one while its message is on its way: two members as a quorum, without Raft. ``commit``: one process,
SQLite as the storage sets it up: a row in a transaction of its own, durable.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import uvloop
from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)

from benchmarks.cluster import IDS
from benchmarks.headless import wire
from benchmarks.headless.load import ClosedLoop, Done
from transport_webrtc.native import NativeTransport

PAYLOAD = b"x" * 60


class Channel:
    """One end of a data channel. Position 0 offers and runs the loads; the other echoes."""

    def __init__(self, position: int) -> None:
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._position = position
        self._open = False
        self._channel: RTCDataChannel | None = None
        self._waiting: list[Done] = []
        self._connection.on("datachannel", self._take)

    async def signal(self, text: str) -> str:
        """What to tell the other, in answer to what it told; empty: begin."""
        if not text:
            self._take(self._connection.createDataChannel("floor"))
            await self._connection.setLocalDescription(await self._connection.createOffer())
        else:
            await self._connection.setRemoteDescription(RTCSessionDescription(**json.loads(text)))
            if self._position == 0:
                return ""
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        local = self._connection.localDescription
        return json.dumps({"sdp": local.sdp, "type": local.type})

    def _take(self, channel: RTCDataChannel) -> None:
        self._channel = channel
        channel.on("message", self._answered if self._position == 0 else channel.send)

    def _answered(self, _message: bytes) -> None:
        self._waiting.pop()(None)

    def status(self) -> wire.Status:
        """Whether the channel is open."""
        is_open = self._channel is not None and self._channel.readyState == "open"
        return wire.Status(is_open, self._position == 0, time.process_time())

    async def load(self, load: wire.Load) -> wire.Loaded | wire.Failed:
        """Back and forth."""
        channel = self._channel
        if channel is None:
            return wire.Failed("the channel is not open")
        ended: asyncio.Future[wire.Loaded | wire.Failed] = asyncio.Future()

        def begin(_number: int, done: Done) -> None:
            self._waiting.append(done)
            channel.send(PAYLOAD)

        ClosedLoop(begin, 1, load.seconds, ended.set_result).start()
        return await ended

    async def end(self) -> None:
        """Close."""
        await self._connection.close()


class Transported:
    """One end of our transport, with a database or none. Position 0 runs the loads."""

    def __init__(self, setup: wire.Setup, database: sqlite3.Connection | None) -> None:
        (introducer,) = setup.addresses
        self._transport = NativeTransport(introducer, setup.session)
        self._position = setup.position
        self._peer = IDS[1 - setup.position]
        self._database = database
        self._connected = False
        self._waiting: list[Done] = []

    async def start(self) -> None:
        """Look for the other."""
        deliver = self._answered if self._position == 0 else self._answer
        await self._transport.start(IDS[self._position], deliver, self._peers_changed)

    def _peers_changed(self, peers: frozenset[str]) -> None:
        self._connected = self._peer in peers

    def _answer(self, peer: str, message: bytes) -> None:
        self._store()
        self._transport.send(peer, message)

    def _answered(self, _peer: str, _message: bytes) -> None:
        self._waiting.pop()(None)

    def _store(self) -> None:
        if self._database is not None:
            insert(self._database)

    def status(self) -> wire.Status:
        """Whether the two are connected."""
        return wire.Status(self._connected, self._position == 0, time.process_time())

    async def load(self, load: wire.Load) -> wire.Loaded | wire.Failed:
        """Back and forth."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[wire.Loaded | wire.Failed] = loop.create_future()

        def begin(_number: int, done: Done) -> None:
            self._waiting.append(done)
            self._transport.send(self._peer, PAYLOAD)
            # The message leaves first, and no answer is taken before this was called.
            loop.call_soon(self._store)

        ClosedLoop(begin, 1, load.seconds, ended.set_result).start()
        return await ended

    async def signal(self, text: str) -> str:
        """Not needed: there is an introducer."""
        raise ValueError(f"our transport takes no signals: {text}")

    async def end(self) -> None:
        """Leave."""
        await self._transport.stop()


async def ends(setup: wire.Setup) -> None:
    """Answer the coordinator until it wants no more."""
    with ExitStack() as stack:
        end: Channel | Transported
        if setup.kind == "channel":
            end = Channel(setup.position)
        else:
            path = Path(setup.data) / f"{setup.kind}-{setup.position}.sqlite"
            commits = setup.kind == "commits"
            end = Transported(setup, stack.enter_context(opened(path)) if commits else None)
            await end.start()
        try:
            while True:
                match await asyncio.to_thread(wire.next_request):
                    case wire.AskStatus():
                        wire.reply(end.status())
                    case wire.Load() as load:
                        wire.reply(await end.load(load))
                    case wire.Signal(text):
                        wire.reply(wire.Signal(await end.signal(text)))
                    case wire.End():
                        return
        finally:
            await end.end()


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A database as the storage sets it up."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, record BLOB) STRICT")
        yield database


def insert(database: sqlite3.Connection) -> None:
    """A row, durable."""
    database.execute("INSERT INTO records (record) VALUES (?)", (PAYLOAD,))


def commits(setup: wire.Setup) -> None:
    """Answer the coordinator until it wants no more."""
    with opened(Path(setup.data) / "floor.sqlite") as database:
        while True:
            match wire.next_request():
                case wire.AskStatus():
                    wire.reply(wire.Status(True, True, time.process_time()))
                case wire.Load(_, seconds):
                    wire.reply(_commit(database, seconds))
                case wire.Signal():
                    raise ValueError("a database takes no signals")
                case wire.End():
                    return


def _commit(database: sqlite3.Connection, seconds: float) -> wire.Loaded:
    latencies: list[float] = []
    now = since = time.perf_counter()
    while not latencies or now < since + seconds:
        began = now
        insert(database)
        now = time.perf_counter()
        latencies.append(now - began)
    latencies.sort()
    count = len(latencies)
    return wire.Loaded(
        count, now - since, latencies[count // 2], latencies[min(count * 99 // 100, count - 1)]
    )


def main() -> None:
    """As the kind says."""
    setup = wire.setup()
    if setup.kind == "commit":
        commits(setup)
    else:
        uvloop.run(ends(setup))


if __name__ == "__main__":
    main()
