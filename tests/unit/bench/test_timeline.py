"""Points and marks: what they say, and that neither grows without bound."""

import pytest

from bench.timeline import ERROR, INTERVAL, LEADER, MAX_MARKS, MAX_POINTS, Counts, Mark, Timeline
from tests.unit.bench.world import Bench


def counts(writes: list[float], reads: list[float], *errors: str) -> Counts:
    made = Counts()
    for seconds in writes:
        made.writes.add(seconds)
    for seconds in reads:
        made.reads.add(seconds)
    for kind in errors:
        made.fail(kind)
    return made


def test_a_point_says_what_was_answered_in_its_interval() -> None:
    timeline = Timeline(100.0, 10)
    timeline.close(100.25, counts([0.001, 0.002], [0.003, 0.1], "NoLeader"), measured=False)
    timeline.close(100.75, counts([0.004], []), measured=True)
    first, second = timeline.points
    assert (first.at, first.seconds, first.measured) == (0.25, 0.25, False)
    assert (first.writes, first.reads, first.errors) == (2, 2, 1)
    assert first.per_second == 16
    assert first.p50 == pytest.approx(2, rel=0.02)
    assert first.max == pytest.approx(100)
    assert (second.at, second.seconds, second.measured) == (0.75, 0.5, True), "it looked late"
    assert second.per_second == 2


def test_errors_are_marked_where_they_happened() -> None:
    timeline = Timeline(100.0, 10)
    timeline.close(101.0, counts([], [], "NoLeader", "Overloaded", "NoLeader"), measured=True)
    timeline.mark(101.5, LEADER, "b leads in term 2")
    assert timeline.marks == [
        Mark(1.0, ERROR, "2 NoLeader"),
        Mark(1.0, ERROR, "1 Overloaded"),
        Mark(1.5, LEADER, "b leads in term 2"),
    ]


def test_a_moment_without_anything_is_no_point() -> None:
    timeline = Timeline(100.0, 10)
    timeline.close(100.001, Counts(), measured=True)
    assert timeline.points == []
    timeline.close(100.25, Counts(), measured=True)
    assert [point.seconds for point in timeline.points] == [0.25]


def test_merged_counts_are_the_sum() -> None:
    both = counts([0.1], [0.2], "NoLeader")
    both.merge(counts([0.1, 0.1], [], "NoLeader", "Stopped"))
    assert (both.writes.count, both.reads.count, both.acknowledged) == (3, 1, 4)
    assert (both.errors, both.failed) == ({"NoLeader": 2, "Stopped": 1}, 3)


def test_a_run_of_any_length_has_a_bounded_number_of_points() -> None:
    assert Timeline(0, 60).interval == INTERVAL
    assert 86_400 / Timeline(0, 86_400).interval <= MAX_POINTS


def test_marks_are_kept_up_to_a_thousand() -> None:
    timeline = Timeline(0, 10)
    for number in range(MAX_MARKS + 5):
        timeline.mark(number, LEADER, "")
    assert len(timeline.marks) == MAX_MARKS
    assert timeline.marks_left_out == 5


def test_points_of_a_run_stand_a_quarter_of_a_second_apart() -> None:
    load = Bench(outstanding=10, seconds=3.0, warm_up=1.1).run()
    warm = [point for point in load.timeline.points if not point.measured]
    measured = [point for point in load.timeline.points if point.measured]
    assert len(measured) == 12
    assert all(point.seconds == pytest.approx(INTERVAL) for point in measured)
    assert sum(point.writes for point in measured) == load.measured.writes.count
    assert sum(point.writes for point in warm) == load.outside.writes.count
