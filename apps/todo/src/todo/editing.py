"""Editing one item in its row: double click, or F2 on a control of the row.

The half-typed text belongs to this window. Nobody else sees it, and nothing that others do ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from raft_web.elements import listen
from todo.composing import is_composing
from todo.notice import Notice
from todo.rows import Row, Rows, item_at
from todo.state import MAX_TITLE_LENGTH, Outcome, Remove, Retitle, TodoId, clean_title, title_fault
from todo.writes import Writes


class Editing:
    """At most one item is being edited: `item`. `ended` is called when that is over."""

    def __init__(
        self, rows: Rows, writes: Writes, notice: Notice, ended: Callable[[], None]
    ) -> None:
        self.item: TodoId | None = None
        self._rows = rows
        self._writes = writes
        self._notice = notice
        self._ended = ended
        self._initial = ""
        listen(rows.element, "dblclick", self._on_double_click)
        listen(rows.element, "keydown", self._on_key)
        listen(rows.element, "focusout", self._on_focus_out)
        listen(rows.element, "input", self._on_input)

    def begin(self, item: TodoId) -> None:
        """Edit `item`, unless what is being edited now cannot be saved: that comes first."""
        if self.item is not None and not self.save():
            self._rows[self.item].edit.focus()
            return
        row = self._rows[item]
        self.item = item
        row.element.classList.add("editing")
        row.edit.value = row.title
        self._initial = clean_title(row.edit.value)  # an input has no line breaks, a title may
        row.edit.focus()
        row.edit.setSelectionRange(2 * MAX_TITLE_LENGTH, 2 * MAX_TITLE_LENGTH)

    def save(self) -> bool:
        """End editing and write what is new. False: it is too long, and editing goes on."""
        if self.item is None:
            return True
        item, row = self.item, self._rows[self.item]
        title = clean_title(row.edit.value)
        if title_fault(title) is Outcome.TITLE_TOO_LONG:
            row.edit.setAttribute("aria-invalid", "true")
            self._notice.complain(title)
            return False
        self._end(row)
        if title == self._initial:
            return True
        if self._writes.has_failed(item):
            if title:
                self._writes.retry(item, title)
            else:
                self._writes.discard(item)
        else:
            self._writes.submit(Retitle(item, title) if title else Remove(item))
        return True

    def discard(self) -> None:
        """End editing and forget what was typed."""
        if self.item is not None:
            self._end(self._rows[self.item])

    def _end(self, row: Row) -> None:
        # First of all: hiding the input blurs it, and a blur saves what is still being edited.
        self.item = None
        row.element.classList.remove("editing")
        self._accept(row)
        self._ended()

    def _accept(self, row: Row) -> None:
        row.edit.removeAttribute("aria-invalid")
        self._notice.withdraw()

    def _on_double_click(self, event: Any) -> None:
        item = item_at(event.target)
        if item is not None and event.target.matches("label"):
            self.begin(item)

    def _on_key(self, event: Any) -> None:
        item = item_at(event.target)
        if item is None or is_composing(event):
            return
        if not event.target.matches(".edit"):
            if event.key == "F2":
                self.begin(item)
        elif event.key in {"Enter", "Escape"}:
            if event.key == "Enter":
                self.save()
            else:
                self.discard()
            if self.item is None:
                self._rows[item].toggle.focus()

    def _on_focus_out(self, event: Any) -> None:
        if event.target.matches(".edit"):
            self.save()

    def _on_input(self, event: Any) -> None:
        if self.item is not None and event.target.matches(".edit"):
            self._accept(self._rows[self.item])
