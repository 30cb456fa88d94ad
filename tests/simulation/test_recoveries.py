"""A majority is lost for good, one goes on, and old members come back: what it has stays."""

import logging
from collections import Counter

import pytest

from raft_core.testing import PROFILES, simulate
from raft_core.testing.campaign import counts_of

RECOVERY = PROFILES["recovery"]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Recoveries are loud, and members say when they stop; here that is the plan."""
    caplog.set_level(logging.CRITICAL, logger="raft_core")


@pytest.mark.parametrize("first", range(0, 100, 25))
def test_a_new_generation_keeps_what_its_survivor_had(first: int) -> None:
    counts: Counter[str] = Counter()
    for seed in range(first, first + 25):
        counts.update(counts_of(simulate(seed, profile=RECOVERY)))
    for happening in (
        "recovery",
        "acknowledged",
        "acknowledged, and lost with a majority",
        "old member is gone",
        "old member comes back",
        "old member learned that it is out",
        "snapshots installed",
    ):
        assert counts[happening], f"not one {happening}"


def test_a_history_can_have_one_recovery_after_the_other() -> None:
    assert max(len(simulate(seed, profile=RECOVERY).eras) for seed in range(10)) > 2
