"""Members in native processes find each other and talk; all of them in this process here."""

import asyncio
import itertools

import pytest

from tests.headless.conftest import Leftovers, MakeMember, mesh
from tests.headless.member import connected, digest, payload_of, talk, until
from transport_webrtc import MeshSettings
from transport_webrtc.bodies import Answer, Candidate
from transport_webrtc.link import LinkSettings
from transport_webrtc.native_sctp import FLIGHT_LIMIT

SIZES = [0, 1, 100, 65_534, 65_535, 65_536, 200_000, 262_144, 7, 1_000_000, 0, 3]
PATIENT = MeshSettings(link=LinkSettings(patience=3600))
"""On a busy machine a large message may take longer than the usual patience of a small one."""


async def test_three_become_a_mesh(make_member: MakeMember) -> None:
    members = await mesh(make_member, 3)
    await talk(*members)
    for member in members:
        await member.knows_round_trips()
        assert member.transport.stats().keys() == member.peers
        assert member.lost == []
        assert member.transport.introducer_state == "joined"
        assert member.transport.problem is None


@pytest.mark.parametrize("sender, receiver", [(0, 1), (1, 0)], ids=["offerer", "answerer"])
async def test_messages_of_all_sizes_arrive_whole_and_in_order(
    make_member: MakeMember, sender: int, receiver: int
) -> None:
    members = await mesh(make_member, 2, PATIENT)
    source, target = members[sender], members[receiver]
    await source.send_all(target, SIZES)
    got = target.received[source.node_id]
    await until(lambda: len(got) == len(SIZES), "everything arrives")
    assert got == [digest(payload_of(size)) for size in SIZES]


async def test_a_flood_is_held_back_and_arrives(make_member: MakeMember) -> None:
    one, two = await mesh(make_member, 2, PATIENT)
    sizes = [16_384, 100, 70_000, 1000] * 50
    association = one.connection(two)._association
    most = in_flight = 0

    async def watch() -> None:
        nonlocal most, in_flight
        while True:
            most = max(most, one.transport.stats()[two.node_id].buffered)
            in_flight = max(in_flight, association._flight_size)
            await asyncio.sleep(0)

    watcher = asyncio.create_task(watch())
    try:
        waited = await one.send_all(two, sizes)
        got = two.received[one.node_id]
        await until(lambda: len(got) == len(sizes), "everything arrives")
    finally:
        watcher.cancel()
    assert [size for size, _ in got] == sizes
    assert waited > 0
    assert LinkSettings().send_limit < most <= LinkSettings().send_limit + max(sizes)
    assert 0 < in_flight <= FLIGHT_LIMIT + 16_384, "a burst may go a little over it"
    await until(
        lambda: one.transport.stats()[two.node_id].buffered == 0, "all of it is acknowledged"
    )


async def test_what_waits_is_not_lost_when_nothing_can_be_sent(make_member: MakeMember) -> None:
    """The network takes nothing for a while; what was sent counts as buffered, and arrives."""
    one, two = await mesh(make_member, 2, PATIENT)
    heal = one.filter_packets(two, lambda _packet: False)
    sizes = [1000] * 50
    await one.send_all(two, sizes)
    await asyncio.sleep(0.05)
    assert one.transport.stats()[two.node_id].buffered >= sum(sizes)
    assert two.received[one.node_id] == []
    heal()
    await until(lambda: len(two.received[one.node_id]) == len(sizes), "everything arrives")
    await until(
        lambda: one.transport.stats()[two.node_id].buffered == 0, "all of it is acknowledged"
    )


async def test_half_of_all_packets_lost_delays_and_loses_nothing(make_member: MakeMember) -> None:
    one, two = await mesh(make_member, 2, PATIENT)
    turns = itertools.cycle((True, False))
    heal = one.filter_packets(two, lambda _packet: next(turns))
    sizes = [1000, 10, 3000] * 10
    await one.send_all(two, sizes)
    await until(lambda: len(two.received[one.node_id]) == len(sizes), "everything arrives")
    heal()
    assert two.received[one.node_id] == [digest(payload_of(size)) for size in sizes]


