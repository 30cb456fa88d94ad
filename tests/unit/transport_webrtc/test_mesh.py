"""Mesh: whole members in a simulated world."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.transport_webrtc.world import FakeMember, World, connected_in_one_way
from transport_webrtc.events import (
    AttemptFailed,
    IntroducerChanged,
    IntroducerState,
    LossReason,
    PeerArrived,
    PeerConnected,
    PeerDeparted,
    PeerLost,
    PeerState,
    Refused,
    SignalIgnored,
)
from transport_webrtc.link import LinkSettings
from transport_webrtc.mesh import MeshSettings
from transport_webrtc.signalling import IceServer

ONE, TWO, THREE = "1" * 16, "2" * 16, "3" * 16


def make_members(world: World, *names: str) -> list[FakeMember]:
    members = [FakeMember(world, name).start() for name in names]
    world.clock.wait_for(lambda: connected_in_one_way(members), within=5)
    return members


def losses(member: FakeMember) -> list[tuple[str, LossReason]]:
    return [(event.peer, event.reason) for event in member.events if isinstance(event, PeerLost)]


def talk(world: World, sender: FakeMember, receiver: FakeMember) -> None:
    before = len(receiver.received[sender.member])
    assert sender.mesh.send(receiver.member, b"hello")
    world.clock.wait_for(lambda: len(receiver.received[sender.member]) > before, within=1)


def test_a_link_that_is_dropped_on_request_comes_back_by_itself() -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    assert not one.mesh.drop(THREE)
    assert list(one.mesh.connections()) == [TWO]
    assert one.mesh.drop(TWO)
    assert not one.mesh.drop(TWO)
    assert one.mesh.connections() == {}
    world.clock.wait_for(lambda: losses(two) != [], within=1)
    assert losses(one) == [(TWO, LossReason.CLOSED)]
    assert losses(two) == [(ONE, LossReason.BYE)]
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=5)
    talk(world, one, two)


def test_members_connect_and_talk() -> None:
    world = World()
    one, two, three = make_members(world, ONE, TWO, THREE)
    for sender, receiver in itertools.permutations([one, two, three], 2):
        talk(world, sender, receiver)
    assert one.events == [
        IntroducerChanged(IntroducerState.JOINED, None),
        PeerArrived(TWO),
        PeerArrived(THREE),
        PeerConnected(TWO),
        PeerConnected(THREE),
    ] or one.events[3:] == [PeerConnected(THREE), PeerConnected(TWO)]


def test_nothing_is_sent_to_strangers_or_before_connecting() -> None:
    world = World()
    one = FakeMember(world, ONE).start()
    assert not one.mesh.send(TWO, b"hello")
    assert one.mesh.stats() == {}


def test_stats_follow_a_peer() -> None:
    world = World()
    one, two = FakeMember(world, ONE).start(), FakeMember(world, TWO)
    world.clock.run_until(1)
    two.start()
    seen = set[PeerState]()

    def is_connected() -> bool:
        stats = one.mesh.stats().get(TWO)
        if stats is not None:
            seen.add(stats.state)
        return stats is not None and stats.round_trip is not None

    world.clock.wait_for(is_connected, within=5)
    assert seen == {PeerState.CONNECTING, PeerState.CONNECTED}
    assert two.mesh.stats()[ONE].buffered == 0
    assert 0 < (one.mesh.stats()[TWO].round_trip or 0) < 0.1


def test_who_leaves_is_dropped_at_once() -> None:
    world = World()
    one, two, three = make_members(world, ONE, TWO, THREE)
    two.mesh.stop()
    two.mesh.stop()
    callbacks = len(two.events)
    world.clock.wait_for(lambda: connected_in_one_way([one, three]), within=0.1)
    assert losses(one) == [(TWO, LossReason.BYE)]
    assert not two.mesh.send(ONE, b"hello")
    world.clock.run_until(60)
    assert PeerDeparted(TWO, "left") in one.events
    assert len(two.events) == callbacks
    assert two.peers == {ONE, THREE}, "no callback after stop"
    assert one.mesh.stats().keys() == {THREE}


def test_a_killed_member_is_noticed_by_its_silence_and_comes_back() -> None:
    world = World()
    one, two, three = make_members(world, ONE, TWO, THREE)
    two.kill()
    world.clock.wait_for(lambda: connected_in_one_way([one, three]), within=10)
    assert losses(one) == losses(three) == [(TWO, LossReason.SILENT)]
    again = FakeMember(world, TWO).start()
    world.clock.wait_for(lambda: connected_in_one_way([one, again, three]), within=5)


@pytest.mark.parametrize("victim,survivor", [(ONE, TWO), (TWO, ONE)])
def test_who_restarts_before_its_death_is_noticed_is_believed(victim: str, survivor: str) -> None:
    world = World()
    members = {member.member: member for member in make_members(world, ONE, TWO)}
    members[victim].kill()
    again = FakeMember(world, victim).start()
    steady = members[survivor]
    world.clock.wait_for(lambda: connected_in_one_way([again, steady]), within=3)
    assert losses(steady) == [(victim, LossReason.RESTARTED)]
    talk(world, steady, again)


def test_links_do_not_depend_on_the_introducer() -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    offer = one.mesh._peerings[TWO].offer
    world.kill_introducer()
    world.clock.run_until(300)
    assert one.mesh.client.state is IntroducerState.LOST
    talk(world, one, two)
    world.introducer_is_up = True
    three = FakeMember(world, THREE).start()
    world.clock.wait_for(lambda: connected_in_one_way([one, two, three]), within=30)
    assert one.mesh._peerings[TWO].offer == offer
    assert losses(one) == losses(two) == []


def test_a_member_whose_way_to_the_introducer_breaks_stays_connected() -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    offer = one.mesh._peerings[TWO].offer
    two.lose_socket()
    world.clock.wait_for(lambda: PeerDeparted(TWO, "lost") in one.events, within=1)
    world.clock.wait_for(lambda: one.events.count(PeerArrived(TWO)) == 2, within=30)
    world.clock.run_until(world.clock.now + 60)
    assert one.mesh._peerings[TWO].offer == two.mesh._peerings[ONE].offer == offer
    assert losses(one) == losses(two) == []


def test_a_link_lost_while_the_introducer_is_away_is_made_anew_when_it_returns() -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    world.kill_introducer()
    one.mesh._peerings[TWO].connection.close()
    one.mesh._peerings[TWO].ended("the network changed")
    world.clock.run_until(120)
    assert one.peers == two.peers == set()
    world.introducer_is_up = True
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=40)


@pytest.mark.parametrize("guilty,other", [(ONE, TWO), (TWO, ONE)])
def test_a_broken_frame_ends_one_link_which_is_made_anew(guilty: str, other: str) -> None:
    world = World()
    members = {member.member: member for member in make_members(world, ONE, TWO, THREE)}
    members[guilty].mesh._peerings[other].connection.transmit(b"\xff")
    world.clock.wait_for(lambda: losses(members[other]) != [], within=1)
    assert losses(members[other]) == [(guilty, LossReason.FAULT)]
    world.clock.wait_for(lambda: connected_in_one_way([*members.values()]), within=10)
    assert losses(members[THREE]) == []
    talk(world, members[guilty], members[other])


def test_attempts_go_on_until_the_network_lets_one_through() -> None:
    world = World()
    world.connection_failures = 1.0
    one, two = (FakeMember(world, name).start() for name in (ONE, TWO))
    world.clock.run_until(200)
    failed = [event.reason for event in one.events if isinstance(event, AttemptFailed)]
    assert len(failed) > 3
    assert set(failed) <= {LossReason.TIMEOUT, LossReason.RESTARTED}
    world.connection_failures = 0.0
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=60)


def test_an_attempt_that_failed_says_what_may_be_to_blame() -> None:
    world = World()
    world.connection_failures = 1.0
    relay = IceServer(["stun:relay.example", "turn:relay.example"], "u", "c")
    one = FakeMember(world, ONE).start()
    two = FakeMember(world, TWO, ice_servers=[relay]).start()
    three = FakeMember(world, THREE, ice_servers=[relay])
    three.hindrance = "The relay refuses us."
    three.start()
    world.clock.run_until(20)
    hints = [
        {event.hint for event in member.events if isinstance(event, AttemptFailed)}
        for member in (one, two, three)
    ]
    assert [len(each) for each in hints] == [1, 1, 1]
    assert "No TURN server" in (hints[0].pop() or "")
    assert hints[1:] == [{None}, {"The relay refuses us."}]


def test_an_attempt_that_the_peer_ends_has_no_hint() -> None:
    world = World()
    one, two = FakeMember(world, ONE).start(), FakeMember(world, TWO).start()
    world.connection_failures = 1.0
    world.clock.wait_for(lambda: TWO in one.mesh._peerings, within=5)
    two.mesh.stop()
    world.clock.run_until(world.clock.now + 5)
    failures = [event for event in one.events if isinstance(event, AttemptFailed)]
    assert [(event.reason, event.hint) for event in failures] == [(LossReason.LEFT, None)]


def test_a_browser_that_makes_no_connection_is_reported_and_asked_again() -> None:
    world = World()
    one = FakeMember(world, ONE)
    one.broken_constructor = True
    one.start()
    two = FakeMember(world, TWO).start()
    failure = AttemptFailed(TWO, LossReason.CLOSED, "no connection today")
    world.clock.wait_for(lambda: one.events.count(failure) == 2, within=10)
    one.broken_constructor = False
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=30)


def test_a_refusal_is_reported_with_its_sentence() -> None:
    world = World()
    one = FakeMember(world, ONE).start()
    world.clock.wait_for(lambda: one.mesh.client.state is IntroducerState.JOINED, within=1)
    sentence = "This room is full."
    frame = {"type": "refused", "code": "room_full", "message": sentence, "fatal": True}
    world.room[ONE].tell(frame)
    world.clock.run_until(world.clock.now + 1)
    assert one.events[-2:] == [
        Refused("room_full", sentence, fatal=True),
        IntroducerChanged(IntroducerState.REFUSED, sentence),
    ]
    assert one.mesh.client.problem == sentence
    world.clock.wait_for(lambda: one.mesh.client.state is IntroducerState.JOINED, within=70)
    assert one.mesh.client.problem is None


def test_nonsense_from_the_introducer_is_reported_and_no_more() -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    one.mesh.socket_received("{")
    one.mesh.socket_received(json.dumps({"type": "signal", "sender": TWO, "body": [1]}))
    senders = [event.sender for event in one.events if isinstance(event, SignalIgnored)]
    assert senders == ["introducer", TWO]
    talk(world, one, two)


@given(st.one_of(st.none(), st.integers(), st.text(), st.dictionaries(st.text(), st.text())))
def test_malformed_bodies_are_ignored_with_a_word(body: object) -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    before = len(one.events)
    one.mesh.socket_received(json.dumps({"type": "signal", "sender": TWO, "body": body}))
    (ignored,) = one.events[before:]
    assert isinstance(ignored, SignalIgnored)
    assert ignored.sender in {TWO, "introducer"}
    assert connected_in_one_way([one, two])


def test_the_introducers_ice_servers_are_used_beside_our_own() -> None:
    world = World()
    world.ice_servers = [{"urls": ["turn:its.example"], "username": "u", "credential": "c"}]
    own = IceServer("stun:own.example")
    one = FakeMember(world, ONE, ice_servers=[own]).start()
    two = FakeMember(world, TWO).start()
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=5)
    named = IceServer(["turn:its.example"], "u", "c")
    assert one.used_ice_servers == (own, named)
    assert two.used_ice_servers == (named,)


def test_credentials_that_come_later_are_used_for_connections_from_then_on() -> None:
    world = World()
    own = IceServer("stun:own.example")
    one = FakeMember(world, ONE, ice_servers=[own]).start()
    world.clock.wait_for(lambda: one.mesh.client.state is IntroducerState.JOINED, within=5)
    fresh = {"urls": "turn:its.example", "username": "later", "credential": "c"}
    one.mesh.socket_received(json.dumps({"type": "ice_servers", "ice_servers": [fresh]}))
    two = FakeMember(world, TWO).start()
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=5)
    assert one.used_ice_servers == (own, IceServer("turn:its.example", "later", "c"))


@pytest.mark.parametrize("number", range(1, 16))
def test_any_callback_may_stop_the_mesh_and_is_the_last_one(number: int) -> None:
    world = World()
    one, two = FakeMember(world, ONE), FakeMember(world, TWO).start()
    three = FakeMember(world, THREE).start()
    one.stops_at_callback = number
    one.start()
    world.clock.run_until(5)
    for other in two, three:
        if ONE in other.mesh._peerings:
            other.mesh._peerings[ONE].connection.transmit(b"\xff")
    world.clock.run_until(60)
    assert one.callbacks == number
    assert connected_in_one_way([two, three])
    assert not one.mesh.send(TWO, b"hello")


def test_a_frozen_member_wakes_up_and_declares_nobody_dead() -> None:
    world = World()
    settings = MeshSettings(link=LinkSettings(dead_after=3600))
    one = FakeMember(world, ONE).start()
    two = FakeMember(world, TWO, settings=settings).start()
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=5)
    connection = one.mesh._peerings[TWO].connection
    one.freeze()
    world.clock.run_until(world.clock.now + 100)
    one.thaw()
    world.clock.run_until(world.clock.now + 60)
    assert losses(one) == losses(two) == []
    assert one.mesh._peerings[TWO].connection is connection
    talk(world, one, two)
