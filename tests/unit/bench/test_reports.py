"""What members say of themselves: kept by all, made seldom, and known to grow old."""

import msgspec
import pytest

from bench.reports import (
    IDLE,
    KEPT,
    LEAST,
    STALE,
    LinkReport,
    Report,
    Reporting,
    Sightings,
    is_watched,
    keep,
)
from bench.state import BenchState, Command, Put
from tests.unit.bench.reporting import make_report

REPORT = make_report(last_index=100)


def test_a_member_has_one_report_the_newest() -> None:
    state = BenchState()
    state.apply(Put(1, "x"))
    for report in (REPORT, make_report("b"), msgspec.structs.replace(REPORT, term=3)):
        assert state.apply(report) == 1
    assert list(state.reports) == ["b", "a"]
    assert state.reports["a"].term == 3
    assert state.writes == 1


def test_reports_of_members_long_gone_give_way() -> None:
    reports: dict[str, Report] = {}
    for number in range(KEPT):
        keep(reports, make_report(f"m{number}"))
    keep(reports, make_report("m0", term=9))
    keep(reports, make_report("new"))
    assert len(reports) == KEPT
    assert "m1" not in reports
    assert reports["m0"].term == 9


def test_it_travels_as_a_command() -> None:
    report = make_report(leader=None, links=(LinkReport("b", "connected", 0.5, 3, "direct"),))
    encoded = msgspec.msgpack.encode(report)
    assert msgspec.msgpack.decode(encoded, type=Command) == report


class TestWhenItIsDue:
    """Seconds count from a report made at 100."""

    @pytest.fixture
    def reporting(self) -> Reporting:
        reporting = Reporting()
        assert reporting.is_due(REPORT, 100, watched=False), "nobody knows this member yet"
        reporting.made(REPORT, 100)
        return reporting

    def test_what_a_person_notices_is_due_at_once_but_not_too_often(
        self, reporting: Reporting
    ) -> None:
        changed = msgspec.structs.replace(REPORT, role="leader")
        assert not reporting.is_due(changed, 100 + LEAST - 0.1, watched=True)
        assert reporting.is_due(changed, 100 + LEAST, watched=False)

    @pytest.mark.parametrize(
        "change", [{"visible": False}, {"run": "1 outstanding"}, {"snapshot_index": 5}]
    )
    def test_such_are(self, reporting: Reporting, change: dict[str, object]) -> None:
        changed = msgspec.structs.replace(REPORT, **change)
        assert reporting.is_due(changed, 100 + LEAST, watched=False)

    def test_a_links_state_is_noticed_and_its_round_trip_is_not(self, reporting: Reporting) -> None:
        def with_link(state: str, trip: float) -> Report:
            link = LinkReport("b", state, trip, 7, "direct")
            return msgspec.structs.replace(REPORT, links=(link,))

        reporting.made(with_link("connected", 1), 100)
        assert not reporting.is_due(with_link("connected", 2), 105, watched=True)
        assert reporting.is_due(with_link("waiting", 2), 105, watched=True)

    def test_a_log_that_grows_is_due_while_somebody_looks(self, reporting: Reporting) -> None:
        grown = msgspec.structs.replace(REPORT, last_index=150)
        assert reporting.is_due(grown, 100 + LEAST, watched=True)
        assert not reporting.is_due(grown, 100 + LEAST, watched=False)

    def test_that_it_is_there_is_due_seldom(self, reporting: Reporting) -> None:
        own_reports = msgspec.structs.replace(REPORT, last_index=103)
        assert not reporting.is_due(own_reports, 100 + IDLE - 0.1, watched=True)
        assert reporting.is_due(own_reports, 100 + IDLE, watched=True)
        assert not reporting.is_due(own_reports, 1000, watched=False)


class TestHowOldTheyAre:
    def test_age_counts_from_when_it_was_seen_first(self) -> None:
        sightings = Sightings()
        sightings.look({}, 1)
        sightings.look({"a": REPORT}, 2)
        sightings.look({"a": REPORT}, 3)
        assert sightings.age("a", 5) == 3
        sightings.look({"a": msgspec.structs.replace(REPORT, term=3)}, 6)
        assert sightings.age("a", 6) == 0

    def test_what_was_there_before_is_of_an_unknown_age(self) -> None:
        sightings = Sightings()
        sightings.look({"a": REPORT}, 2)
        assert sightings.age("a", 3) is None
        assert sightings.age("b", 3) is None

    def test_who_is_not_reported_any_more_is_forgotten(self) -> None:
        sightings = Sightings()
        sightings.look({}, 1)
        sightings.look({"a": REPORT}, 2)
        sightings.look({}, 3)
        assert sightings.age("a", 3) is None

    @pytest.mark.parametrize(
        "there,now,visible,watched",
        [
            (REPORT, 3, False, True),
            (REPORT, 2 + STALE, False, False),
            (make_report(visible=False), 3, False, False),
            (make_report(visible=False), 3, True, True),
        ],
    )
    def test_whether_somebody_looks(
        self, there: Report, now: float, visible: bool, watched: bool
    ) -> None:
        sightings = Sightings()
        sightings.look({}, 1)
        sightings.look({"a": there}, 2)
        assert is_watched({"a": there}, sightings, now, visible=visible) is watched
