"""NativeSocket: the WebSocket to the introducer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from transport_webrtc import native_socket
from transport_webrtc.native_socket import NativeSocket, _host


class Notes:
    """What a socket reports, and the socket."""

    def __init__(self, url: str, received: Callable[[str], None] | None = None) -> None:
        self.reports: list[object] = []
        self.socket = NativeSocket(
            url,
            opened=lambda: self.reports.append("opened"),
            received=received or self.reports.append,
            closed=lambda: self.reports.append("closed"),
        )


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - it is looked at from outside
            await asyncio.sleep(0.002)


class Echo:
    """A server that sends everything back, and can misbehave."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.connections: list[ServerConnection] = []
        self.server: Server
        self.deaf = False

    async def handle(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        if self.deaf:
            await connection.wait_closed()
        async for message in connection:
            self.heard.append(message)
            await connection.send(message)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{next(iter(self.server.sockets)).getsockname()[1]}/v1"


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    made = Echo()
    async with serve(made.handle, "127.0.0.1", 0, close_timeout=0.1) as made.server:
        yield made
        for connection in made.connections:
            connection.transport.abort()


async def test_texts_go_both_ways_in_order(echo: Echo) -> None:
    notes = Notes(echo.url)
    await until(lambda: notes.reports == ["opened"])
    for text in "one", "two", "three":
        notes.socket.send(text)
    await until(lambda: notes.reports == ["opened", "one", "two", "three"])
    await notes.socket.close()


async def test_close_comes_after_what_was_sent_and_reports_nothing(echo: Echo) -> None:
    notes = Notes(echo.url)
    await until(lambda: notes.reports)
    notes.socket.send("the last word")
    await notes.socket.close()
    await until(lambda: echo.heard == ["the last word"])
    assert notes.reports == ["opened"]


async def test_binary_frames_are_passed_over(echo: Echo) -> None:
    notes = Notes(echo.url)
    await until(lambda: notes.reports)
    await echo.connections[0].send(b"bytes")
    await echo.connections[0].send("text")
    await until(lambda: notes.reports == ["opened", "text"])
    await notes.socket.close()


async def test_it_goes_where_the_address_says() -> None:
    """To an address that is not known as this machine's, although it is."""
    elsewhere = Echo()
    async with serve(elsewhere.handle, "127.0.0.2", 0) as elsewhere.server:
        notes = Notes(elsewhere.url.replace("127.0.0.1", "127.0.0.2"))
        await until(lambda: notes.reports)
        assert notes.reports == ["opened"]
        await notes.socket.close()


async def test_a_server_that_answers_nothing_any_more_is_given_up(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native_socket, "_PING_SECONDS", 0.05)
    notes = Notes(echo.url)
    await until(lambda: notes.reports)
    echo.connections[0].transport.pause_reading()
    await until(lambda: notes.reports == ["opened", "closed"])
    await notes.socket.close()


@pytest.mark.parametrize("how", ["close", "abort"])
async def test_the_servers_end_is_reported_once(echo: Echo, how: str) -> None:
    notes = Notes(echo.url)
    await until(lambda: notes.reports)
    if how == "close":
        await echo.connections[0].close()
    else:
        echo.connections[0].transport.abort()
    await until(lambda: notes.reports == ["opened", "closed"])
    await notes.socket.close()
    assert notes.reports == ["opened", "closed"]


@pytest.mark.parametrize(
    "url",
    ["ws://127.0.0.1:1/v1", "ws://127.0.0.1:x/v1", "ws://", f"ws://{'a' * 70}.localhost:1/"],
)
async def test_what_cannot_be_opened_is_reported_as_closed(url: str) -> None:
    notes = Notes(url)
    await until(lambda: notes.reports == ["closed"])
    await notes.socket.close()
    assert notes.reports == ["closed"]


async def test_what_reads_its_texts_may_fail_and_is_told_of_its_end(
    echo: Echo, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(text: str) -> None:
        raise RuntimeError(text)

    notes = Notes(echo.url, received=fail)
    await until(lambda: notes.reports)
    notes.socket.send("unlucky")
    await until(lambda: notes.reports == ["opened", "closed"])
    assert "RuntimeError: unlucky" in caplog.text
    await notes.socket.close()


async def test_closed_at_once_it_reports_nothing(echo: Echo) -> None:
    notes = Notes(echo.url)
    await notes.socket.close()
    assert notes.reports == []


async def test_closed_while_it_opens_it_reports_nothing() -> None:
    """The server takes the connection and never answers the handshake."""
    writers: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)
    notes = Notes(f"ws://127.0.0.1:{silent.sockets[0].getsockname()[1]}/v1")
    await until(lambda: writers)
    await notes.socket.close()
    assert notes.reports == []
    writers[0].close()
    silent.close()


async def test_a_server_that_does_not_listen_any_more_delays_close_and_no_more(echo: Echo) -> None:
    echo.deaf = True
    notes = Notes(echo.url)
    await until(lambda: notes.reports)
    for _ in range(100):
        notes.socket.send("x" * 100_000)
    await notes.socket.close()
    assert notes.reports == ["opened"]


@pytest.mark.parametrize(
    "url, host",
    [
        ("ws://wraft1.localhost:8001/v1", "127.0.0.1"),
        ("ws://localhost/v1", "127.0.0.1"),
        ("ws://127.0.0.1:8001/v1", "127.0.0.1"),
        ("ws://[::1]:8001/v1", "::1"),
        ("wss://introducer.example/v1", None),
        ("ws://notlocalhost/v1", None),
    ],
)
def test_names_of_this_machine_need_no_resolver_and_no_proxy(url: str, host: str | None) -> None:
    assert _host(url) == host
