"""What the charts are drawn from."""

import pytest

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


def test_few_buckets_stay_as_they_are_and_end_with_an_empty_one() -> None:
    assert coarser([(1.0, 5), (2.0, 7)]) == [(1.0, 5), (2.0, 7), (4.0, 0)]
    assert coarser([]) == []
    assert coarser([(1.0, 5)]) == [(1.0, 5), (1.1, 0)]


def test_many_buckets_are_put_together_and_none_is_lost() -> None:
    buckets = [(1.02**number, number) for number in range(200)]
    bins = coarser(buckets)
    assert len(bins) == 41
    assert sum(number for _, number in bins) == sum(range(200))
    assert [border for border, _ in bins[:2]] == [1.0, 1.02**5]


@pytest.mark.parametrize(
    "least,most,frame",
    [
        (None, None, (0.1, 10)),
        (0, 5, (0.1, 10)),
        (2, 2.2, (2, 20)),
        (0.5, 800, (0.5, 800)),
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
