"""Helps the introducer's tests that use real sockets."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import anyio
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from introducer.server import Server
from tests.unit.introducer.rooms import ANN, BOB, ROOM, join, signal

PATIENCE = 60
"""Seconds until a test that waits in vain ends. No test takes that long when all is well."""


class Client:
    """One WebSocket: `async with Client(server) as client: ...`."""

    def __init__(self, server: Server, **options: Any) -> None:
        self._connecting = connect(server.url, ping_interval=None, max_size=None, **options)
        self.websocket: ClientConnection

    async def __aenter__(self) -> Self:
        self.websocket = await self._connecting
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.websocket.transport.resume_reading()
        await self.websocket.close()

    async def send(self, frame: dict[str, Any]) -> None:
        await self.websocket.send(json.dumps(frame))

    async def hear(self) -> dict[str, Any]:
        with anyio.fail_after(PATIENCE):
            frame: dict[str, Any] = json.loads(await self.websocket.recv(decode=True))
            return frame

    async def join(self, member: str, room: str = ROOM) -> list[str]:
        """Join and give the members that were there."""
        await self.send(join(member, room))
        welcome = await self.hear()
        assert welcome["type"] == "welcome"
        members: list[str] = welcome["members"]
        return members

    async def end(self) -> tuple[list[dict[str, Any]], int, str]:
        """Read all that comes, and give it with the close code and reason."""
        with anyio.fail_after(PATIENCE):
            frames: list[dict[str, Any]] = [json.loads(text) async for text in self._texts()]
        return frames, self.websocket.close_code or 0, self.websocket.close_reason or ""

    async def _texts(self) -> AsyncIterator[str]:
        with contextlib.suppress(ConnectionClosed):
            while True:
                yield await self.websocket.recv(decode=True)

    async def refused(self) -> tuple[str, int]:
        """Read to the end, and give the code of the fatal refusal and the close code."""
        frames, close_code, reason = await self.end()
        assert frames[-1]["type"] == "refused"
        assert frames[-1]["fatal"]
        assert frames[-1]["code"] == reason
        return reason, close_code


def spy(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, calls: int = 1) -> anyio.Event:
    """An event that comes when a method has been called so many times; it works as before."""
    original = getattr(owner, name)
    event = anyio.Event()
    counter = itertools.count(1)

    def spied(*arguments: Any) -> Any:
        if next(counter) == calls:
            event.set()
        return original(*arguments)

    monkeypatch.setattr(owner, name, spied)
    return event


async def happened(event: anyio.Event) -> None:
    with anyio.fail_after(PATIENCE):
        await event.wait()


async def meet(ann: Client, bob: Client) -> None:
    """Let both join, and have nothing left to read."""
    await ann.join(ANN)
    assert await bob.join(BOB) == [ANN]
    assert await ann.hear() == {"type": "joined", "member": BOB}


async def can_talk(sender: Client, receiver: Client, to: str) -> bool:
    """Whether a signal still gets from one client to the other, as the next frame it hears."""
    await sender.send(signal(to, {"can": "talk"}))
    return (await receiver.hear()).get("body") == {"can": "talk"}


async def request(server: Server, path: str, *headers: str) -> tuple[int, dict[str, str], str]:
    """Send a plain HTTP GET and give the status, the headers and the body."""
    with anyio.fail_after(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        lines = (f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", "")
        writer.write("\r\n".join(lines).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        status, *fields = head.strip().split("\r\n")
        values = {
            name.lower(): value for name, _, value in (field.partition(": ") for field in fields)
        }
        body = await reader.readexactly(int(values.get("content-length", "0")))
        writer.close()
        await writer.wait_closed()
        return int(status.split()[1]), values, body.decode()
