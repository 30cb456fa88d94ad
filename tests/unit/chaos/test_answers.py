"""What may be called refused: only what is surely not done."""

from __future__ import annotations

import pytest

from raft_core.errors import (
    CommandFailed,
    NoLeader,
    OutcomeUnknown,
    RaftError,
    Stopped,
    StorageFailed,
)
from tests.chaos.app.src.chaos.answers import answer_of


def test_a_value_is_an_answer_and_none_is_one() -> None:
    assert (answer_of("1").outcome, answer_of("1").value) == ("done", "1")
    assert (answer_of(None).outcome, answer_of(None).value) == ("done", None)


def test_without_a_leader_nothing_was_done() -> None:
    assert answer_of(NoLeader("none")).outcome == "refused"


@pytest.mark.parametrize("kind", [OutcomeUnknown, StorageFailed, Stopped, CommandFailed])
def test_what_may_still_be_done_is_unknown(kind: type[RaftError]) -> None:
    answer = answer_of(kind("why"))
    assert (answer.outcome, answer.value) == ("unknown", None)
    assert "why" in answer.why
