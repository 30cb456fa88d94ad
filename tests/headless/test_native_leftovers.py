"""However a native member ends, nothing of it is left: no task, no socket, no complaint."""

import asyncio
from random import Random

import pytest

from introducer.server import Server
from tests.headless.conftest import Leftovers
from tests.headless.member import Member, connected, payload_of, until
from transport_webrtc import IceServer
from transport_webrtc.native import NativeTransport

LIVES = 12


async def live(member: Member, rng: Random) -> None:
    """Joins, talks to whoever comes, and ends soon: by itself, or because it is cancelled."""

    def greet(peer: str, _payload: bytes) -> None:
        member.transport.send(peer, b"hello")

    member.on_message = greet
    try:
        await member.start()
        for _ in range(rng.randrange(4)):
            for peer in member.peers:
                member.transport.send(peer, payload_of(rng.choice([10, 70_000])))
            await asyncio.sleep(rng.choice([0, rng.uniform(0, 0.02), rng.uniform(0, 0.1)]))
        if rng.random() < 0.3:
            member.transport.leave()
    finally:
        await member.transport.stop()


@pytest.mark.parametrize("seed", [1, 2])
async def test_members_that_are_cancelled_and_stopped_at_any_moment_leave_nothing(
    server: Server, seed: int
) -> None:
    leftovers = Leftovers()  # besides the introducer
    rng = Random(seed)
    for life in range(LIVES):
        members = [Member(str(number) * 16, server.url, f"{life:032x}") for number in (1, 2, 3)]
        tasks = [asyncio.create_task(live(member, rng)) for member in members]
        if rng.random() < 0.6:
            await asyncio.sleep(rng.uniform(0, 0.15))
            for task in tasks:
                if rng.random() < 0.7:
                    task.cancel()
        await asyncio.wait(tasks)
        calls = [member.calls for member in members]
        for member in members:
            await member.transport.stop()  # a cancelled stop goes on by itself; this one waits
        await asyncio.sleep(0)
        assert [member.calls for member in members] == calls, "a callback after stop"
        await until(lambda: not server.counts().connections, "the introducer has closed them too")
        await leftovers.check()


async def test_a_network_that_hangs_delays_a_stop_and_no_more(server: Server, key: str) -> None:
    one, two = (Member(str(number) * 16, server.url, key) for number in (1, 2))
    await one.start()
    await two.start()
    await connected(one, two)
    ice = one.connection(two)._association.transport.transport._connection
    for protocol in ice._protocols:
        # So it is while packets wait for a carrier: what was sent shall leave first.
        protocol.transport.close = lambda: None  # type: ignore[method-assign]
    await one.transport.stop()
    await two.transport.stop()


async def test_a_stun_server_that_is_silent_is_waited_for_and_nothing_is_left(
    server: Server, key: str
) -> None:
    """The worst moment to stop: aiortc asks the server, for five seconds, and must not be cut."""
    silent, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    try:
        port = silent.get_extra_info("sockname")[1]
        servers = [IceServer(f"stun:127.0.0.1:{port}")]
        member = Member("2" * 16, server.url, key)
        transport = NativeTransport(server.url, key, ice_servers=servers)
        await member.start()
        await transport.start("1" * 16, lambda *_: None, lambda *_: None)
        await until(transport.stats, "it has begun to connect")
        await asyncio.sleep(0.05)
        await transport.stop()
        await member.transport.stop()
    finally:
        silent.close()
