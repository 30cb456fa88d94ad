"""Buckets that keep percentiles within 2 %, whatever is put into them."""

from random import Random

import pytest

from bench.histogram import LEAST, MOST, Histogram

ERROR = 0.02


def filled(values: list[float]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


@pytest.mark.parametrize("seed", range(20))
def test_percentiles_are_within_2_percent_of_the_exact_ones(seed: int) -> None:
    rng = Random(seed)
    values = [10 ** rng.uniform(-5, 2) for _ in range(rng.randrange(1, 5000))]
    histogram = filled(values)
    ordered = sorted(values)
    for share in (0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999):
        exact = ordered[max(0, -int(-len(values) * share // 1) - 1)]
        assert histogram.percentile(share) == pytest.approx(exact, rel=ERROR)
    assert histogram.percentile(1) == histogram.max == ordered[-1]
    assert histogram.mean == pytest.approx(sum(values) / len(values))
    assert histogram.count == len(values)


def test_every_value_of_six_decades_is_within_2_percent_of_its_bucket() -> None:
    value = LEAST * 1.001
    while value < MOST * 0.99:
        alone = filled([value, MOST])
        assert alone.percentile(0.5) == pytest.approx(value, rel=ERROR)
        value *= 1.0037


def test_nothing_is_all_zero() -> None:
    empty = Histogram()
    assert (empty.count, empty.mean, empty.max, empty.percentile(0.99)) == (0, 0, 0, 0)
    assert list(empty.buckets()) == []


@pytest.mark.parametrize("value", [0.0, -1.0, LEAST / 2])
def test_what_the_clock_cannot_tell_counts_as_least(value: float) -> None:
    histogram = filled([value, 1.0])
    assert histogram.percentile(0.5) == pytest.approx(LEAST, rel=ERROR)


def test_what_is_longer_than_all_buckets_is_in_the_maximum() -> None:
    assert filled([1.0, 5 * MOST]).percentile(1) == 5 * MOST


def test_merged_they_are_as_if_all_had_been_added_to_one() -> None:
    rng = Random(1)
    values = [rng.expovariate(100) for _ in range(1000)]
    merged = filled(values[:400])
    merged.merge(filled(values[400:]))
    merged.merge(Histogram())
    whole = filled(values)
    assert list(merged.buckets()) == list(whole.buckets())
    assert (merged.count, merged.max) == (whole.count, whole.max)
    assert merged.total == pytest.approx(whole.total)


@pytest.mark.parametrize("seed", range(20))
def test_added_all_at_once_they_are_in_the_same_buckets(seed: int) -> None:
    rng = Random(seed)
    values = [rng.choice([0.0, LEAST, 10 ** rng.uniform(-7, 5), 2 * MOST]) for _ in range(500)]
    values += [LEAST * 1.04**number for number in range(500)]  # on the borders
    one_by_one, at_once = filled(values), Histogram()
    at_once.add_all(values[:300])
    at_once.add_all(values[300:])
    at_once.add_all([])
    assert list(at_once.buckets()) == list(one_by_one.buckets())
    assert (at_once.count, at_once.max) == (one_by_one.count, one_by_one.max)
    assert at_once.total == pytest.approx(one_by_one.total)


def test_buckets_tell_where_everything_is() -> None:
    histogram = filled([0.001, 0.001, 0.5])
    (one, two), (other, single) = histogram.buckets()
    assert (two, single) == (2, 1)
    assert one <= 0.001 < one * 1.04
    assert other <= 0.5 < other * 1.04
