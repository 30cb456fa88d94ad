"""A member in a process of its own, told what to do by lines, and telling what happens by lines.

As a program it is that member: `python -m tests.headless.process INTRODUCER KEY NODE_ID`. It joins,
says `peers` after each change of them, `message` for each message and `lost` for each link, sends
what a line of its input says, and leaves when its input ends.
"""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.headless.member import digest, payload_of
from transport_webrtc import PeerLost, TransportEvent
from transport_webrtc.native import NativeTransport

ROOT = Path(__file__).resolve().parents[2]


class MemberProcess:
    """The other end: starts the process and keeps what it says. To be ended in any case."""

    def __init__(self, introducer: str, key: str, node_id: str) -> None:
        self.node_id = node_id
        self.peers: list[str] = []
        self.messages: list[list[Any]] = []
        self.lost: list[list[str]] = []
        self.left = False
        command = [sys.executable, "-W", "error", "-m", "tests.headless.process"]
        self._process = subprocess.Popen(
            [*command, introducer, key, node_id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def send(self, peer: str, size: int) -> None:
        """Lets it send a message, as soon as there is room."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([peer, size]) + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """SIGKILL: not a word to anyone."""
        self._process.kill()

    def end(self) -> int:
        """Lets it leave, if it still can, and waits for its end; returns the exit code."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            return self._process.wait(timeout=30)
        finally:
            self._process.kill()
            self._reader.join()
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            match json.loads(line):
                case ["peers", peers]:
                    self.peers = peers
                case ["message", *what]:
                    self.messages.append(what)
                case ["lost", *what]:
                    self.lost.append(what)
                case ["left"]:
                    self.left = True


def _say(*what: object) -> None:
    print(json.dumps(what), flush=True)


def _on_event(event: TransportEvent) -> None:
    if isinstance(event, PeerLost):
        _say("lost", event.peer, event.reason)


async def _main(introducer: str, key: str, node_id: str) -> None:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read(put: Callable[[str], None]) -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(put, line)
        loop.call_soon_threadsafe(put, "")

    threading.Thread(target=read, args=(lines.put_nowait,), daemon=True).start()
    transport = NativeTransport(introducer, key, on_event=_on_event)
    await transport.start(
        node_id,
        lambda peer, payload: _say("message", peer, *digest(payload)),
        lambda peers: _say("peers", sorted(peers)),
    )
    while line := await lines.get():
        peer, size = json.loads(line)
        while not transport.send(peer, payload_of(size)):  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.005)
    await transport.stop()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others, others
    _say("left")


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
