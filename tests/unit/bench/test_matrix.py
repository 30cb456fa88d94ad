"""The matrix: every member's own word on its links."""

from bench.matrix import SELF, UNKNOWN, Cell, link_reports, matrix
from bench.reports import LinkReport
from tests.unit.bench.reporting import make_report

CONNECTED = LinkReport("b", "connected", 0.62, 2048, "direct")


def test_each_members_word_is_a_row() -> None:
    a = make_report("a", links=(CONNECTED, LinkReport("c", "waiting")))
    b = make_report("b", links=(LinkReport("a", "connected", None, 0, ""),))
    first = Cell("connected", "safe", "0.62 ms", "2 KB waiting, direct")
    second = Cell("connected", "safe", "", "0 B waiting")
    assert matrix(["a", "b", "c"], {"a": a, "b": b}, "abc") == [
        [SELF, first, Cell("waiting", "halted", "", "")],
        [second, SELF, Cell("no link", "halted", "", "")],
        [UNKNOWN, UNKNOWN, SELF],
    ]


def test_the_last_word_of_one_that_is_away_is_no_link() -> None:
    a, b = make_report("a"), make_report("b", links=(LinkReport("a", "connected", 0.62, 0, ""),))
    assert matrix(["a", "b"], {"a": a, "b": b}, "a") == [
        [SELF, Cell("no link", "halted", "", "")],
        [UNKNOWN, SELF],
    ]


def test_links_are_reported_in_milliseconds_with_their_paths() -> None:
    links = {"c": ("connecting", None, 0), "b": ("connected", 0.00062, 2048)}
    assert link_reports(links, {"b": "direct", "c": "relayed"}) == (
        CONNECTED,
        LinkReport("c", "connecting"),
    )
