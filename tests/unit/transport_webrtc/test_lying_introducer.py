"""An introducer that lies can keep members apart, and no more.

Members in the simulated world, whose introducer changes, makes up, keeps and repeats what it likes.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.unit.transport_webrtc.test_mesh import ONE, THREE, TWO, losses, make_members, talk
from tests.unit.transport_webrtc.world import FakeMember, Socket, World, connected_in_one_way
from transport_webrtc.events import NotAuthenticated, PeerConnected

Signal = tuple[str, str, dict[str, Any]]
"""Sender, receiver and body."""


class Liar(World):
    """Relays what `lie` makes of each signal, and keeps all it has heard."""

    def __init__(self, lie: Callable[[Signal], list[Signal]] = lambda signal: [signal]) -> None:
        super().__init__()
        self.lie = lie
        self.heard: list[Signal] = []

    def relay(self, sender: str, to: str, body: object) -> None:
        assert isinstance(body, dict)
        self.heard.append((sender, to, body))
        for lie in self.lie((sender, to, body)):
            super().relay(*lie)

    def say(self, *signals: Signal) -> None:
        """Sends these and lets them arrive."""
        for signal in signals:
            super().relay(*signal)
        self.clock.run_until(self.clock.now + 1)


def swapped(kind: str) -> Callable[[Signal], list[Signal]]:
    """Puts the fingerprint of the introducer's own connection into one kind of bodies."""

    def lie(signal: Signal) -> list[Signal]:
        sender, to, body = signal
        if body["kind"] == kind:
            body = {**body, "sdp": "connection of the introducer's own"}
        return [(sender, to, body)]

    return lie


def unsigned(signal: Signal) -> list[Signal]:
    sender, to, body = signal
    return [(sender, to, {name: value for name, value in body.items() if name != "mac"})]


def reflected(signal: Signal) -> list[Signal]:
    sender, to, body = signal
    return [(to, sender, body)]


def misdirected(signal: Signal) -> list[Signal]:
    sender, to, body = signal
    (third,) = {ONE, TWO, THREE} - {sender, to}
    return [(sender, third, body), (third, to, body)]


@pytest.mark.parametrize(
    "lie,who_hears",
    [
        (swapped("offer"), {TWO}),
        (swapped("answer"), {ONE}),
        (unsigned, {TWO}),
        (reflected, {ONE, TWO}),
        (misdirected, {TWO, THREE}),
    ],
    ids=["swapped offer", "swapped answer", "unsigned", "reflected", "misdirected"],
)
def test_lies_connect_nobody_and_are_told(
    lie: Callable[[Signal], list[Signal]], who_hears: set[str]
) -> None:
    world = Liar(lie)
    members = [FakeMember(world, name).start() for name in (ONE, TWO, THREE)]
    world.clock.run_until(100)
    believed = {
        member.member: [event.peer for event in member.events if isinstance(event, PeerConnected)]
        for member in members
    }
    assert believed == {ONE: [], TWO: [], THREE: []}
    told = {
        member.member
        for member in members
        if any(isinstance(event, NotAuthenticated) for event in member.events)
    }
    assert told >= who_hears
    # Once it tells the truth they meet: nothing is broken for good.
    world.lie = lambda signal: [signal]
    world.clock.wait_for(lambda: connected_in_one_way(members), within=60)


def test_a_lie_that_goes_on_is_told_once_a_minute() -> None:
    world = Liar(unsigned)
    one, _ = (FakeMember(world, name).start() for name in (ONE, TWO))
    world.clock.run_until(600)
    told = [event for event in one.events if isinstance(event, NotAuthenticated)]
    assert 5 <= len(told) <= 10
    assert set(told) == {NotAuthenticated(TWO)}


