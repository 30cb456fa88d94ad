"""A report as a run would make it, with figures that are easy to follow."""

from benchmarks.browser.figures import (
    HIDDEN,
    LIMIT,
    OURS,
    THRIFTY,
    VISIBLE,
    Figure,
    Rounds,
    Run,
    Spent,
)
from benchmarks.browser.limit import Sizes
from benchmarks.browser.loads import MANY_MIXED, MANY_WRITES, ONE, ONE_FOLLOWER, ONE_MIXED
from benchmarks.browser.report import Machine, Report, Results
from benchmarks.browser.sustained import Stretch, Sustained


def run(rate: float, spent: Spent) -> Run:
    return Run(round(rate * 2), 2.0, 0.001, 0.002, 0.03, spent=spent)


def figure(load: str, system: str, rate: float, ratio: float | None = None) -> Figure:
    return Figure(load, system, rate, rate / 2, rate * 2, 0.001, 0.004, 0.03, 0, None, ratio)


def figures() -> list[Figure]:
    rounds = Rounds()
    for rate in (1000.0, 1100.0, 900.0):
        rounds.add(ONE.name, LIMIT, run(rate, Spent(0.5, 0.2, 0.2, 0.1)))
        rounds.add(ONE.name, OURS, run(rate * 0.8, Spent(1.5, 0.2, 0.2, 0.1)))
    return [
        rounds.figure(ONE.name, LIMIT),
        rounds.figure(ONE.name, OURS, (ONE.name, LIMIT)),
        figure(ONE.name, THRIFTY, 1300.0, 1.3),
        figure(ONE_FOLLOWER.name, LIMIT, 700.0),
        figure(ONE_FOLLOWER.name, OURS, 350.0, 0.5),
        figure(ONE_MIXED.name, OURS, 900.0, 1.1),
        figure(MANY_WRITES.name, LIMIT, 100_000.0),
        figure(MANY_WRITES.name, OURS, 25_000.0, 0.25),
        figure(MANY_MIXED.name, OURS, 24_000.0, 0.96),
    ]


def sustained() -> Sustained:
    rates = (30_000.0, 31_000.0, 29_000.0)
    stretches = [Stretch(5.0 * number, rate, 0.15) for number, rate in enumerate(rates, 1)]
    return Sustained(stretches, 2_000_000, 0.12, 0, 0)


def report(browser: str = "chromium 156.0") -> Report:
    hidden = [
        figure(ONE.name, VISIBLE, 800.0),
        figure(ONE.name, HIDDEN, 480.0, 0.6),
        figure(MANY_WRITES.name, HIDDEN, 9_000.0, 0.45),
    ]
    return Report(
        Machine(browser, "a system", 2, (0.1, 1.5)),
        "2026-11-26",
        "abc1234",
        3,
        2.0,
        separate=False,
        elections=0,
        sizes={ONE.name: Sizes(120.0, 12.0)},
        figures=figures(),
        hidden=hidden,
        sustained=sustained(),
    )


def results() -> Results:
    return Results([report()])
