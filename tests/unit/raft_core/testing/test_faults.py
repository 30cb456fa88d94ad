"""What each fault does to a member, and what must come of it."""

from random import Random

import msgspec
import pytest

from raft_core.testing import PROFILES
from raft_core.testing.invariants import InvariantViolated
from raft_core.testing.profiles import Profile
from raft_core.testing.storage import SimulatedStorage
from raft_core.testing.world import SimulatedWorld

QUIET = Profile(
    name="quiet", established=1.0, asynchronous=0.0, tear=0.0, timer_early=0.0, busy=0.0
)


def running(profile: Profile = QUIET, until: float = 2.0) -> SimulatedWorld:
    world = SimulatedWorld(1, profile)
    while world.schedule.now < until:
        world.schedule.run_next()
    return world


def storage_of(world: SimulatedWorld, name: str) -> SimulatedStorage:
    return world.members[name].storage


def test_a_member_with_a_flipped_byte_does_not_start_until_it_is_mended() -> None:
    world = running()
    for seed in range(50):
        world.crash("a")
        storage_of(world, "a").damage(Random(seed))
        world.start("a")
        assert world.members["a"].raft is None
        storage_of(world, "a").mend()
        world.start("a")
        assert world.members["a"].runs
    assert world.counts["damage found"] == 50


def test_a_flipped_byte_of_a_checkpoint_is_found_too() -> None:
    world = running()
    world.members["a"].take_snapshot()
    storage = storage_of(world, "a")
    assert storage.checkpoints == 1
    names = set()
    for seed in range(30):
        world.crash("a")
        storage.damage(Random(seed))
        names.add(storage.damage_name)
        world.start("a")
        assert world.members["a"].raft is None
        storage.mend()
        world.start("a")
    assert "the checkpoint" in names
    assert world.members["a"].runs


def test_a_member_that_starts_with_a_flipped_byte_is_a_violation() -> None:
    world = running()
    world.crash("a")
    storage = storage_of(world, "a")
    storage.damage(Random(1))
    assert storage.damaged is not None
    storage.records[storage.damaged[0]] = storage.damaged[1]  # as if nobody had noticed
    with pytest.raises(InvariantViolated, match="starts with a flipped byte"):
        world.start("a")


def test_so_is_one_that_names_another_record() -> None:
    world = running()
    world.crash("a")
    storage = storage_of(world, "a")
    storage.damage(Random(1))
    assert storage.damaged is not None
    storage.damaged = (storage.damaged[0] + 1, storage.damaged[1])
    with pytest.raises(InvariantViolated, match="does not start"):
        world.start("a")


def test_a_storage_that_can_tear_keeps_its_last_record() -> None:
    world = running()
    storage = storage_of(world, "a")
    storage.may_tear = True
    for seed in range(50):
        storage.damage(Random(seed))
        assert storage.damaged is not None
        assert storage.damaged[0] < len(storage.records) - 1
        storage.mend()


def test_damage_comes_one_at_a_time_and_goes_without_a_trace() -> None:
    world = running()
    storage = storage_of(world, "a")
    before = list(storage.records)
    storage.damage(Random(1))
    first = list(storage.records)
    assert sum(one != other for one, other in zip(before, first, strict=True)) == 1
    storage.damage(Random(2))
    assert storage.records == first
    storage.mend()
    storage.mend()
    assert storage.records == before


def test_a_clock_jumps_forward_and_its_timer_with_it() -> None:
    world = running()
    follower = next(name for name in world.members if name not in world.leaders)
    raft = world.members[follower].raft
    assert raft is not None
    before = world.clock(follower)
    world.jump(follower, 5.0)
    assert world.clock(follower) == before + 5.0
    assert world.now == before
    # It thinks that its leader has been silent for long, and asks for votes that nobody gives.
    while raft.now < before + 5.0:
        world.schedule.run_next()
    assert raft.role == "pre_candidate"
    assert world.violation is None


def test_clocks_drift_and_timers_with_them() -> None:
    profile = msgspec.structs.replace(QUIET, drift=0.25, name="drifting")
    world = SimulatedWorld(1, profile)
    rates = {name: world.clock(name) for name in world.members}
    assert set(rates.values()) == {0.0}
    while world.now < 4.0:
        world.schedule.run_next()
    rates = {name: world.clock(name) / world.now for name in world.members}
    assert set(rates.values()) <= {0.75, 1.25}
    assert len(world.leaders) == 1
    (leader,) = world.leaders
    deadline = world.members[leader].deadline
    while world.clock(leader) < deadline:
        world.schedule.run_next()
    assert world.clock(leader) - deadline < 0.1, "it woke by its own clock"


def test_a_lonely_leader_loses_all_and_believes_for_long_that_it_leads() -> None:
    world = running()
    (leader,) = world.leaders
    world._faults._lonely_leader(Random(3))
    end = world.now + 1.5
    both = False
    while world.now < end:
        world.schedule.run_next()
        both = both or (leader in world.leaders and len(world.leaders) > 1)
    assert both
    assert world.counts["lonely leader"] == 1
    assert world.violation is None


def test_a_leader_whose_storage_stalls_makes_room() -> None:
    # A founder that is alone would have nobody to make room for.
    profile = msgspec.structs.replace(PROFILES["slow-storage"], established=1.0)
    world = SimulatedWorld(3, profile)
    while not world.leaders:
        world.schedule.run_next()
    (leader,) = world.leaders
    world._faults.stalled_storages.add(leader)
    world.callers.write(leader)
    end = world.now + 4.0
    while leader in world.leaders and world.now < end:
        world.schedule.run_next()
    assert leader not in world.leaders
