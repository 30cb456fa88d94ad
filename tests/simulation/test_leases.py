"""What a lease rests on: with clocks that differ by too much reads show old state, and no more."""

import logging
from collections import Counter

import msgspec
import pytest

from raft_core.testing import PROFILES, SimulationFailed, simulate
from raft_core.testing.campaign import counts_of
from tests.simulation.lease_bugs import STALE

LEASES = PROFILES["leases"]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Members say when they stop; here that is the plan, and would fill the report."""
    caplog.set_level(logging.CRITICAL, logger="raft_core")


@pytest.mark.parametrize("first", range(0, 100, 25))
def test_clocks_that_differ_as_much_as_they_may_show_nothing_old(first: int) -> None:
    lease = LEASES.config
    assert lease.read_lease / (1 - LEASES.drift) < lease.election_timeout / (1 + LEASES.drift)
    counts: Counter[str] = Counter()
    for seed in range(first, first + 25):
        counts.update(counts_of(simulate(seed, profile=LEASES)))
    for happening in ("read at once", "lonely leader", "slow clock", "crash", "transfer", "change"):
        assert counts[happening], f"not one {happening}"


def test_clocks_that_differ_by_more_show_old_state_and_do_no_other_harm() -> None:
    apart = msgspec.structs.replace(LEASES, drift=0.3)
    failed: Counter[str] = Counter()
    for seed in range(400):
        try:
            simulate(seed, profile=apart)
        except SimulationFailed as failure:
            failed[failure.invariant] += 1
        if sum(failed.values()) == 2:
            break
    assert failed
    assert set(failed) <= set(STALE)
