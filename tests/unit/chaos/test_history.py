"""What is written down of operations, and how the checker gets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from raft_core.keyvalue import CompareAndSet, Put
from raft_core.testing.linearizability import Get
from tests.chaos.app.src.chaos.answers import Answer
from tests.chaos.history import Entry, History, operations, read


def entry(wanted: object, outcome: str, output: str | None = None) -> Entry:
    return Entry("a1", "a", wanted, 1.0, 2.0, outcome, output)  # type: ignore[arg-type]


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history:
        put = history.called("a1", "a", Put("k", "1"))
        get = history.called("b1", "b", Get("k"))
        history.answered(put, Answer("done"))
        history.answered(get, Answer("done", "1"))
    assert read(tmp_path / "h") == history.entries
    assert [(one.client, one.output) for one in history.entries] == [("a1", None), ("b1", "1")]
    assert all(one.called <= one.returned for one in history.entries)


def test_what_has_no_answer_at_the_end_is_of_unknown_outcome(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history:
        call = history.called("a1", "a", Put("k", "1"))
    assert [one.outcome for one in history.entries] == ["unknown"]
    history.answered(call, Answer("done"))
    assert [one.outcome for one in history.entries] == ["unknown"]


def test_what_was_never_asked_is_no_operation(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history:
        history.never_asked(history.called("a1", "a", Put("k", "1")))
    assert history.entries == []


@pytest.mark.parametrize(
    "wanted, outcome, output, writes, may_write",
    [
        (Put("k", "1"), "done", None, "1", "1"),
        (Put("k", "1"), "unknown", None, None, "1"),
        (Put("k", "1"), "refused", None, None, None),
        (CompareAndSet("k", "0", "1"), "done", "0", "1", "1"),
        (CompareAndSet("k", "0", "1"), "done", "2", None, None),
        (CompareAndSet("k", "0", "1"), "unknown", None, None, "1"),
        (Get("k"), "done", "1", None, None),
        (Get("k"), "unknown", None, None, None),
    ],
)
def test_what_an_operation_wrote_or_may_have(
    wanted: object, outcome: str, output: str | None, writes: str | None, may_write: str | None
) -> None:
    one = entry(wanted, outcome, output)
    assert (one.writes, one.may_write) == (writes, may_write)


def test_the_checker_gets_all_but_refusals_and_reads_that_showed_nothing() -> None:
    kept = [entry(Put("k", "1"), "done"), entry(Get("k"), "done", "1")]
    unknown = entry(Put("k", "2"), "unknown")
    given = [*kept, unknown, entry(Put("k", "3"), "refused"), entry(Get("k"), "unknown")]
    found = operations(given)
    assert [(one.input, one.returned) for one in found] == [
        (Put("k", "1"), 2.0),
        (Get("k"), 2.0),
        (Put("k", "2"), None),
    ]
