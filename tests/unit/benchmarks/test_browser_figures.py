"""Figures of the browser's bench: medians, spread, ratios round by round."""

import pytest

from benchmarks.browser.figures import LIMIT, OURS, Rounds, Run, Spent, ratio


def run(rate: float, spent: Spent | None = None) -> Run:
    return Run(round(rate * 4), 4.0, 1 / rate, 2 / rate, 9 / rate, spent=spent)


def test_a_figure_has_the_median_and_both_ends_of_the_rounds() -> None:
    rounds = Rounds()
    for rate in (100.0, 300.0, 200.0):
        rounds.add("one", LIMIT, run(rate))
    figure = rounds.figure("one", LIMIT)
    assert (figure.rate, figure.lowest, figure.highest) == (200, 100, 300)
    assert (figure.p50, figure.p99) == (1 / 200, 2 / 200)
    assert figure.longest == 9 / 100
    assert figure.ratio is None


def test_a_ratio_is_the_median_of_the_rounds_ratios_and_not_the_ratio_of_medians() -> None:
    rounds = Rounds()
    for limit, ours in ((100.0, 90.0), (400.0, 80.0), (200.0, 100.0)):
        rounds.add("one", LIMIT, run(limit))
        rounds.add("one", OURS, run(ours))
    figure = rounds.figure("one", OURS, ("one", LIMIT))
    assert figure.rate == 90
    assert figure.ratio == 0.5  # of 0.9, 0.2, 0.5; that of the medians is 0.45


def test_the_processors_ratio_says_more_for_less() -> None:
    rounds = Rounds()
    rounds.add("one", LIMIT, run(100.0, Spent(0.4, 0.3, 0.2, 0.1)))
    rounds.add("one", OURS, run(100.0, Spent(3.2, 0.4, 0.4, 0.0)))
    figure = rounds.figure("one", OURS, ("one", LIMIT))
    assert figure.cost == Spent(3.2 / 400, 0.4 / 400, 0.4 / 400, 0.0)
    assert figure.cost.total == pytest.approx(0.01)
    assert figure.cost_ratio == pytest.approx(0.25)


def test_a_browser_that_tells_nothing_of_the_processor_has_no_cost() -> None:
    rounds = Rounds()
    rounds.add("one", LIMIT, run(100.0))
    rounds.add("one", OURS, run(50.0))
    figure = rounds.figure("one", OURS, ("one", LIMIT))
    assert figure.ratio == 0.5
    assert figure.cost is None
    assert figure.cost_ratio is None


def test_failed_operations_of_all_rounds_are_counted() -> None:
    rounds = Rounds()
    for failed in (0, 2, 5):
        rounds.add("one", OURS, Run(10, 1.0, 0.1, 0.2, 0.3, failed))
    assert rounds.figure("one", OURS).failed == 7


def test_rounds_that_do_not_match_have_no_ratio_at_all() -> None:
    assert ratio([1.0], []) is None
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])
