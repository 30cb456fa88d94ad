"""What the charts are drawn from."""

from itertools import pairwise

import pytest

from bench.histogram import WIDTH, Histogram
from bench.series import PULSE_SECONDS, Pulse, coarser, log_frame, spans
from bench.timeline import Mark


def test_a_hidden_window_is_a_span_on_the_time_axis() -> None:
    marks = [
        Mark(1, "hidden", ""),
        Mark(1.5, "election", ""),
        Mark(2, "visible", ""),
        Mark(3, "visible", ""),
        Mark(4, "hidden", ""),
    ]
    assert spans(marks, 10) == [(1, 2), (4, 10)]
    assert spans([], 10) == []


def buckets_of(*seconds: float) -> list[tuple[float, int]]:
    histogram = Histogram()
    histogram.add_all(list(seconds))
    return list(histogram.buckets())


def test_few_buckets_stay_as_they_are_and_end_with_an_empty_one() -> None:
    buckets = buckets_of(1.0, 1.0, 1.05)
    bins = coarser(buckets)
    assert [number for _, number in bins] == [2, 1, 0]
    assert [border for border, _ in bins[:2]] == pytest.approx([begin for begin, _ in buckets])
    assert coarser([]) == []
    assert [number for _, number in coarser(buckets_of(0.2))] == [1, 0]


def test_many_buckets_are_put_together_and_none_is_lost() -> None:
    buckets = [(WIDTH**number, number) for number in range(1, 201)]
    bins = coarser(buckets)
    assert len(bins) == 41
    assert sum(number for _, number in bins) == sum(range(201))
    assert [border for border, _ in bins[:2]] == pytest.approx([WIDTH, WIDTH**6])


def test_where_nothing_was_measured_the_picture_is_empty() -> None:
    """One that was slow stands alone, and is no wider than the others."""
    bins = coarser(buckets_of(*[0.01] * 50, *[0.02] * 50, 0.6))
    assert [number for _, number in bins if number] == [50, 50, 1]
    assert len(bins) > 30
    widths = [one[0] / other[0] for other, one in pairwise(bins)]
    assert widths == pytest.approx([widths[0]] * len(widths))
    assert bins[-2][0] <= 0.6 < bins[-1][0]


@pytest.mark.parametrize(
    "least,most,frame",
    [
        (None, None, (0.1, 10)),
        (0, 5, (0.1, 10)),
        (2, 2.2, (2, 20)),
        (0.5, 800, (0.5, 800)),
        (35.3, 952.14, (30, 952.14)),
        (0.0352, 0.2, (0.03, 0.3)),
        (120, 130.5, (100, 1000)),
    ],
)
def test_a_logarithmic_axis_has_always_a_beginning_and_an_end(
    least: float | None, most: float | None, frame: tuple[float, float]
) -> None:
    assert log_frame(least, most) == frame


def test_the_pulse_is_what_was_committed_a_second() -> None:
    pulse = Pulse()
    pulse.look(10, 100)
    pulse.look(10, 100)
    pulse.look(10.5, 150)
    pulse.look(11.5, 140)  # a member that was set back, by nothing we know: no negative rate
    assert pulse.samples(12) == [(-1.5, 100), (-0.5, 0)]


def test_the_pulse_forgets() -> None:
    pulse = Pulse()
    for second in range(200):
        pulse.look(second, second)
    assert len(pulse.samples(200)) == PULSE_SECONDS + 1
