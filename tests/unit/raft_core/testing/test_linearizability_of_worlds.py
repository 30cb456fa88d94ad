"""What callers of a simulated world saw is judged as one list that grows."""

from pathlib import Path

import pytest

from raft_core.testing import PROFILES, SimulationFailed, simulate
from raft_core.testing.__main__ import main
from raft_core.testing.invariants import InvariantViolated, linearizability
from raft_core.testing.invariants.linearizability import Linearizability
from raft_core.testing.world import SimulatedWorld


def test_places_in_the_order_of_the_calls_hold() -> None:
    judge = Linearizability()
    for place in (1, 2, 3):
        judge.called(place, "a", 1)
        judge.returned(place, place)
    judge.judge()
    assert judge.verdict is not None
    assert not judge.gave_up


def test_a_later_write_with_an_earlier_place_is_seen() -> None:
    judge = Linearizability()
    judge.called("one", "a", 1)
    judge.returned("one", 2)
    judge.called("other", "b", 1)
    judge.returned("other", 1)
    with pytest.raises(InvariantViolated, match="linearizability: not linearizable"):
        judge.judge()


def test_a_read_that_goes_back_is_seen() -> None:
    judge = Linearizability()
    judge.called("write", "a", 1)
    judge.returned("write", 1)
    judge.called("read", "b", 0)
    judge.returned("read", 0)
    with pytest.raises(InvariantViolated, match="no place for b"):
        judge.judge()


def test_what_nobody_knows_may_fill_a_gap_and_what_was_refused_may_not() -> None:
    judge = Linearizability()
    judge.called("lost", "a", 1)
    judge.called("one", "b", 1)
    judge.returned("one", 2)
    judge.judge()
    judge.refused("lost")
    with pytest.raises(InvariantViolated):
        judge.judge()


def test_a_search_that_is_too_long_is_no_failure_and_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(linearizability, "_LIMIT", 1)
    judge = Linearizability()
    for place in (1, 2, 3):
        judge.called(place, "a", 1)
        judge.returned(place, place)
    judge.judge()
    assert judge.gave_up


def test_every_history_is_judged() -> None:
    world = simulate(7, profile=PROFILES["everything"])
    assert world.linearizability.verdict is not None
    assert world.counts["histories not judged"] == 0


def test_a_failure_can_be_drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A world whose caller is told a wrong place at the end, as a stale answer would."""
    check_ledgers = SimulatedWorld._check_ledgers

    def lie(world: SimulatedWorld) -> None:
        world.linearizability.called("lie", "a", 0)
        world.linearizability.returned("lie", 1)
        check_ledgers(world)

    monkeypatch.setattr(SimulatedWorld, "_check_ledgers", lie)
    with pytest.raises(SimulationFailed, match="linearizability"):
        simulate(1, steps=60)
    picture = tmp_path / "picture.html"
    assert main(["1", "--steps", "60", "--picture", str(picture)]) == 1
    assert "Seed 1" in picture.read_text()
    assert "<svg" in picture.read_text()
