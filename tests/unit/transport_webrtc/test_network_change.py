"""Another network, or a long sleep: the way to the introducer is made anew, at once."""

from tests.unit.transport_webrtc.test_mesh import losses, make_members, talk
from tests.unit.transport_webrtc.world import FakeMember, World, connected_in_one_way
from transport_webrtc.events import IntroducerState

ONE, TWO = "1" * 16, "2" * 16


def silence(member: FakeMember) -> None:
    """Its socket is dead, and neither end of it hears so."""
    assert member._socket is not None
    member._socket.open = False


def test_who_waited_for_the_introducer_asks_again_when_the_network_is_back() -> None:
    world = World()
    one = FakeMember(world, ONE).start()
    world.introducer_is_up = False
    world.clock.run_until(300)
    world.introducer_is_up = True
    assert one.mesh.client.deadline is not None
    assert one.mesh.client.deadline - world.clock.now > 0.1
    one.mesh.network_changed()
    assert one.mesh.client.deadline - world.clock.now > 5, "it has not begun at once"
    world.clock.wait_for(lambda: one.mesh.client.state is IntroducerState.JOINED, within=0.1)


def test_a_socket_that_may_be_dead_is_replaced_and_links_are_left_in_peace() -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    silence(one)
    one.mesh.network_changed()
    world.clock.run_until(world.clock.now + 1)
    assert world.room[ONE] is one._socket
    assert losses(one) == losses(two) == []
    talk(world, one, two)


def test_members_that_have_lost_each_other_meet_at_once_over_the_new_network() -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    world.connection_failures = 1.0
    one.mesh.drop(TWO)
    world.clock.run_until(world.clock.now + 200)
    world.connection_failures = 0.0
    silence(one)
    one.mesh.network_changed()
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=20)


def test_who_slept_for_long_does_not_trust_its_socket() -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    one.freeze()
    silence(one)
    world.clock.run_until(world.clock.now + 60)
    one.thaw()
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=30)
    assert world.room[ONE] is one._socket
    assert world.room[ONE].open


def test_who_had_nothing_to_do_for_long_was_not_asleep() -> None:
    world = World()
    one = FakeMember(world, ONE).start()
    world.clock.run_until(600)
    socket = one._socket
    two = FakeMember(world, TWO).start()
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=5)
    assert one._socket is socket


def test_who_was_told_to_stay_away_does() -> None:
    world = World()
    one = FakeMember(world, ONE).start()
    world.clock.run_until(1)
    two = FakeMember(world, ONE).start()
    world.clock.run_until(2)
    assert one.mesh.client.state is IntroducerState.REFUSED
    one.mesh.network_changed()
    world.clock.run_until(30)
    assert one.mesh.client.state is IntroducerState.REFUSED
    assert two.mesh.client.state is IntroducerState.JOINED


def test_who_has_left_does_not_come_back() -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    one.mesh.stop()
    one.mesh.network_changed()
    world.clock.run_until(world.clock.now + 30)
    assert set(world.room) == {TWO}
    assert two.peers == frozenset()
