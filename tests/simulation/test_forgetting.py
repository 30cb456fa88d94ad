"""Members forget the end of their logs in crashes: nothing that was acknowledged is lost by it."""

import logging
from collections import Counter

import pytest

from raft_core.testing import PROFILES, simulate
from raft_core.testing.campaign import counts_of

FORGETFUL = PROFILES["forgetful"]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Members say when they stop; here that is the plan, and would fill the report."""
    caplog.set_level(logging.CRITICAL, logger="raft_core")


@pytest.mark.parametrize("first", range(0, 50, 25))
def test_what_a_minority_forgets_is_not_lost(first: int) -> None:
    counts: Counter[str] = Counter()
    for seed in range(first, first + 25):
        counts.update(counts_of(simulate(seed, profile=FORGETFUL)))
    for happening in (
        "forgets",
        "acknowledged",
        "leaders",
        "checkpoints",
        "snapshots installed",
        "change: done",
        "transfer: done",
    ):
        assert counts[happening], f"not one {happening}"
    assert counts["forgets"] > 100
    assert counts["stuck"] <= 2
