"""What a new generation owes to the one before it, and what a simulated recovery does."""

import logging
from math import inf

import pytest
from msgspec.structs import replace

from raft_core.codec import Step
from raft_core.io import Output
from raft_core.membership import Configuration, encode_configuration
from raft_core.messages import CONFIGURATION
from raft_core.testing import PROFILES, simulate
from raft_core.testing.eras import Era
from raft_core.testing.invariants import (
    ConfigurationSafety,
    InvariantViolated,
    LeaderCompleteness,
    StateMachineSafety,
)
from raft_core.testing.invariants.exactly_once import ExactlyOnce
from raft_core.testing.view import Durable
from raft_core.testing.world import SimulatedWorld
from raft_core.types import next_generation
from tests.unit.raft_core.testing.histories import ABC, NOTHING, Fake, durable, entry, leader, log

NEW = next_generation(1)
ALONE = replace(ABC, voters=("a",), excluded=("b", "c"), change="recovered")
RECOVERY = PROFILES["recovery"]


def recovered(configuration: Configuration = ALONE) -> Durable:
    """The journal of a: an entry of term 1, and that of the recovery."""
    made = Durable("a")
    data = encode_configuration(ABC)
    begin = entry(1, 1, data, CONFIGURATION)
    last = entry(3, NEW, encode_configuration(configuration), CONFIGURATION)
    made.add(Step(2, NEW, "a", 0, (begin, entry(2, 1), last)))
    return made


# --- the properties of figure 3 -------------------------------------------------------------------


def test_a_leader_of_the_new_generation_has_all_that_its_survivor_had() -> None:
    invariant = LeaderCompleteness({})
    invariant.recovered(recovered())
    invariant.started(Fake("a"), durable("a"))
    invariant.stepped(leader("a", NEW + 1, log=log(1, 1, NEW)), NOTHING)
    invariant.started(Fake("d"), durable("d"))
    with pytest.raises(InvariantViolated, match="without entry 3"):
        invariant.stepped(leader("d", NEW + 2, log=log(1, 1)), NOTHING)


def test_a_leader_of_the_old_generation_owes_only_what_was_committed_there() -> None:
    invariant = LeaderCompleteness({})
    invariant.started(Fake("b"), durable("b"))
    invariant.stepped(leader("b", 1, log=log(1, 1, 1), commit_index=3), NOTHING)
    invariant.recovered(recovered())
    invariant.started(Fake("c"), durable("c"))
    invariant.stepped(leader("c", 2, log=log(1, 1, 1, 2)), NOTHING)
    with pytest.raises(InvariantViolated, match="without entry 3"):
        invariant.stepped(leader("c", 3, log=log(1, 1)), NOTHING)


def test_what_a_member_had_committed_in_the_old_generation_must_be_so_in_the_new_one() -> None:
    invariant = LeaderCompleteness({})
    invariant.started(Fake("b"), durable("b"))
    invariant.stepped(Fake("b", log=log(1, 1, 1), commit_index=3), NOTHING)
    invariant.recovered(recovered())
    with pytest.raises(InvariantViolated, match="takes entry 3 of term 1 for committed"):
        invariant.stepped(Fake("b", term=NEW, log=log(1, 1, 1), commit_index=3), NOTHING)


def test_old_members_apply_what_they_like_and_new_ones_what_the_survivor_had() -> None:
    invariant = StateMachineSafety()
    invariant.recovered(recovered())
    one = Fake("b", log=log(1, 1, 2), commit_index=3, durable_index=3)
    invariant.started(one, durable("b"))
    invariant.stepped(one, Output(inf, apply=[entry(1, 1), entry(2, 1), entry(3, 2)]))
    moved = replace(one, term=NEW, log=log(1, 1, 2, 2), commit_index=4, durable_index=4)
    with pytest.raises(InvariantViolated, match="b comes from another generation"):
        invariant.stepped(moved, Output(inf, apply=[entry(4, 2)]))
    new = Fake("d", term=NEW, log=log(1, 2), commit_index=2, durable_index=2)
    invariant.started(new, durable("d"))
    with pytest.raises(InvariantViolated, match="was applied before"):
        invariant.stepped(new, Output(inf, apply=[recovered().entries[0], entry(2, 2)]))


