"""Who forgets in a crash, and when a history is stuck because of it."""

import logging

import msgspec
import pytest

from raft_core.membership import Configuration
from raft_core.testing import PROFILES
from raft_core.testing.campaign import simulate
from raft_core.testing.forgetting import Forgetting
from raft_core.testing.profiles import Profile
from raft_core.testing.world import SimulatedWorld

FORGETFUL = Profile(
    name="quiet and forgetful", established=1.0, forgetful=1.0, tear=0.0, timer_early=0.0, busy=0.0
)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="raft_core")


def running(profile: Profile = FORGETFUL) -> SimulatedWorld:
    """Three voters, and some of them lead."""
    world = SimulatedWorld(1, profile)
    while not world.leaders or world.schedule.now < 2.0:
        world.schedule.run_next()
    return world


def forgetting(world: SimulatedWorld) -> Forgetting:
    return world.forgetting


def test_one_of_three_may_forget_and_the_others_then_may_not() -> None:
    world = running()
    world.crash("a")
    assert world.members["a"].storage.suspect
    for name in "bc":
        world.crash(name)
        assert not world.members[name].storage.suspect
    assert world.counts["forgets"] == 1


def test_once_it_is_free_another_one_may() -> None:
    world = running()
    for name in "ab":
        world.crash(name)
        assert world.members[name].storage.suspect
        world.start(name)
        member = world.members[name]
        while member.raft is None or member.storage.durable.standing.suspect or member.raft.suspect:
            world.schedule.run_next()
    assert world.counts["forgets"] == 2


def test_after_a_clean_end_nothing_is_forgotten() -> None:
    world = running()
    world.crash("a", clean=True)
    assert not world.members["a"].storage.suspect


def test_nor_by_a_storage_that_keeps_what_it_has() -> None:
    world = running(msgspec.structs.replace(FORGETFUL, forgetful=0.0))
    world.crash("a")
    assert not world.members["a"].storage.suspect


def test_nor_when_all_is_healed() -> None:
    world = running()
    world.faulty = False
    world.crash("a")
    assert not world.members["a"].storage.suspect


@pytest.mark.parametrize("voters,may", [("ab", False), ("bc", True)])
def test_a_configuration_that_anybody_ever_had_may_be_under_way(voters: str, may: bool) -> None:
    world = running()
    place = (1000, 7)
    forgetting(world)._configurations[place] = Configuration.of(voters)
    world.crash("a")
    assert world.members["a"].storage.suspect is may


def test_but_not_when_another_entry_is_committed_in_its_place() -> None:
    world = running()
    name = next(other for other in "bc" if world.members[other].raft is not None)
    raft = world.members[name].raft
    assert raft is not None
    place = (raft.commit_index, 99)
    assert place[0] > raft.configuration_index
    forgetting(world)._configurations[place] = Configuration.of("ab")
    world.crash("a")
    assert world.members["a"].storage.suspect


def test_a_history_is_stuck_when_nobody_leads_and_nobody_may() -> None:
    world = running()
    assert not forgetting(world).is_stuck, "somebody leads"
    world.crash("a")
    for name in "bc":
        world.crash(name)
    for name in "abc":
        world.start(name)
    assert not forgetting(world).is_stuck, "two of three know all they did"
    world.members["b"].storage.suspect = True
    assert forgetting(world).is_stuck


def test_hardly_a_history_of_the_profile_is_stuck() -> None:
    stuck = [simulate(seed, profile=PROFILES["forgetful"]).counts["stuck"] for seed in range(20)]
    assert sum(stuck) <= 1
