"""Members go on from older copies of their journals: nothing acknowledged is lost by it."""

import logging
from collections import Counter

import pytest

from raft_core.testing import PROFILES, simulate
from raft_core.testing.campaign import counts_of

COPIES = PROFILES["copies"]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Members say when they stop; here that is the plan, and would fill the report."""
    caplog.set_level(logging.CRITICAL, logger="raft_core")


@pytest.mark.parametrize("first", range(0, 100, 50))
def test_what_copies_know_no_more_is_not_lost(first: int) -> None:
    counts: Counter[str] = Counter()
    for seed in range(first, first + 50):
        counts.update(counts_of(simulate(seed, profile=COPIES)))
    for happening in (
        "copy of a leader",
        "copy of a copy",
        "copy shown at its start",
        "copy shown by a peer",
        "copy shown in time",
        "misled copy",
        "acknowledged",
        "leaders",
        "forgets",
        "snapshots installed",
        "change: done",
        "transfer: done",
    ):
        assert counts[happening], f"not one {happening}"
    assert counts["copy"] > 80
    assert counts["copy freed"] > 40
    assert counts["stuck"] <= 2
