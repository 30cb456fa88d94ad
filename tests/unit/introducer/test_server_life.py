"""The server over real sockets: slow readers, start and stop."""

import asyncio
import contextlib
import gc
import json

import anyio
import pytest
from websockets.asyncio.server import broadcast

import introducer
from introducer.limits import Limits
from introducer.protocol import Introducer
from tests.unit.introducer.clients import PATIENCE, Client, happened, meet, spy
from tests.unit.introducer.rooms import ANN, BOB, CLEO, left, signal

# ------------------------------------------------------------------------------------- slow readers


def large(close_seconds: float) -> Limits:
    return Limits(
        message_bytes=1 << 20,
        burst=1_000_000,
        queue_frames=16,
        queue_bytes=1 << 21,
        ping_seconds=600.0,
        close_seconds=close_seconds,
    )


async def flood(sender: Client, slow: str, witness: Client) -> None:
    """Send to a member that does not read until it is gone. The sockets take some MB first."""
    number = 0
    while True:
        await sender.send(signal(slow, {"x": "x" * 1_000_000}))
        await sender.send(signal(CLEO, {"number": number}))
        heard = await witness.hear()
        if heard["type"] == "left":
            assert heard == left(slow, "lost")
            heard = await witness.hear()
            assert heard["body"] == {"number": number}
            return
        assert heard["body"] == {"number": number}
        number += 1


async def test_a_slow_reader_is_told_so_and_the_others_lose_nothing() -> None:
    async with (
        introducer.serve(limits=large(close_seconds=600.0)) as server,
        Client(server) as ann,
        Client(server) as bob,
        Client(server) as cleo,
    ):
        await meet(ann, bob)
        await cleo.join(CLEO)
        assert await ann.hear() == {"type": "joined", "member": CLEO}
        bob.websocket.transport.pause_reading()
        await flood(ann, BOB, witness=cleo)
        assert await ann.hear() == left(BOB, "lost")
        bob.websocket.transport.resume_reading()
        assert await bob.refused() == ("slow_reader", 4011)


async def test_a_slow_reader_that_never_reads_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = spy(monkeypatch, Introducer, "on_closed")
    async with (
        introducer.serve(limits=large(close_seconds=0.05)) as server,
        Client(server) as ann,
        Client(server) as bob,
        Client(server) as cleo,
    ):
        await meet(ann, bob)
        await cleo.join(CLEO)
        bob.websocket.transport.pause_reading()
        await flood(ann, BOB, witness=cleo)
        await happened(cut)
        assert server.counts().connections == 2


async def test_a_burst_in_one_packet_is_no_reason_to_call_its_receiver_slow() -> None:
    limits = Limits(queue_frames=16)
    async with (
        introducer.serve(limits=limits) as server,
        Client(server) as ann,
        Client(server) as bob,
    ):
        await meet(ann, bob)
        for number in range(300):
            broadcast([ann.websocket], json.dumps(signal(BOB, {"number": number})))
        assert [(await bob.hear())["body"]["number"] for _ in range(300)] == list(range(300))


# ----------------------------------------------------------------------------------- start and stop


async def test_stop_closes_every_connection_and_leaves_nothing_behind() -> None:
    before = asyncio.all_tasks()
    async with contextlib.AsyncExitStack() as clients:
        async with introducer.serve() as server:
            ann, bob, stranger = [
                await clients.enter_async_context(Client(server)) for _ in range(3)
            ]
            await meet(ann, bob)
        for client in (ann, bob, stranger):
            assert await client.end() == ([], 1001, "the introducer stops: connect again")
    assert asyncio.all_tasks() == before
    gc.collect()  # an unclosed socket would warn now, and warnings are errors


async def test_stop_does_not_wait_for_sockets_that_say_nothing() -> None:
    limits = Limits(join_seconds=3600.0, close_seconds=3600.0)
    with anyio.fail_after(PATIENCE):
        async with introducer.serve(limits=limits) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            async with Client(server) as ann:  # accepted later, so that the first is accepted too
                await ann.join(ANN)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_stop_cuts_clients_that_do_not_read() -> None:
    limits = Limits(close_seconds=0.05, ping_seconds=600.0)
    async with contextlib.AsyncExitStack() as clients:
        with anyio.fail_after(PATIENCE):
            async with introducer.serve(limits=limits) as server:
                bob = await clients.enter_async_context(Client(server))
                await bob.join(BOB)
                bob.websocket.transport.pause_reading()


async def test_it_starts_again_on_the_same_port() -> None:
    async with contextlib.AsyncExitStack() as clients:
        async with introducer.serve() as first:
            port = first.port
            ann = await clients.enter_async_context(Client(first))
            await ann.join(ANN)
        async with introducer.serve(port=port) as second, Client(second) as again:
            assert second.port == port
            assert await again.join(ANN) == []


async def test_a_taken_port_is_an_error_and_leaves_nothing_behind() -> None:
    before = asyncio.all_tasks()
    async with introducer.serve() as server:
        with pytest.raises(OSError, match=str(server.port)):
            await introducer.serve(port=server.port).__aenter__()
        async with Client(server) as ann:
            await ann.join(ANN)
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_the_address_is_one_to_connect_to(host: str) -> None:
    async with introducer.serve(host) as server:
        assert server.url == f"ws://127.0.0.1:{server.port}/v1"


async def test_an_address_of_ip_version_6_is_written_in_brackets() -> None:
    try:
        async with introducer.serve("::1") as server, Client(server) as ann:
            assert server.url == f"ws://[::1]:{server.port}/v1"
            await ann.join(ANN)
    except OSError as error:
        pytest.skip(f"no IPv6 on this machine: {error}")