async def test_small_messages_overtake_a_large_one_that_takes_long(make_member: MakeMember) -> None:
    one, two = await mesh(make_member, 2, MeshSettings(link=LinkSettings(patience=0)))
    assert one.transport.send(two.node_id, payload_of(3_000_000))
    assert not one.transport.send(two.node_id, b"refused: too much waits")
    await one.send_all(two, [5])
    await until(lambda: len(two.received[one.node_id]) == 2, "both arrive")
    assert [size for size, _ in two.received[one.node_id]] == [5, 3_000_000]


async def test_an_answer_given_inside_deliver_travels_with_the_acknowledgement(
    make_member: MakeMember,
) -> None:
    one, two = await mesh(make_member, 2)
    two.on_message = two.transport.send
    packets: list[bytes] = []

    def note(packet: bytes) -> bool:
        packets.append(packet)
        return True

    await until(lambda: not one.transport.stats()[two.node_id].buffered, "it is quiet")
    two.filter_packets(one, note)
    assert one.transport.send(two.node_id, b"question")
    await until(lambda: one.received[two.node_id], "the answer arrives")
    (with_answer,) = [packet for packet in packets if b"question" in packet]
    assert with_answer[12] == 3, "the packet begins with the acknowledgement (a SACK chunk)"


@pytest.mark.parametrize(
    "frame",
    [b"\xff" * 1000, b"\x02not a chunk", b"\x03{}", bytes(262_144)],
    ids=["unknown", "chunk", "hello", "zeros"],
)
async def test_malformed_frames_end_a_link_which_is_made_anew(
    make_member: MakeMember, frame: bytes
) -> None:
    one, two = await mesh(make_member, 2)
    offer = two.peering(one).offer
    assert one.connection(two).transmit(frame)
    await until(lambda: two.lost, "the link ends")
    assert two.lost == [(one.node_id, "fault")]
    await until(lambda: two.peers and one.peers and two.peering(one).offer != offer, "a new link")
    await talk(one, two)


@pytest.mark.parametrize("message", ["a text", "", b""])
async def test_a_text_or_nothing_is_no_frame(make_member: MakeMember, message: str | bytes) -> None:
    one, two = await mesh(make_member, 2)
    one.connection(two)._channel.send(message)
    await until(lambda: two.lost == [(one.node_id, "fault")], "the link ends")
    await connected(one, two)


async def test_malformed_signals_are_reported_and_nothing_else(make_member: MakeMember) -> None:
    one, two = await mesh(make_member, 2)
    offer = two.peering(one).offer
    mesh_of_one = one.transport._mesh
    assert mesh_of_one is not None
    for body in {}, {"kind": "offer", "offer": 7}, {"kind": "wanted"}:
        mesh_of_one._carry_out_signalling(mesh_of_one._client.signal(two.node_id, body))
    one.signal(two, Answer("x-1", "v=0 is not all that it takes"))
    one.signal(two, Candidate(offer, "?"))

    def kinds() -> list[str]:
        return [type(event).__name__ for event in two.events]

    await until(lambda: kinds().count("SignalIgnored") == 2, "two of them are reported")
    await until(lambda: kinds().count("NotAuthenticated") == 1, "one is not signed")
    await talk(one, two)
    assert one.lost == two.lost == []
    assert two.peering(one).offer == offer


async def test_a_payload_too_large_is_the_callers_fault(make_member: MakeMember) -> None:
    one, two = await mesh(make_member, 2)
    with pytest.raises(ValueError, match=r"4194305 bytes; a message has at most 4194304\."):
        one.transport.send(two.node_id, bytes(one.transport.max_payload + 1))
    assert not one.transport.send("f" * 16, b"to a stranger")


async def test_a_stopped_transport_gives_everything_back(
    make_member: MakeMember, leftovers: Leftovers
) -> None:
    one, two, three = await mesh(make_member, 3)
    calls = one.calls
    await one.transport.stop()
    await one.transport.stop()
    await connected(two, three)
    assert two.lost == three.lost == [(one.node_id, "bye")]
    await talk(two, three)
    assert not one.transport.send(two.node_id, b"too late")
    assert one.calls == calls, "no callback after stop"
    await two.transport.stop()
    await three.transport.stop()
