"""What is below a write: `python -m benchmarks.headless.floors SETUP`.

``channel``: two processes, an aiortc data channel and nothing else: a message of 60 bytes there and
back is what one outstanding write waits for at least. ``commit``: one process, SQLite as the
storage sets it up: a row of 60 bytes in a transaction of its own, durable.
"""

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import uvloop
from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)

from benchmarks.headless import wire
from benchmarks.headless.load import ClosedLoop, Done

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


async def channel(setup: wire.Setup) -> None:
    """Answer the coordinator until it wants no more."""
    end = Channel(setup.position)
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


def commits(setup: wire.Setup) -> None:
    """Answer the coordinator until it wants no more."""
    database = sqlite3.connect(Path(setup.data) / "floor.sqlite", isolation_level=None)
    with closing(database):
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, record BLOB) STRICT")
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
        database.execute("INSERT INTO records (record) VALUES (?)", (PAYLOAD,))
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
        uvloop.run(channel(setup))


if __name__ == "__main__":
    main()
