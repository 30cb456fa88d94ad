"""Aims are judged by the figures, and what was not measured is not judged."""

from msgspec.structs import replace

from benchmarks.browser.aims import Aim, aims
from tests.unit.benchmarks.reports import figures, report, sustained


def judged(all_aims: list[Aim]) -> dict[str, bool | None]:
    return {aim.what: aim.met for aim in all_aims}


def test_each_aim_is_met_or_missed_by_its_figure() -> None:
    assert judged(report().aims()) == {
        "one outstanding: of the limit": True,
        "one outstanding: of the limit, hoped for": False,
        "256 outstanding: of the limit": False,
        "256 outstanding: of the limit, hoped for": False,
        "one, half of it reads: of writes alone": True,
        "256, half of it reads: of writes alone": False,
        "one outstanding: p99 / p50": True,
        "256 outstanding: p99 / p50": True,
        "leader hidden: of all in sight, the worst": False,
        "sustained: the end, of the beginning": True,
        "sustained: the most stored, of the quota": True,
        "sustained: a window stands still": True,
        "sustained: the slowest write": True,
        "sustained: writes that failed": True,
    }


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert set(judged(aims([], [], None)).values()) == {None}


def test_a_run_that_slows_down_or_stands_still_misses() -> None:
    slower = replace(sustained(), stored=6_000_000, longest_task=0.3, failed=1)
    last = replace(slower.stretches[-1], rate=10_000.0, longest=0.9)
    slower = replace(slower, stretches=[*slower.stretches[:-1], last])
    found = judged(aims(figures(), [], slower))
    assert {what: met for what, met in found.items() if what.startswith("sustained")} == {
        "sustained: the end, of the beginning": False,
        "sustained: the most stored, of the quota": False,
        "sustained: a window stands still": False,
        "sustained: the slowest write": False,
        "sustained: writes that failed": False,
    }
