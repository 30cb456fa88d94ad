import re
from typing import Any

import pytest

from introducer.limits import Limits, TokenBucket, token_cost


def test_defaults_are_valid() -> None:
    assert Limits() == Limits()


@pytest.mark.parametrize(
    "values",
    [
        {"message_bytes": 1023},
        {"message_bytes": (1 << 20) + 1},
        {"room_members": 1},
        {"rooms": 0},
        {"connections": -1},
        {"rate": 0},
        {"rate": float("nan")},
        {"rate": float("inf")},  # members are told of it, and JSON has no such number
        {"join_seconds": float("inf")},
        {"burst": 0},
        {"queue_frames": 15},
        {"queue_bytes": 1000},
        {"join_seconds": 0.0},
        {"ping_seconds": -1},
        {"pong_seconds": "10"},
        {"rooms": True},
    ],
    ids=str,
)
def test_a_value_out_of_range_is_named(values: dict[str, Any]) -> None:
    (name,) = values
    with pytest.raises(ValueError, match=f"^{name}: "):
        Limits(**values)


def test_a_burst_that_holds_no_largest_frame_is_refused() -> None:
    Limits(message_bytes=65_536, burst=64)
    with pytest.raises(ValueError, match=re.escape("burst: must be at least 64")):
        Limits(message_bytes=65_536, burst=63)


def test_a_queue_that_holds_less_than_two_largest_frames_is_refused() -> None:
    Limits(message_bytes=65_536, queue_bytes=131_072)
    with pytest.raises(ValueError, match="queue_bytes: must be at least twice"):
        Limits(message_bytes=65_536, queue_bytes=131_071)


@pytest.mark.parametrize("size, cost", [(0, 1), (1, 1), (1024, 1), (1025, 2), (65_536, 64)])
def test_a_frame_costs_a_token_for_each_kib_begun(size: int, cost: int) -> None:
    assert token_cost(size) == cost


def test_bucket_starts_full_and_refills_at_its_rate() -> None:
    bucket = TokenBucket(rate=2.0, burst=4, now=10.0)
    assert bucket.take(4, 10.0)
    assert not bucket.take(1, 10.25)
    assert bucket.take(1, 10.5)
    assert not bucket.take(1, 10.75)


def test_bucket_never_holds_more_than_its_burst() -> None:
    bucket = TokenBucket(rate=2.0, burst=4, now=0.0)
    assert bucket.take(4, 1_000_000.0)
    assert not bucket.take(1, 1_000_000.0)


def test_bucket_that_lacks_tokens_keeps_those_it_has() -> None:
    bucket = TokenBucket(rate=1.0, burst=4, now=0.0)
    assert not bucket.take(5, 0.0)
    assert bucket.take(4, 0.0)


def test_a_clock_that_goes_back_fills_nothing() -> None:
    bucket = TokenBucket(rate=1.0, burst=2, now=100.0)
    assert bucket.take(2, 100.0)
    assert not bucket.take(1, 0.0)
    assert not bucket.take(1, 100.5)
    assert bucket.take(1, 101.0)
