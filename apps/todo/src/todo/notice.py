"""One line above the list, when text cannot be taken."""

from __future__ import annotations

from raft_web.elements import make
from todo.state import MAX_TITLE_LENGTH


class Notice:
    """Empty, and so hidden, most of the time."""

    def __init__(self) -> None:
        self.element = make("p", "notice", id="todo-notice", role="status")

    def complain(self, title: str) -> None:
        """The title is too long."""
        self.element.textContent = (
            f"A title has at most {MAX_TITLE_LENGTH} characters; this one has {len(title)}."
        )

    def withdraw(self) -> None:
        """Nothing is wrong with the text any more."""
        self.element.textContent = ""