def test_what_is_made_up_disturbs_no_link_and_makes_nobody_known() -> None:
    world = Liar()
    one, two = make_members(world, ONE, TWO)
    offer = one.mesh._peerings[TWO].offer
    bodies: list[dict[str, Any]] = [
        {"kind": "wanted"},
        {"kind": "gone", "offer": offer, "mac": "0" * 64},
        {"kind": "offer", "offer": "y-1", "sdp": "v=0", "mac": "0" * 64},
        {"kind": "answer", "offer": offer, "sdp": "v=0"},
        {"kind": "candidate", "offer": offer, "candidate": "here"},
    ]
    for body in bodies:
        world.say((ONE, TWO, body), (TWO, ONE, body), (THREE, ONE, body), (ONE, ONE, body))
    assert losses(one) == losses(two) == []
    assert one.mesh._peerings[TWO].offer == two.mesh._peerings[ONE].offer == offer
    assert one.mesh.stats().keys() == {TWO}
    assert {event for event in one.events if isinstance(event, NotAuthenticated)} == {
        NotAuthenticated(name) for name in (ONE, TWO, THREE)
    }
    talk(world, one, two)


def test_what_was_said_in_another_session_is_not_believed_in_this_one() -> None:
    other = Liar()
    make_members(other, ONE, TWO)
    world = Liar()
    one, two = (FakeMember(world, name, key="f" * 32).start() for name in (ONE, TWO))
    world.lie = lambda _signal: []
    world.clock.run_until(1)
    world.say(*other.heard)
    assert not any(isinstance(event, PeerConnected) for event in [*one.events, *two.events])
    assert NotAuthenticated(ONE) in two.events
    assert two.mesh.stats()[ONE].state == "waiting"


@pytest.mark.parametrize("restarted", [ONE, TWO])
def test_old_signals_end_no_link(restarted: str) -> None:
    """Of former lives of both, of this one, in any order, and however often."""
    world = Liar()
    members = {member.member: member for member in make_members(world, ONE, TWO)}
    for victim in ONE, TWO, ONE, restarted:
        members[victim].kill()
        members[victim] = FakeMember(world, victim).start()
        world.clock.wait_for(lambda: connected_in_one_way([*members.values()]), within=30)
    one, two = members[ONE], members[TWO]
    world.lie = lambda signal: [signal, signal]
    before = losses(one), losses(two)
    connection = one.mesh._peerings[TWO].connection
    rng = Random(restarted)
    for _ in range(20):
        old = list(world.heard)
        rng.shuffle(old)
        world.say(*old[:200])
    world.clock.run_until(world.clock.now + 100)
    assert (losses(one), losses(two)) == before
    assert one.mesh._peerings[TWO].connection is connection
    talk(world, one, two)
    talk(world, two, one)


def test_old_signals_cost_an_attempt_at_the_most() -> None:
    world = Liar()
    one, two = make_members(world, ONE, TWO)
    two.kill()
    two = FakeMember(world, TWO).start()
    world.say(*world.heard)
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=30)
    talk(world, one, two)


def test_a_word_of_the_introducer_ends_no_link() -> None:
    world = Liar()
    one, two = make_members(world, ONE, TWO)
    for reason in "left", "lost", "replaced":
        world.room[ONE].tell({"type": "left", "member": TWO, "reason": reason})
        world.room[ONE].tell({"type": "joined", "member": TWO})
    world.clock.run_until(world.clock.now + 60)
    assert losses(one) == losses(two) == []
    talk(world, one, two)


def test_the_introducer_is_not_told_the_key() -> None:
    world = Liar()
    key = "0123456789abcdef" * 2
    frames: list[str] = []
    hear = world.hear

    def listen(socket: Socket, text: str) -> None:
        frames.append(text)
        hear(socket, text)

    world.hear = listen  # type: ignore[method-assign]
    one, two = (FakeMember(world, name, key=key).start() for name in (ONE, TWO))
    world.clock.wait_for(lambda: connected_in_one_way([one, two]), within=5)
    assert len(frames) > 4
    assert not any(key in text for text in frames)


def test_a_malformed_key_makes_no_mesh() -> None:
    with pytest.raises(ValueError, match="32 lower-case hexadecimal characters"):
        FakeMember(World(), ONE, key="secret")
