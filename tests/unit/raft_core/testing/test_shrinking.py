"""A failure gets small, stays the same failure, and the answer is the same each time."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raft_core.testing import PROFILES, SimulationFailed, simulate
from raft_core.testing.shrinking import Shrunk, fewest, shrink
from tests.simulation.known_bugs import KNOWN_BUGS, put_in

BUG = next(bug for bug in KNOWN_BUGS if "figure 8" in bug.name)


@given(st.sets(st.integers(0, 60)))
def test_what_is_needed_is_found_exactly(needed: set[int]) -> None:
    def holds(items: Sequence[int]) -> bool:
        return needed <= set(items)

    assert set(fewest(range(61), holds)) == needed


def test_of_two_that_will_do_one_is_left() -> None:
    assert fewest(range(20), lambda items: 3 in items or 11 in items) in ([3], [11])


def test_of_what_is_needed_together_nothing_is_left_out() -> None:
    def holds(items: Sequence[int]) -> bool:
        return len(items) % 2 == 0 and {4, 9} <= set(items)

    left = fewest(range(20), holds)
    assert holds(left)


def failure() -> SimulationFailed:
    for seed in range(200):
        try:
            simulate(seed, profile=PROFILES["partitions"])
        except SimulationFailed as found:
            return found
    raise AssertionError("the bug is not found")


@pytest.fixture(scope="module")
def shrunk() -> tuple[SimulationFailed, Shrunk, Shrunk]:
    with put_in(BUG):
        first = failure()
        return first, shrink(first), shrink(failure())


def test_fewer_troubles_break_the_same(
    shrunk: tuple[SimulationFailed, Shrunk, Shrunk],
) -> None:
    first, small, _ = shrunk
    assert small.failure.invariant == first.invariant
    assert small.failure.seed == first.seed
    assert small.before == len(first.world.troubles.happened)
    assert len(small.only) < small.before


def test_it_is_the_same_each_time(shrunk: tuple[SimulationFailed, Shrunk, Shrunk]) -> None:
    _, small, again = shrunk
    assert small.only == again.only
    assert str(small) == str(again)


def test_it_says_what_happens_and_how_to_see_it(
    shrunk: tuple[SimulationFailed, Shrunk, Shrunk],
) -> None:
    _, small, _ = shrunk
    said = str(small)
    assert f"--only {','.join(small.only)}" in said
    kinds = {name.partition(".")[0] for name in small.only}
    for kind in kinds & {"crash", "partition", "freeze", "write"}:
        assert any(f" {kind} " in line for line in small.schedule), kind
    assert not any(" step " in line or " send " in line for line in small.schedule)


def test_without_any_one_of_them_it_does_not_fail_so(
    shrunk: tuple[SimulationFailed, Shrunk, Shrunk],
) -> None:
    _, small, _ = shrunk
    with put_in(BUG):
        for name in small.only:
            rest = [other for other in small.only if other != name]
            assert broken(small.failure, rest) != small.failure.invariant


def broken(failure: SimulationFailed, only: Sequence[str]) -> str | None:
    """What breaks with these troubles alone."""
    try:
        simulate(failure.seed, profile=failure.profile, steps=failure.steps, only=only)
    except SimulationFailed as found:
        return found.invariant
    return None


def test_attempts_are_limited() -> None:
    with put_in(BUG):
        small = shrink(failure(), attempts=5)
    assert small.attempts == 5
