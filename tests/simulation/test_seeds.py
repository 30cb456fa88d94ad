"""Thousands of random histories; `make sim` runs more of them."""

import logging
from collections import Counter

import pytest

from raft_core.testing.campaign import counts_of, simulate
from raft_core.testing.profiles import PROFILES

SEEDS = 2000
CHUNK = 50


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Members say when their storage refuses; here that is the plan, and would fill the report."""
    caplog.set_level(logging.CRITICAL, logger="raft_core")


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_history_breaks_a_property(first: int) -> None:
    counts: Counter[str] = Counter()
    for seed in range(first, min(first + CHUNK, SEEDS)):
        counts.update(counts_of(simulate(seed)))
    # A run in which nothing goes wrong would prove nothing.
    for happening in (
        "leaders",
        "acknowledged",
        "proposed again",
        "seen",
        "crash",
        "partition",
        "lost",
        "repeat",
        "reorder",
        "forgotten writes",
        "storage stalls",
        "damage found",
        "clock jumps",
    ):
        assert counts[happening], f"not one {happening} in {CHUNK} seeds"
    # Nor would one that nobody judges, or that has an excuse; hardly any may be so.
    assert counts["histories not judged"] <= 1
    assert counts["stuck"] <= 2


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_gets_writes_through(name: str) -> None:
    counts: Counter[str] = Counter()
    for seed in range(5):
        counts.update(counts_of(simulate(seed, profile=PROFILES[name])))
    assert counts["acknowledged"] > 20
    assert counts["leaders"] >= 5