def test_a_journal_agrees_with_all_up_to_the_last_entry_that_somebody_applied() -> None:
    invariant = StateMachineSafety()
    one = Fake("b", log=log(1, 1, 2), commit_index=3, durable_index=3)
    invariant.started(one, durable("b"))
    invariant.stepped(one, Output(inf, apply=[entry(1, 1), entry(2, 1), entry(3, 2)]))
    assert invariant.applied_upto(durable("a", 1, 1, 1, 1)) == 2
    assert invariant.applied_upto(durable("a", 1, 1, 2, 2)) == 3
    assert invariant.applied_upto(durable("a")) == 0


# --- who is in, and who is out --------------------------------------------------------------------


def test_a_survivor_goes_on_alone_and_excludes_all_others() -> None:
    ConfigurationSafety().recovered(recovered())
    for wrong in (
        replace(ALONE, excluded=("b",)),
        replace(ALONE, voters=("a", "b"), excluded=("c",)),
        replace(ALONE, learners=("d",)),
    ):
        with pytest.raises(InvariantViolated, match="goes on alone"):
            ConfigurationSafety().recovered(recovered(wrong))


def test_only_one_of_an_old_generation_may_take_itself_for_removed_without_a_word() -> None:
    invariant = ConfigurationSafety()
    for name in "bd":
        invariant.started(Fake(name), durable(name))
    with pytest.raises(InvariantViolated, match="b takes itself for removed"):
        invariant.stepped(Fake("b", removed=True), NOTHING)
    invariant.recovered(recovered())
    invariant.stepped(Fake("b", removed=True), NOTHING)
    with pytest.raises(InvariantViolated, match="d takes itself for removed"):
        invariant.stepped(Fake("d", term=NEW, removed=True), NOTHING)


# --- what callers see -----------------------------------------------------------------------------


def before() -> ExactlyOnce:
    judge = ExactlyOnce()
    for place, name in enumerate((7, 8, 9), 1):
        judge.applied("b", name, place)
        judge.acknowledge(name, place)
    judge.deny(5)
    return judge


def test_what_the_survivor_had_stays_acknowledged_and_what_it_never_had_does_not() -> None:
    after = before().after_recovery([7, 8, 6], 2)
    assert (after.order, after.acknowledged) == ([7, 8, 6], {7: 1, 8: 2})
    with pytest.raises(InvariantViolated, match="a has 9 at 3, where 6 was before"):
        after.applied("a", 9, 3)
    after.applied("a", 9, 4)


def test_a_journal_that_lacks_what_its_survivor_had_is_seen() -> None:
    with pytest.raises(InvariantViolated, match="first 2 commands are not those"):
        before().after_recovery([7], 2)


def test_what_was_denied_is_not_in_the_new_generation() -> None:
    with pytest.raises(InvariantViolated, match="their callers were told no"):
        before().after_recovery([7, 5], 1)


def test_callers_of_the_new_generation_begin_with_the_survivors_list() -> None:
    era = Era(before()).after_recovery([7, 8], 2)
    era.linearizability.called("read", "a", 0)
    era.linearizability.returned("read", 1)
    with pytest.raises(InvariantViolated, match="linearizability"):
        era.end()
    assert era.is_broken


def test_a_write_that_was_called_in_another_generation_may_be_applied() -> None:
    era = Era(before()).after_recovery([7, 8], 2)
    era.applied("a", 9, 3)
    era.linearizability.called("read", "a", 0)
    era.linearizability.returned("read", 3)
    era.linearizability.returned("elsewhere", 9)
    era.linearizability.refused("elsewhere")
    era.end()
    assert not era.is_broken


# --- the recovery ---------------------------------------------------------------------------------


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="raft_core")


@pytest.mark.usefixtures("quiet")
def test_all_but_one_are_lost_and_newcomers_and_old_members_come() -> None:
    happened: set[str] = set()
    for seed in range(6):
        world = simulate(seed, profile=RECOVERY)
        happened.update(world.counts)
        assert len(world.eras) == world.counts["recovery"] + 1
        assert not any(world.members[name].runs for name in world.gone)
    assert {
        "recovery",
        "recovery refused",
        "old member is gone",
        "old member comes back",
        "old member learned that it is out",
    } <= happened


@pytest.mark.usefixtures("quiet")
def test_a_recovery_that_changed_the_journal_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    world = SimulatedWorld(0, replace(RECOVERY, established=1.0))
    while not world.leaders:
        world._run_next()
    survivor = world.members[world.leaders[0]]
    monkeypatch.setattr("raft_core.recovery.next_generation", lambda term: term + 1)
    world.crash(survivor.node_id)
    with pytest.raises(InvariantViolated, match="recovery: "):
        world.recoveries._recover(survivor)
