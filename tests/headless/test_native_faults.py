"""What breaks in a mesh of native members, and how it heals."""

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

import aioice.ice
import pytest

import introducer
from introducer.server import Server
from tests.headless.conftest import Leftovers, MakeMember, mesh
from tests.headless.member import Member, connected, talk, until
from tests.headless.process import MemberProcess
from transport_webrtc import AttemptFailed, MeshSettings
from transport_webrtc.bodies import Offer
from transport_webrtc.link import LinkSettings

IMPATIENT = MeshSettings(link=LinkSettings(ping_interval=0.1, dead_after=0.5))
NEVER_SILENT = MeshSettings(link=LinkSettings(dead_after=3600))

Spawn = Callable[[int], MemberProcess]


@pytest.fixture
def spawn(server: Server, key: str) -> Iterator[Spawn]:
    """Starts members in processes of their own, which end with the test."""
    processes: list[MemberProcess] = []

    def start(number: int) -> MemberProcess:
        processes.append(MemberProcess(server.url, key, str(number) * 16))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.end()


@pytest.mark.parametrize("victim", [3, 0], ids=["offers last", "offers first"])
async def test_a_killed_process_is_noticed_by_its_silence_and_may_come_back(
    make_member: MakeMember, spawn: Spawn, victim: int
) -> None:
    one, two = await mesh(make_member, 2, IMPATIENT)
    dead = spawn(victim)
    everyone = {one.node_id, two.node_id, dead.node_id}
    for member in one, two:
        await member.has_peers(everyone - {member.node_id})
    await until(lambda: dead.peers == [one.node_id, two.node_id], "the process has both peers")
    dead.kill()
    await connected(one, two)
    assert one.lost == two.lost == [(dead.node_id, "silent")]
    await talk(one, two)
    again = spawn(victim)
    for member in one, two:
        await member.has_peers(everyone - {member.node_id})
        again.send(member.node_id, 70_000)
        await member.hears(again.node_id)
    assert again.end() == 0
    assert again.left
    await connected(one, two)
    assert one.lost[-1] == two.lost[-1] == (dead.node_id, "bye")


@pytest.mark.parametrize("restarted", [0, 1], ids=["offerer", "answerer"])
async def test_who_restarts_before_its_death_is_noticed_is_believed(
    make_member: MakeMember, restarted: int
) -> None:
    members = await mesh(make_member, 2, NEVER_SILENT)
    steady = members[1 - restarted]
    again = make_member(restarted + 1)  # the same id, while the old link looks open to the other
    await again.start()
    await until(lambda: steady.lost, "the old link is dropped")
    await connected(steady, again)
    assert steady.lost == [(again.node_id, "restarted")]
    await talk(steady, again)
    assert members[restarted].transport.introducer_state == "refused", "the newer one replaced it"


async def test_when_both_have_restarted_they_find_each_other_again(
    make_member: MakeMember,
) -> None:
    before = await mesh(make_member, 2)
    for member in before:
        await member.transport.stop()
    after = await mesh(make_member, 2)
    await talk(*after)


async def test_sockets_that_die_are_noticed_and_the_link_is_made_anew(
    make_member: MakeMember,
) -> None:
    """As after a partition of half a minute, when aiortc gives a connection up for good."""
    one, two = await mesh(make_member, 2, IMPATIENT)
    offer = one.peering(two).offer
    ice = one.connection(two)._association.transport.transport._connection
    for protocol in ice._protocols:
        protocol.transport.abort()
    await until(lambda: one.lost and two.lost, "both lose the link")
    await connected(one, two)
    await talk(one, two)
    assert one.peering(two).offer != offer


async def test_consent_that_expires_ends_the_link_which_is_made_anew(
    make_member: MakeMember,
) -> None:
    one, two = await mesh(make_member, 2, NEVER_SILENT)
    ice = one.connection(two)._association.transport.transport._connection
    await ice.close()  # as aioice does it when nobody answers for half a minute
    await until(lambda: one.lost == [(two.node_id, "closed")], "the link ends")
    await connected(one, two)
    await talk(one, two)


async def test_links_live_on_without_the_introducer_and_newcomers_join_when_it_returns(
    leftovers: Leftovers, key: str
) -> None:
    async with AsyncExitStack() as stack:
        async with introducer.serve() as first:
            port = first.port
            members = [Member(str(number) * 16, first.url, key) for number in (1, 2, 3)]
            one, two, three = members
            for member in one, two:
                stack.push_async_callback(member.transport.stop)
                await member.start()
            await connected(one, two)
        for member in one, two:
            await member.stands_as("lost")
            assert "trying again" in (member.transport.problem or "")
        await talk(one, two)
        await stack.enter_async_context(introducer.serve(port=port))
        stack.push_async_callback(three.transport.stop)
        await three.start()
        await connected(one, two, three)
        await talk(one, two, three)
        for member in one, two, three:
            assert member.transport.introducer_state == "joined"
            assert member.lost == []
        for member in one, two, three:  # before the introducer, so that they need not wait for it
            await member.transport.stop()


async def test_an_introducer_that_is_not_there_is_tried_again(
    leftovers: Leftovers, key: str
) -> None:
    async with introducer.serve() as first:
        port, url = first.port, first.url
    member = Member("1" * 16, url, key)
    await member.start()
    try:
        await member.stands_as("lost")
        async with introducer.serve(port=port):
            await member.stands_as("joined")
            await member.transport.stop()
    finally:
        await member.transport.stop()


async def test_an_offer_that_nobody_can_read_is_an_attempt_that_failed(
    make_member: MakeMember,
) -> None:
    one, two = await mesh(make_member, 2)
    one.connection(two).close()  # so that the offer is meant
    one.signal(two, Offer("made-1", "v=0 is not all that it takes"))
    await until(lambda: two.lost, "the link ends")
    await until(
        lambda: any(
            isinstance(event, AttemptFailed)
            and "no description of one data channel" in event.detail
            for event in two.events
        ),
        "the attempt fails with a sentence",
    )
    await connected(one, two)
    await talk(one, two)


async def test_a_machine_without_a_network_is_told_so(
    make_member: MakeMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: [])
    one, two = make_member(1), make_member(2)
    await one.start()
    await two.start()
    await until(
        lambda: any(
            isinstance(event, AttemptFailed) and "no network address" in event.detail
            for event in one.events
        ),
        "the attempt fails with a sentence",
    )
