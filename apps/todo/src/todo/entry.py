"""The input at the top that takes new items."""

from __future__ import annotations

from typing import Any

from raft_web.elements import listen, make
from todo.composing import is_composing
from todo.notice import Notice
from todo.state import Add, Outcome, clean_title, title_fault
from todo.writes import Writes, new_id


class Entry:
    """The header: what is typed there belongs to this window until Enter."""

    def __init__(self, writes: Writes, notice: Notice) -> None:
        self._writes = writes
        self._notice = notice
        self._input = make(
            "input",
            "new-todo",
            placeholder="What needs to be done?",
            aria_label="What needs to be done?",
            aria_describedby=notice.element.id,
            autocomplete="off",
            autofocus="",
            dir="auto",
            enterkeyhint="done",
        )
        self.element = make(
            "header", "header", make("h1", "", "todos"), notice.element, self._input
        )
        listen(self._input, "keydown", self._on_key)
        listen(self._input, "input", lambda _: self._accept())

    def focus(self) -> None:
        self._input.focus()

    def _on_key(self, event: Any) -> None:
        if event.key != "Enter" or is_composing(event):
            return
        title = clean_title(self._input.value)
        fault = title_fault(title)
        if fault is None:
            self._input.value = ""
            self._accept()
            self._writes.submit(Add(new_id(), title))
        elif fault is Outcome.TITLE_TOO_LONG:
            self._input.setAttribute("aria-invalid", "true")
            self._notice.complain(title)

    def _accept(self) -> None:
        self._input.removeAttribute("aria-invalid")
        self._notice.withdraw()
