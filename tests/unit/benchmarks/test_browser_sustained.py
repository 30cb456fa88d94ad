"""A run of minutes, in stretches of seconds."""

import pytest

from benchmarks.browser.ours import Point
from benchmarks.browser.sustained import Stretch, Sustained, stretches


def test_points_become_stretches_with_their_rate_and_their_slowest_write() -> None:
    points = [Point(2.5, 2.5, 100, 3.0), Point(5.0, 2.5, 300, 9.0), Point(10.0, 5.0, 50, 4.0)]
    assert stretches(points) == [Stretch(5.0, 80.0, 0.009), Stretch(10.0, 10.0, 0.004)]


def test_a_rest_too_short_to_compare_is_dropped() -> None:
    points = [Point(5.0, 5.0, 100, 1.0), Point(5.1, 0.1, 100, 1.0)]
    assert [stretch.seconds for stretch in stretches(points)] == [5.0]


def test_a_short_run_is_one_stretch() -> None:
    points = [Point(0.25, 0.25, 10, 1.0), Point(0.5, 0.25, 20, 2.0)]
    assert stretches(points) == [Stretch(0.5, 60.0, 0.002)]


def test_flat_is_the_last_third_by_the_first() -> None:
    rates = (100.0, 90.0, 80.0, 50.0, 10.0, 40.0, 60.0, 45.0, 30.0)
    run = Sustained([Stretch(0.0, rate, 0.1) for rate in rates], 0, 0.0, 0, 0)
    assert run.flatness == pytest.approx(45 / 90)
