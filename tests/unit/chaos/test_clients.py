"""A client's operations: what nobody foresaw ends the run, and is not taken for no answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import cast

import pytest

from tests.chaos.app.src.chaos.answers import Answer
from tests.chaos.clients import Client
from tests.chaos.history import History, Wanted
from tests.chaos.members import Member, NotThere


class Asked:
    """Of a member what a client needs. Answers what it is told to, or raises it."""

    name = "a"

    def __init__(self, *answers: Answer | Exception) -> None:
        self._answers = list(answers)
        self.over = asyncio.Event()

    async def ask(self, wanted: Wanted) -> Answer:
        answer = self._answers.pop(0)
        if not self._answers:
            self.over.set()
        if isinstance(answer, Exception):
            raise answer
        return answer


async def ask_all(member: Asked, history: History) -> None:
    """Have a client ask until the member has no answers any more."""
    client = Client("a1", cast("Member", member), history, Random(1))
    await client.run(0.0, member.over)
    await client.end(1.0)


async def test_an_answer_that_nobody_can_read_ends_the_run(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history:
        member = Asked(Answer("done"), ValueError("no answer at all"))
        with pytest.raises(ValueError, match="no answer at all"):
            await ask_all(member, history)


async def test_a_member_that_is_not_there_or_refuses_does_not(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history:
        member = Asked(NotThere("gone"), Answer("refused"), Answer("unknown"), Answer("done"))
        await ask_all(member, history)
    assert [entry.outcome for entry in history.entries] == ["refused", "unknown", "done"]
