"""The judge finds what is planted, and nothing where nothing is."""

from __future__ import annotations

from functools import partial
from math import inf

import pytest

import tests.chaos.judge
from raft_core.keyvalue import CompareAndSet, Put
from raft_core.testing.linearizability import Get, check
from raft_core.types import Role
from tests.chaos.fury import Occurrence
from tests.chaos.history import Entry
from tests.chaos.judge import Excuse, Final, Finding, Sample, judge
from tests.chaos.plan import Fault, Part
from tests.chaos.run import LATE, excuses

LINEARIZABLE, LOST, TERM, STOPPED, EQUAL, ALIVE = range(6)


class Writer:
    """Makes entries that follow each other."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._now = 0.0

    def done(self, wanted: Put | Get | CompareAndSet, output: str | None = None) -> Entry:
        return self._add(wanted, "done", output)

    def unknown(self, wanted: Put | Get | CompareAndSet) -> Entry:
        return self._add(wanted, "unknown", None)

    def _add(self, wanted: Put | Get | CompareAndSet, outcome: str, output: str | None) -> Entry:
        self._now += 2
        client = f"c{len(self.entries)}"
        entry = Entry(client, "a", wanted, self._now, self._now + 1, outcome, output)  # type: ignore[arg-type]
        self.entries.append(entry)
        return entry


@pytest.fixture
def writer() -> Writer:
    return Writer()


def finals(*items: dict[str, str] | None) -> list[Final]:
    return [Final(f"m{number}", each, True) for number, each in enumerate(items)]


def findings(
    entries: list[Entry], ends: list[Final], samples: list[Sample] | None = None
) -> tuple[Finding, ...]:
    return judge(entries, samples or [], ends).findings


def test_nothing_is_found_where_all_is_well(writer: Writer) -> None:
    writer.done(Put("k", "1"))
    writer.done(CompareAndSet("k", "1", "2"), "1")
    writer.done(CompareAndSet("k", "1", "3"), "2")
    writer.done(Get("k"), "2")
    found = judge(writer.entries, [], finals({"k": "2"}, {"k": "2"}))
    assert found.holds
    assert found.findings[LOST].sentence == "2 writes were acknowledged, and all are there."


def test_a_stale_read_is_found(writer: Writer) -> None:
    writer.done(Put("k", "1"))
    writer.done(Put("k", "2"), "1")
    writer.done(Get("k"), "1")
    found = findings(writer.entries, finals({"k": "2"}))
    assert not found[LINEARIZABLE].holds
    assert found[LOST].holds


def test_an_acknowledged_write_that_is_gone_is_found(writer: Writer) -> None:
    writer.done(Put("k", "1"))
    writer.done(Put("k", "2"), "1")
    found = findings(writer.entries, finals({"k": "1"}))[LOST]
    assert not found.holds
    assert "2 of c1 to key k was acknowledged at 5.00 s, and in the end m0 has 1" in found.sentence


def test_a_key_that_is_gone_altogether_is_found(writer: Writer) -> None:
    writer.done(Put("k", "1"))
    found = findings(writer.entries, finals({"k": "1"}, {}))
    assert not found[LOST].holds
    assert "m1 has nothing" in found[LOST].sentence
    assert not found[EQUAL].holds


def test_a_member_that_is_not_whole_may_be_behind(writer: Writer) -> None:
    writer.done(Put("k", "1"))
    ends = [*finals({"k": "1"}), Final("b", {}, False, "it has stopped")]
    found = findings(writer.entries, ends)
    assert found[LOST].holds
    assert not found[ALIVE].holds


def test_two_writes_that_replaced_the_same_value_are_found(writer: Writer) -> None:
    writer.done(Put("k", "1"))
    writer.done(Put("k", "2"), "1")
    writer.done(Put("k", "3"), "1")
    found = findings(writer.entries, finals({"k": "3"}))
    assert not found[LOST].holds
    assert "both found 1 before" in found[LOST].sentence
    assert not found[LINEARIZABLE].holds


def test_a_write_of_unknown_outcome_may_have_come_late(writer: Writer) -> None:
    writer.unknown(Put("k", "1"))
    writer.done(Put("k", "2"))
    assert judge(writer.entries, [], finals({"k": "1"})).holds
    assert judge(writer.entries, [], finals({"k": "2"})).holds


def test_a_write_that_was_lost_behind_a_read_is_found(writer: Writer) -> None:
    writer.done(Put("k", "1"))
    writer.done(Get("k"), None)
    assert not findings(writer.entries, finals({"k": "1"}))[LINEARIZABLE].holds


def test_concurrent_writes_may_end_in_either_order() -> None:
    entries = [
        Entry("a1", "a", Put("k", "1"), 1.0, 9.0, "done", "2"),
        Entry("b1", "b", Put("k", "2"), 1.0, 9.0, "done", None),
    ]
    assert judge(entries, [], finals({"k": "1"})).holds


def test_what_nobody_could_judge_is_not_found_right(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 4):
        writer.done(Put("k", f"{number}"), f"{number - 1}" if number > 1 else None)
    monkeypatch.setattr(tests.chaos.judge, "check", partial(check, limit=1))
    found = judge(writer.entries, [], finals({"k": "3"}))
    assert not found.holds
    assert not found.findings[LINEARIZABLE].holds
    assert "gave up" in found.findings[LINEARIZABLE].sentence


def test_two_leaders_of_a_term_are_found() -> None:
    samples = [
        Sample(1.0, 0, Role.LEADER, "one", 3),
        Sample(1.0, 1, Role.FOLLOWER, "two", 3),
        Sample(2.0, 1, Role.LEADER, "two", 4),
    ]
    assert findings([], finals({}), samples)[TERM].holds
    found = findings([], finals({}), [*samples, Sample(3.0, 1, Role.LEADER, "two", 3)])[TERM]
    assert not found.holds
    assert found.sentence == "one and two both led in term 3."


def test_a_member_that_stopped_without_a_reason_is_found() -> None:
    samples = [Sample(7.0, 1, Role.FOLLOWER, "two", 3, problem="the log has a gap")]
    found = judge([], samples, finals({}), [Excuse(0, 0.0, 9.0), Excuse(1, 8.0, 9.0)]).findings
    assert not found[STOPPED].holds
    assert found[STOPPED].sentence == "two had stopped at 7.0 s: the log has a gap"
    assert judge([], samples, finals({}), [Excuse(1, 6.0, 9.0)]).holds


def test_a_member_whose_process_ended_by_itself_is_found() -> None:
    found = judge([], [Sample(7.0, 1, problem="its process ended: 1")], finals({})).findings
    assert not found[STOPPED].holds
    assert found[STOPPED].sentence == "member 2 had stopped at 7.0 s: its process ended: 1"


def test_only_a_fault_that_came_about_excuses() -> None:
    cleared = Part(Fault.CLEAR, 1, 2.0)
    came = Occurrence(3, cleared, 5.0, 7.0, 9.0)
    left_out = Occurrence(4, cleared, 20.0, 20.0, 20.0, "left out: nobody is whole")
    under_way = Occurrence(5, Part(Fault.QUOTA, 0, 2.0), 30.0)
    killed = Occurrence(6, Part(Fault.KILL, 0, 2.0), 40.0)
    assert excuses([came, left_out, under_way, killed]) == [
        Excuse(1, 5.0, 9.0 + LATE),
        Excuse(0, 30.0, inf),
    ]


def test_members_that_differ_or_do_not_answer_are_found() -> None:
    assert findings([], finals({"k": "1"}, {"k": "1"}))[EQUAL].holds
    assert "Key k is 1 on m0 and None on m1" in findings([], finals({"k": "1"}, {}))[EQUAL].sentence
    assert "m1" in findings([], finals({"k": "1"}, None))[EQUAL].sentence
    third = findings([], finals({"k": "1"}, {"k": "1"}, {"k": "2"}))[EQUAL]
    assert not third.holds
    assert third.sentence == "Key k is 1 on m0 and 2 on m2."


def test_a_member_that_is_not_whole_or_takes_no_writes_is_found() -> None:
    well = Final("a", {}, True)
    assert findings([], [well])[ALIVE].holds
    found = findings([], [well, Final("b", {}, True, "it knows no leader"), Final("c", {}, False)])
    assert not found[ALIVE].holds
    assert "b: it knows no leader; c: no write through it" in found[ALIVE].sentence
