"""Members that negotiate through a bad introducer, crash and return: they always end up connected.

The world loses, repeats, delays and reorders signals, lets attempts fail, cuts links one way, and
kills members and the introducer. Whatever happened before: once it behaves, any two members hold
the same one offer and talk.
"""

import itertools
from random import Random

import pytest

from tests.unit.transport_webrtc.world import FakeMember, World, connected_in_one_way

SEEDS = 150
QUIET = 30.0
"""Virtual seconds within which they must agree: an attempt that leads nowhere, and some delays."""


def misbehave(world: World, members: list[FakeMember], rng: Random) -> None:
    """One thing goes wrong, or right."""
    index = rng.randrange(len(members))
    member = members[index]
    match rng.randrange(7):
        case 0:
            world.signal_loss = rng.choice([0.0, 0.3, 0.9])
        case 1:
            world.signal_delay = rng.choice([(0.001, 0.002), (0.001, 5.0)])
        case 2:
            world.connection_failures = rng.choice([0.0, 0.5, 1.0])
        case 3:
            if world.introducer_is_up:
                world.kill_introducer()
            else:
                world.introducer_is_up = True
        case 4:
            member.lose_socket()
            world.clock.after(0.001, lambda: None)
        case 5:
            if rng.random() < 0.5:
                member.kill()
            else:
                member.mesh.stop()
                member.dead = True
            members[index] = FakeMember(world, member.member).start()
        case 6:
            ways = rng.sample(list(itertools.permutations("123", 2)), rng.randrange(4))
            world.loses = lambda sender, receiver, _: (sender[0], receiver[0]) in ways


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_everybody_ends_up_with_one_agreed_offer(seed: int, size: int) -> None:
    world = World(seed)
    rng = Random(f"faults {seed}")
    world.signal_duplicates = 0.3
    members = [FakeMember(world, str(number) * 16).start() for number in range(1, size + 1)]
    for _ in range(12):
        world.clock.run_until(world.clock.now + rng.choice([0.01, 0.5, 3.0, 20.0]))
        misbehave(world, members, rng)
    world.introducer_is_up = True
    world.signal_loss = world.signal_duplicates = world.connection_failures = 0.0
    world.signal_delay = (0.001, 0.002)
    world.loses = lambda sender, receiver, frame: False
    world.clock.wait_for(lambda: connected_in_one_way(members), within=QUIET)
    # And they stay: late signals, old timers and forgotten sockets undo nothing for good.
    world.clock.run_until(world.clock.now + QUIET)
    assert connected_in_one_way(members)
    for sender, receiver in itertools.permutations(members, 2):
        assert sender.mesh.send(receiver.member, b"at last")
    world.clock.run_until(world.clock.now + 1)
    for sender, receiver in itertools.permutations(members, 2):
        assert receiver.received[sender.member][-1] == b"at last"


def test_the_same_seed_gives_the_same_history() -> None:
    def history() -> list[str]:
        world = World(7)
        world.signal_loss = 0.5
        members = [FakeMember(world, name * 16).start() for name in "123"]
        world.clock.run_until(100)
        return [repr(event) for member in members for event in member.events]

    assert history() == history()
