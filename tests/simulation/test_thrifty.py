"""A thrifty leader costs no availability: measured in virtual time, beside a plain one."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from statistics import median

import msgspec
import pytest

from raft_core.raft import Raft
from raft_core.testing import PROFILES, simulate
from raft_core.testing.campaign import counts_of
from raft_core.testing.profiles import Profile
from raft_core.testing.world import SimulatedWorld
from raft_core.types import NodeId

THRIFTY = PROFILES["thrifty"]
QUIET = Profile(
    name="quiet",
    narrow=0.0,
    established=1.0,
    delay=0.0005,
    write_delay=0.0005,
    asynchronous=1.0,
    timer_late=0.0001,
    busy=0.0,
)
"""Nothing goes wrong by itself. A message takes half a millisecond, and so does a write."""
DELAY = QUIET.config.thrifty_delay
WRITES = 30

Trouble = Callable[[SimulatedWorld, NodeId, NodeId], None]
"""Comes over a leader and the follower that it waits for."""


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Members say when they stop; here that is the plan."""
    caplog.set_level(logging.CRITICAL, logger="raft_core")


def crashed(world: SimulatedWorld, _leader: NodeId, victim: NodeId) -> None:
    world.crash(victim)


def frozen(world: SimulatedWorld, _leader: NodeId, victim: NodeId) -> None:
    world.pause(victim, 100.0)


def unheard(world: SimulatedWorld, leader: NodeId, victim: NodeId) -> None:
    world.network.block([(victim, leader)])


def deaf(world: SimulatedWorld, leader: NodeId, victim: NodeId) -> None:
    world.network.block([(leader, victim)])


def apart(world: SimulatedWorld, leader: NodeId, victim: NodeId) -> None:
    world.network.block([(leader, victim), (victim, leader)])


def slow(world: SimulatedWorld, _leader: NodeId, victim: NodeId) -> None:
    world.members[victim].storage.delay = lambda: 0.25


def leader_slow(world: SimulatedWorld, leader: NodeId, _victim: NodeId) -> None:
    world.members[leader].storage.delay = lambda: 0.025


def nothing(_world: SimulatedWorld, _leader: NodeId, _victim: NodeId) -> None:
    pass


def latencies(seed: int, trouble: Trouble, *, thrifty: bool) -> Iterator[float]:
    """How long each of a leader's writes takes, one after the other, once there is trouble."""
    world = SimulatedWorld(seed, msgspec.structs.replace(QUIET, thrifty=float(thrifty)))
    while not _complete(world):
        world.schedule.run_next()
    (leader,) = world.leaders
    for _ in range(WRITES):
        _write(world, leader)
    raft = _raft(world, leader)
    assert (raft.thrift is not None) is thrifty
    few = raft.configuration.all_voters if raft.thrift is None else raft.thrift.few
    assert few is not None
    trouble(world, leader, min(few - {leader}))
    for _ in range(WRITES):
        yield _write(world, leader)
    assert world.leaders == [leader]


def _raft(world: SimulatedWorld, member: NodeId) -> Raft:
    raft = world.members[member].raft
    assert raft is not None
    return raft


def _complete(world: SimulatedWorld) -> bool:
    """All are there, and have all."""
    if len(world.leaders) != 1:
        return False
    raft = _raft(world, world.leaders[0])
    last = raft.log.last_index
    return len(raft.connected) == len(raft.progress) > 1 and all(
        progress.match_index == last for progress in raft.progress.values()
    )


def _write(world: SimulatedWorld, leader: NodeId) -> float:
    begin = world.now
    world.callers.write(leader)
    while world.callers.open:
        world.schedule.run_next()
        assert world.now < begin + 1.0
    return world.now - begin


@pytest.mark.parametrize(
    "trouble",
    [nothing, crashed, frozen, unheard, deaf, apart, slow, leader_slow],
    ids=lambda trouble: trouble.__name__,
)
def test_no_write_is_later_by_more_than_the_delay_and_soon_none_is_late(trouble: Trouble) -> None:
    plain, thrifty = (
        [list(latencies(seed, trouble, thrifty=switch)) for seed in range(10)]
        for switch in (False, True)
    )
    assert max(map(max, thrifty)) < max(map(max, plain)) + DELAY
    assert max(map(_worst, thrifty)) < max(map(_worst, plain)) + 4 * DELAY
    assert median(map(median, thrifty)) < median(map(median, plain)) + DELAY / 5


def _worst(times: Sequence[float]) -> float:
    """Those together that a user would notice first."""
    return sum(sorted(times)[-5:])


@pytest.mark.parametrize("first", range(0, 100, 25))
def test_in_trouble_everything_leaves_in_time(first: int) -> None:
    counts: Counter[str] = Counter()
    for seed in range(first, first + 25):
        counts.update(counts_of(simulate(seed, profile=THRIFTY)))
    for happening in ("freeze", "partition", "slow storage", "change: done", "full", "crash"):
        assert counts[happening], f"not one {happening}"
