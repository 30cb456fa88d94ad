"""A fault is seen in what members do: that it was counted says only that it was meant."""

from random import Random
from statistics import mean

import pytest
from msgspec.structs import replace

from raft_core.raft import Raft
from raft_core.testing.member import SimulatedMember
from raft_core.testing.profiles import SLOW_CLOCK, Profile
from raft_core.testing.world import SimulatedWorld
from tests.unit.raft_core.testing.test_faults import QUIET, running


def run(world: SimulatedWorld, seconds: float) -> None:
    end = world.now + seconds
    while world.now < end:
        world.schedule.run_next()


def leader_of(world: SimulatedWorld) -> tuple[str, Raft]:
    (name,) = world.leaders
    raft = world.members[name].raft
    assert raft is not None
    return name, raft


def test_a_frozen_member_takes_no_step_until_it_thaws() -> None:
    world = running()
    name, raft = leader_of(world)
    world.pause(name, 1.0)
    before = raft.now
    run(world, 0.9)
    assert raft.now == before
    run(world, 0.5)
    assert raft.now > before


def test_a_busy_member_lets_its_inputs_gather() -> None:
    def is_ever_frozen(busy: float) -> bool:
        world = SimulatedWorld(1, replace(QUIET, busy=busy))
        found = False
        while world.now < 2.0:
            world.schedule.run_next()
            found = found or any(member.frozen for member in world.members.values())
        return found

    assert is_ever_frozen(1.0)
    assert not is_ever_frozen(0.0)


def test_a_slow_clock_is_slow_until_it_is_mended() -> None:
    world = running()
    _, raft = leader_of(world)
    world._faults._slow_down(raft, Random(1))
    assert raft.config == replace(world.config, **SLOW_CLOCK)
    run(world, 10.0)
    assert raft.config == world.config


def test_a_slow_storage_is_slower_by_far() -> None:
    world = running(replace(QUIET, asynchronous=1.0))
    delay = world.members["a"].storage.delay
    assert delay is not None
    quick = mean(delay() for _ in range(200))
    world._faults.slow_storages.add("a")
    assert mean(delay() for _ in range(200)) > 20 * quick


def test_a_throttled_timer_waits_for_the_next_whole_second() -> None:
    world = running(replace(QUIET, timer_throttled=1.0))
    wakes = [time for time in world._wakes_at.values() if time < float("inf")]
    assert wakes
    assert all(time == int(time) for time in wakes)


@pytest.mark.parametrize("early", [0.0, 1.0])
def test_a_timer_may_come_before_its_time(early: float, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks: list[bool] = []
    tick = SimulatedMember.tick

    def watched(member: SimulatedMember) -> None:
        ticks.append(member._world.clock(member.node_id) < member.deadline < float("inf"))
        tick(member)

    monkeypatch.setattr(SimulatedMember, "tick", watched)
    running(replace(QUIET, timer_early=early))
    assert any(ticks) == bool(early)


@pytest.mark.parametrize("share, left", [(0.0, 2), (1.0, 0)])
def test_a_crash_can_take_all_at_once(share: float, left: int) -> None:
    world = running(replace(QUIET, crash_all=share))
    world._faults._crash(Random(1))
    assert sum(member.raft is not None for member in world.members.values()) == left


def test_some_partitions_go_one_way_only() -> None:
    world = running()
    drawn = [world._faults._some_pairs(Random(seed), ["a", "b", "c"]) for seed in range(1000)]
    between_sides = [
        pairs for pairs in drawn if len(pairs) > 1 and len({one for one, _ in pairs}) == 1
    ]
    both_ways = [pairs for pairs in drawn if all((b, a) in pairs for a, b in pairs)]
    assert len(between_sides) > 50
    assert len(both_ways) > 300


def test_whoever_wants_a_snapshot_gets_one() -> None:
    profile: Profile = replace(QUIET, snapshot_every=0.0)
    world = running(profile)
    name, _ = leader_of(world)
    assert sum(member.storage.checkpoints for member in world.members.values()) == 0
    world.callers.write(name)
    run(world, 1.0)
    world._faults._snapshot(Random(1))
    run(world, 0.1)
    assert sum(member.storage.checkpoints for member in world.members.values()) == 1


def test_where_two_believe_that_they_lead_both_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    world = running()
    asked: list[str] = []
    world.readers.begin()
    monkeypatch.setattr(SimulatedWorld, "leaders", ["a", "b"])
    monkeypatch.setattr(world.readers, "read", asked.append)
    world.readers.acknowledged()
    run(world, 0.001)
    assert asked[:2] == ["a", "b"]
