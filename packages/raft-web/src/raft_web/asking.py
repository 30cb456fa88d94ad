"""Questions to a person that need an answer before something is done which cannot be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol


class Question(NamedTuple):
    """What is asked, and the two answers: the one that does it, and the one that leaves all."""

    title: str
    lines: Sequence[str]
    confirm: str
    cancel: str


class Dialog(Protocol):
    """What shows a question: `raft_web.view.View`."""

    def ask(self, question: Question) -> None:
        """Show it, in front of everything."""

    def close_question(self) -> None:
        """Show it no more."""


class Asking:
    """One question at a time, and what to do when the answer is yes."""

    def __init__(self, dialog: Dialog) -> None:
        self._dialog = dialog
        self._do: Callable[[], None] | None = None

    def ask(self, question: Question, do: Callable[[], None]) -> None:
        """Ask, and call `do` when a person confirms it."""
        self._do = do
        self._dialog.ask(question)

    def answer(self, *, yes: bool) -> None:
        """A person has answered; twice is once. Escape is no answer, and nothing is done."""
        do, self._do = self._do, None
        self._dialog.close_question()
        if yes and do is not None:
            do()
