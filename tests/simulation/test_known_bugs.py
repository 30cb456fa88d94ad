"""The simulation can fail: it finds bugs that are known to break Raft, each within some seeds."""

import logging

import pytest

from raft_core.testing.campaign import SimulationFailed, simulate
from raft_core.testing.invariants import InvariantViolated
from raft_core.testing.profiles import PROFILES, Profile
from tests.simulation.known_bugs import KNOWN_BUGS, Bug, put_in

SEEDS = 300


@pytest.mark.parametrize("bug", KNOWN_BUGS, ids=lambda bug: bug.name)
def test_a_known_bug_is_found(bug: Bug, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="raft_core")
    profile = PROFILES[bug.profile] if bug.profile else None
    failure = first_failure(bug, profile)
    assert failure is not None, f"not found with {SEEDS} seeds"
    violation = failure.__cause__
    assert isinstance(violation, InvariantViolated)
    assert violation.invariant in bug.caught_by, failure
    assert "python -m raft_core.testing " in str(failure)


def first_failure(bug: Bug, profile: Profile | None) -> SimulationFailed | None:
    with put_in(bug):
        for seed in range(SEEDS):
            try:
                simulate(seed, profile=profile)
            except SimulationFailed as failure:
                return failure
    return None


def test_without_a_bug_the_same_seeds_pass(caplog: pytest.LogCaptureFixture) -> None:
    """So it is the bug that is found, and put_in takes it out again."""
    caplog.set_level(logging.CRITICAL, logger="raft_core")
    with put_in(KNOWN_BUGS[0]):
        pass
    for seed in range(20):
        simulate(seed)
