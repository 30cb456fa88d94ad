"""Members whose links are cut, one way or both, above a connection that goes on: when all is whole
again they are connected again, at once.
"""

import itertools
from collections.abc import Iterator

import pytest

from tests.unit.transport_webrtc.test_mesh import losses, make_members, talk
from tests.unit.transport_webrtc.world import FakeMember, World, connected_in_one_way
from transport_webrtc.events import AttemptFailed, LossReason, PeerConnected
from transport_webrtc.framing import READY
from transport_webrtc.link import LinkSettings
from transport_webrtc.negotiation import NegotiationSettings

ONE, TWO = "1" * 16, "2" * 16
ROUND = LinkSettings().ping_interval
DEAD_AFTER = LinkSettings().dead_after
SETTINGS = NegotiationSettings()
WAYS = {
    "one to two": {(ONE, TWO)},
    "two to one": {(TWO, ONE)},
    "both ways": {(ONE, TWO), (TWO, ONE)},
}


def cut(world: World, ways: set[tuple[str, str]]) -> None:
    world.loses = lambda sender, receiver, frame: (sender, receiver) in ways


def mend(world: World) -> None:
    cut(world, set())


def rounds(count: int) -> float:
    """So many rounds, and what little time frames are under way."""
    return count * ROUND + 0.1


@pytest.mark.parametrize("number", range(1, 5))
@pytest.mark.parametrize("way", [(ONE, TWO), (TWO, ONE)], ids=str)
def test_a_new_link_survives_the_loss_of_any_early_frame(way: tuple[str, str], number: int) -> None:
    world = World()
    countdown: Iterator[int] = itertools.count(1)
    world.loses = lambda sender, receiver, frame: (
        (sender, receiver) == way and next(countdown) == number
    )
    one, two = FakeMember(world, ONE).start(), FakeMember(world, TWO).start()
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=0.1 + rounds(1))
    world.clock.run_until(60)
    for member in one, two:
        assert losses(member) == []
        assert not any(isinstance(event, AttemptFailed) for event in member.events)
    talk(world, one, two)
    talk(world, two, one)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("seconds", [5.0, 6.5, 7.5, 9.0, 12.0, 18.0])
def test_after_a_cut_both_speak_within_rounds(
    seconds: float, ways: set[tuple[str, str]], seed: int
) -> None:
    world = World(seed)
    one, two = make_members(world, ONE, TWO)
    world.clock.run_until(20 + world.rng.random())
    cut(world, ways)
    world.clock.run_until(world.clock.now + seconds)
    mend(world)
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=rounds(2))
    before = len(one.events), len(two.events)
    talk(world, one, two)
    talk(world, two, one)
    world.clock.run_until(world.clock.now + 60)
    assert (len(one.events), len(two.events)) == before, "it is steady"


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_a_cut_right_after_another_costs_no_more(ways: set[tuple[str, str]]) -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    for pause, seconds in [(20.0, 8.0), (0.2, 9.0), (1.0, 9.0), (3.0, 7.0)]:
        world.clock.run_until(world.clock.now + pause)
        cut(world, ways)
        world.clock.run_until(world.clock.now + seconds)
        mend(world)
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=rounds(2))


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_after_a_long_cut_no_more_is_waited_for_than_the_longest_delay(
    ways: set[tuple[str, str]],
) -> None:
    world = World()
    one, two = make_members(world, ONE, TWO)
    cut(world, ways)
    world.clock.run_until(world.clock.now + 300)
    mend(world)
    longest = SETTINGS.max_delay + rounds(2)
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=longest)


@pytest.mark.parametrize("speaker,deaf", [(ONE, TWO), (TWO, ONE)])
def test_half_a_link_lasts_no_longer_than_silence(speaker: str, deaf: str) -> None:
    """The ready of the one is lost, and all that it says from then on."""
    world = World()
    members = {name: FakeMember(world, name) for name in (ONE, TWO)}

    def begins_with_ready(sender: str, receiver: str, frame: bytes) -> bool:
        if sender == speaker and frame[0] == READY:
            cut(world, {(speaker, deaf)})
        return sender == speaker and frame[0] == READY

    world.loses = begins_with_ready
    for member in members.values():
        member.start()
    world.clock.wait_for(lambda: members[speaker].peers == {deaf}, within=1)
    assert PeerConnected(speaker) not in members[deaf].events
    world.clock.wait_for(lambda: losses(members[speaker]) != [], within=DEAD_AFTER + rounds(2))
    assert losses(members[speaker]) == [(deaf, LossReason.BYE)]
    assert members[deaf].events[-1] == AttemptFailed(
        speaker, LossReason.SILENT, "nothing heard for 6 seconds and more"
    )
    mend(world)
    world.clock.wait_for(lambda: connected_in_one_way([*members.values()]), within=rounds(2))
