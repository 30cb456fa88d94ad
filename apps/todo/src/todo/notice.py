"""One line above the list, for what a person must know before typing on."""

from __future__ import annotations

from todo.dom import make
from todo.state import MAX_TITLE_LENGTH

READ_ONLY = "No leader just now. You can read; what you write waits until it can be saved."


class Notice:
    """Complains of text that cannot be taken, or else says that writes wait."""

    def __init__(self) -> None:
        self.element = make("p", "notice", id="todo-notice", role="status")
        self._complaint = ""
        self._can_write = True
        self._text = ""

    def show(self, *, can_write: bool) -> None:
        self._can_write = can_write
        self._show()

    def complain(self, title: str) -> None:
        """The title is too long."""
        self._complaint = (
            f"A title has at most {MAX_TITLE_LENGTH} characters; this one has {len(title)}."
        )
        self._show()

    def withdraw(self) -> None:
        """Nothing is wrong with the text any more."""
        self._complaint = ""
        self._show()

    def _show(self) -> None:
        text = self._complaint or ("" if self._can_write else READ_ONLY)
        if text != self._text:  # a screen reader says it again each time it is set
            self._text = text
            self.element.textContent = text
