"""Members that go on from older copies of their journals, and how these learn what they are."""

import logging

import pytest

from raft_core.codec import encode_message
from raft_core.membership import Configuration
from raft_core.messages import AppendEntries, Message, RequestVote, TimeoutNow, VoteReply
from raft_core.raft import Raft
from raft_core.testing.profiles import Profile
from raft_core.testing.world import SimulatedWorld
from raft_core.types import Role

QUIET = Profile(
    name="quiet with copies",
    established=1.0,
    few_clients=0.0,
    tear=0.0,
    timer_early=0.0,
    busy=0.0,
    notice_delay=0.01,
    copy_every=1e9,
)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="raft_core")


def running(*imaged: str) -> SimulatedWorld:
    """Three voters with a leader; of these there is an image from before they were started."""
    world = SimulatedWorld(1, QUIET)
    for name in imaged:
        take_image(world, name)
    while not world.leaders or world.now < 2.0:
        world.schedule.run_next()
    return world


def take_image(world: SimulatedWorld, name: str) -> None:
    world.copying.take_image(name, world.troubles.chance("test"))


def go_back(world: SimulatedWorld) -> str | None:
    return world.copying.go_back(world.troubles.chance("test"))


def raft_of(world: SimulatedWorld, name: str) -> Raft:
    raft = world.members[name].raft
    assert raft is not None
    return raft


def until_free(world: SimulatedWorld, name: str) -> None:
    while world.copying.unaware or raft_of(world, name).suspect:
        world.schedule.run_next()


def follower(world: SimulatedWorld) -> str:
    return next(name for name in world.members if name not in world.leaders)


def test_a_member_goes_on_from_an_older_image_is_told_by_a_peer_and_freed() -> None:
    world = running("a")
    before = world.members["a"].storage.durable.last_index
    assert go_back(world) == "a"
    assert world.members["a"].raft is None
    assert world.members["a"].storage.durable.last_index < before
    world.copying._at_start.clear()
    world.start("a")
    assert world.copying.unaware == {"a"}
    until_free(world, "a")
    assert world.counts["copy shown by a peer"] >= 1
    assert world.counts["copy freed"] == 1
    assert world.members["a"].storage.durable.last_index >= before


def test_an_image_can_be_used_twice() -> None:
    world = running("a")
    for _ in range(2):
        assert go_back(world) == "a"
        world.start("a")
        until_free(world, "a")
    assert world.counts["copy"] == 2
    assert world.counts["copy freed"] == 2


def test_whom_peers_cannot_tell_the_leader_tells() -> None:
    """The image knows of the start of the original, but not of what it acknowledged in it."""
    world = running()
    name = follower(world)
    take_image(world, name)
    world.callers._writing = True
    world.callers.write(world.leaders[0])
    while raft_of(world, name).durable_index < raft_of(world, world.leaders[0]).log.last_index:
        world.schedule.run_next()
    for _ in range(20):
        world.schedule.run_next()
    assert go_back(world) == name
    world.copying._at_start.clear()
    world.start(name)
    until_free(world, name)
    assert world.counts["copy shown by the leader"] == 1


def test_who_is_to_know_it_at_its_start_does() -> None:
    world = running("a")
    go_back(world)
    world.copying._at_start.add("a")
    world.start("a")
    assert raft_of(world, "a").copied
    assert world.counts["copy shown at its start"] == 1


def test_when_all_heals_everybody_is_shown() -> None:
    world = running("a")
    go_back(world)
    world.start("a")
    world.copying.heal()
    assert raft_of(world, "a").copied


def test_one_that_is_alone_by_its_journal_is_shown_at_its_start() -> None:
    world = SimulatedWorld(1, Profile(name="alone", established=0.0, copy_every=1e9))
    while len(world.forgetting._configurations) < 3 or world.members["a"].raft is None:
        if world.members["a"].raft is not None and "a" not in world.copying._images:
            take_image(world, "a")
        world.schedule.run_next()
    while not world.forgetting.spares("a"):
        world.schedule.run_next()
    assert go_back(world) == "a"
    world.start("a")
    assert raft_of(world, "a").configuration == Configuration.of("a")
    assert raft_of(world, "a").copied


def test_no_two_of_three_are_copies_at_once() -> None:
    world = running("a", "b", "c")
    name = go_back(world)
    assert name is not None
    assert go_back(world) == name, "the same again, but no other"


def test_nobody_becomes_a_copy_while_its_vote_may_be_counted() -> None:
    world = running("a")
    durable = world.members["a"].storage.durable
    candidate = next(name for name in "bc" if name != durable.voted_for)
    durable.voted_for = candidate
    raft_of(world, candidate).role = Role.CANDIDATE
    assert go_back(world) is None
    raft_of(world, candidate).role = Role.FOLLOWER
    assert go_back(world) == "a"


@pytest.mark.parametrize(
    "message,shown",
    [
        (RequestVote(9, 9, 9, True), True),
        (RequestVote(9, 9, 9, False), True),
        (VoteReply(9, True, True), True),
        (TimeoutNow(9), True),
        (AppendEntries(1, 0, 0, 0, ()), True),
        (AppendEntries(9, 0, 0, 0, ()), False),
    ],
)
def test_it_is_shown_before_it_takes_what_endangers(message: Message, shown: bool) -> None:
    world = running("a")
    go_back(world)
    world.copying._at_start.clear()
    world.start("a")
    world._deliver("a", "b", encode_message(message))
    assert (world.counts["copy shown in time"] == 1) is shown
    assert raft_of(world, "a").copied is shown


def test_who_dies_before_that_is_durable_does_not_know_it() -> None:
    world = running("a")
    go_back(world)
    world.copying._at_start.add("a")
    storage = world.members["a"].storage
    storage.delay = lambda: 1e9
    world.start("a")
    assert raft_of(world, "a").copied
    assert world.copying.unaware == set()
    storage._pending.clear()
    world.crash("a")
    world.start("a")
    assert not raft_of(world, "a").copied
    assert world.copying.unaware == {"a"}


def test_a_follower_of_a_newer_leader_goes_back_to_a_time_before_it() -> None:
    world = running()
    older = raft_of(world, world.leaders[0])
    for name in world.members:
        take_image(world, name)
    chance = world.troubles.chance("test")
    assert world.copying.go_back_to_leader(older, chance) is None, "nobody else leads"
    world._faults._slow_down(older, chance)
    world.network.block(world._faults._all_but((older.node_id,)))
    while len(world.leaders) < 2:
        world.schedule.run_next()
    found = world.copying.go_back_to_leader(older, chance)
    assert found not in (None, older.node_id)
    assert found is not None
    assert world.members[found].storage.durable.term == older.term
