import msgspec
import pytest

from raft_core.errors import Overloaded
from raft_core.testing import PROFILES, SimulationFailed, profile_of, simulate
from raft_core.testing.campaign import counts_of
from raft_core.testing.invariants import InvariantViolated
from raft_core.testing.world import SimulatedWorld


def test_the_profiles_take_turns() -> None:
    assert [profile_of(seed).name for seed in range(len(PROFILES))] == list(PROFILES)
    assert profile_of(len(PROFILES)) is profile_of(0)


def test_a_run_ends_settled_with_all_that_was_acknowledged() -> None:
    world = simulate(1)
    order = world.exactly_once.order
    assert order
    assert all(member.ledger.names == order for member in world.members.values())
    assert all(order[place - 1] == name for name, place in world.exactly_once.acknowledged.items())
    assert len(world.leaders) == 1


def test_a_founder_grows_to_the_target_and_keeps_the_spare_one_as_learner() -> None:
    sizes = set()
    for seed in range(8):
        world = simulate(seed, profile=PROFILES["calm"], steps=60)
        (name,) = world.leaders
        raft = world.members[name].raft
        assert raft is not None
        assert len(raft.configuration.voters) == 3
        assert raft.configuration.members == frozenset(world.members)
        sizes.add(len(world.members))
    assert sizes == {3, 4}


def test_a_cluster_of_five() -> None:
    profile = msgspec.structs.replace(PROFILES["five"], reconfigure_every=0.0)
    world = simulate(0, profile=profile, steps=200)
    raft = world.members[world.leaders[0]].raft
    assert raft is not None
    assert len(raft.configuration.voters) == 5


def test_a_failure_says_how_to_see_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(world: SimulatedWorld, steps: int) -> None:
        raise InvariantViolated("the invariant", f"broken after {steps}")

    monkeypatch.setattr(SimulatedWorld, "run", fail)
    with pytest.raises(SimulationFailed) as caught:
        simulate(5, steps=7)
    assert "the invariant: broken after 7" in str(caught.value)
    assert caught.value.command == (
        f"python -m raft_core.testing 5 --profile {profile_of(5).name} --steps 7 --trace"
    )
    with pytest.raises(SimulationFailed) as caught:
        simulate(5, steps=7, only=["crash.1", "busy"])
    assert "--steps 7 --only crash.1,busy --trace" in caught.value.command
    with pytest.raises(SimulationFailed) as caught:
        simulate(5, steps=7, only=[])
    assert "--only nothing" in caught.value.command


def test_faults_of_every_kind_happen() -> None:
    missing = {
        "crash",
        "partition",
        "partition ends",
        "freeze",
        "slow storage",
        "storage refuses",
        "storage stalls",
        "byte flips",
        "damage found",
        "clock jumps",
        "reload while writing",
        "change: done",
        "transfer: done",
        "leave",
        "leave at once",
        "lost",
        "slow",
        "repeat",
        "reorder",
        "full",
    }
    for seed in range(1, 100):  # some are rare
        counts = counts_of(simulate(seed, profile=PROFILES["everything"], steps=3000))
        missing -= {fault for fault in missing if counts[fault]}
        if not missing:
            return
    assert not missing


def test_a_lost_acknowledged_write_would_be_seen() -> None:
    world = simulate(2, profile=PROFILES["calm"], steps=50)
    world.exactly_once.order.pop()
    with pytest.raises(InvariantViolated, match="ends with another list"):
        world._check_ledgers()


def test_an_error_that_denies_a_write_is_remembered() -> None:
    world = SimulatedWorld(1, PROFILES["calm"])
    world.linearizability.called(1, "a", 1)
    world.callers._done("a", 1, Overloaded("proposals", 1))
    world.applied(world.members["a"], type("N", (), {"name": 1})(), 1)
    assert world.violation is not None
    assert "told that it is not" in str(world.violation)
