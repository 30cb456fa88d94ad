"""What is printed and kept of a run."""

import msgspec
from msgspec.structs import replace

from benchmarks.browser.figures import OURS
from benchmarks.browser.loads import ONE
from benchmarks.browser.report import Report, Results, markdown, table
from tests.unit.benchmarks.reports import report, results


def line(text: str, *words: str) -> str:
    """The first line with all of these words."""
    return next(each for each in text.splitlines() if all(word in each for word in words))


def slower(whole: Report) -> Report:
    changed = [
        replace(each, ratio=0.4) if (each.load, each.system) == (ONE.name, OURS) else each
        for each in whole.figures
    ]
    return replace(whole, figures=changed)


def test_a_line_has_rate_spread_latencies_cost_and_ratios() -> None:
    cells = line(table(results()), "  ours ", "(720 to 880)").split()
    assert cells == [
        "ours",
        "800",
        "(720",
        "to",
        "880)",
        "1.00",
        "2.00",
        "2.0",
        "1250",
        "0.80",
        "0.40",
    ]


def test_another_runs_ratio_stands_beside_with_the_ratio_of_both() -> None:
    text = table(results(), Results([slower(report())]))
    assert line(text, "  ours ", "(720 to 880)").endswith(
        "0.40 before, 2.00 of it; by CPU 0.40, 1.00"
    )


def test_another_browsers_run_is_not_compared_with() -> None:
    assert "before," not in table(results(), Results([report("firefox 153.0")])).replace(
        "before, 1.5 after", ""
    )


def test_it_says_where_and_when_it_ran() -> None:
    text = table(results())
    assert "chromium 156.0, three windows of one browser; a system, 2 cores" in text
    assert "load 0.1 before, 1.5 after; 2026-11-26, abc1234" in text
    assert "medians of 3 rounds of 2 s" in text


def test_it_says_which_part_of_the_browser_uses_the_processor() -> None:
    cells = line(table(results()), "one, leader", "ours", ".").split()
    assert cells == ["one,", "leader", "ours", "937.5", "125.0", "125.0", "62.5"]
    assert "| one, leader | ours | 937.5 | 125.0 | 125.0 | 62.5 |" in markdown(results())


def test_elections_and_failures_are_not_passed_over() -> None:
    whole = report()
    failing = replace(whole.figures[0], failed=3)
    text = table(Results([replace(whole, elections=2, figures=[failing, *whole.figures[1:]])]))
    assert "2 measurements were repeated: the leader had changed" in text
    assert line(text, "  limit ").endswith("3 failed")


def test_what_was_not_measured_says_why() -> None:
    whole = replace(report(), hidden="there is no display", sustained=None)
    assert "the leader's window hidden: not measured, there is no display" in table(
        Results([whole])
    )
    assert "not measured, there is no display." in markdown(Results([whole]))


def test_aims_are_told_honestly() -> None:
    text = table(results())
    assert line(text, "256 outstanding: of the limit  ").split()[0] == "MISSED"
    assert line(text, "one outstanding: of the limit  ").endswith("0.80, wanted at least 0.7")
    assert line(text, "stands still", "wanted").endswith("120.00 ms, wanted at most 200 ms")


def test_markdown_has_a_row_a_figure_and_a_heading_a_browser() -> None:
    both = Results([report(), report("firefox 153.0")])
    text = markdown(both)
    assert [each for each in text.splitlines() if each.startswith("#")] == [
        "#### Chromium",
        "#### Firefox",
    ]
    rows = [each for each in text.splitlines() if each.count("|") == 11]
    figures = len(report().figures) + 3
    assert len(rows) == 2 * (2 + figures)  # heads and a line below them


def test_results_come_back_from_json_as_they_were() -> None:
    assert msgspec.json.decode(msgspec.json.encode(results()), type=Results) == results()
