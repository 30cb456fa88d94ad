"""The rows of the list: one `li` for an item, kept as long as the item is shown.

A row is changed only where its item changed and moved only where the order did, so that focus,
caret and half-typed text in it outlive what other windows do. One listener serves all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from js import document

from raft_web.elements import listen, make
from todo.order import heir, moves, place
from todo.state import Remove, SetCompleted, TodoId
from todo.writes import Item, Writes


class Row:
    """The elements of one item."""

    def __init__(self, item: Item) -> None:
        note_id = f"note-{item.id}"
        self.toggle = make("input", "toggle", type="checkbox", aria_describedby=note_id)
        self.edit = make("input", "edit", dir="auto", autocomplete="off", enterkeyhint="done")
        self._label = make("label", "", dir="auto")
        self._note = make("div", "note", id=note_id)
        self._destroy = make("button", "destroy", type="button")
        view = make("div", "view", self.toggle, self._label, self._destroy, self._note)
        self.element = make("li", "", view, self.edit, data_id=item.id)
        self._shown: Item | None = None
        self.show(item)

    @property
    def title(self) -> str:
        """The title that the row shows."""
        return self._shown.title if self._shown else ""

    def show(self, item: Item) -> None:
        """Bring the elements to what `item` is; what is typed into `edit` stays."""
        before, self._shown = self._shown, item
        # A click has put the box where its write may fail to bring the item, so each time:
        self.toggle.checked = item.completed
        if item == before:
            return
        if before is None or item.title != before.title:
            self._label.textContent = item.title
            self.toggle.setAttribute("aria-label", f"Completed: {item.title}")
            self.edit.setAttribute("aria-label", f"New text for: {item.title}")
            self._destroy.setAttribute("aria-label", f"Delete: {item.title}")
        # Text that failed can be sent again or discarded; what is not in the list, nothing else.
        self.toggle.disabled = item.missing and bool(item.problem)
        self._destroy.hidden = bool(item.problem)
        classes = self.element.classList
        classes.toggle("completed", item.completed)
        classes.toggle("pending", item.pending)
        classes.toggle("failed", bool(item.problem))
        if before is None or (item.pending, item.problem) != (before.pending, before.problem):
            self._show_note(item)

    def _show_note(self, item: Item) -> None:
        had_focus = self._note.matches(":focus-within")
        if item.problem:
            self._note.replaceChildren(
                make("span", "", item.problem),
                make("button", "retry", "Try again", type="button"),
                make("button", "discard", "Discard", type="button"),
            )
        else:
            self._note.textContent = "saving…" if item.pending else ""
        if had_focus:
            self.toggle.focus()


class Rows:
    """The `ul` of rows.

    `emptied` is called when the last row has gone and had the focus: it has no place here any more.
    """

    def __init__(self, writes: Writes, emptied: Callable[[], None]) -> None:
        self.element = make("ul", "todo-list")
        self._writes = writes
        self._emptied = emptied
        self._rows: dict[TodoId, Row] = {}
        self._order: list[TodoId] = []
        listen(self.element, "click", self._on_click)
        listen(self.element, "change", self._on_change)

    def __getitem__(self, item: TodoId) -> Row:
        return self._rows[item]

    def show(self, items: Sequence[Item], *, editing: TodoId | None) -> None:
        """Show these items in this order. The row being edited stays, even if it is not there."""
        order = [item.id for item in items]
        if editing is not None and editing not in order:
            order.insert(place(self._order, order, editing), editing)
        for item in items:
            row = self._rows.get(item.id)
            if row is None:
                self._rows[item.id] = Row(item)
            else:
                row.show(item)
        if order != self._order:
            self._arrange(order)

    def _arrange(self, order: list[TodoId]) -> None:
        focused = item_at(document.activeElement)
        before, self._order = self._order, order
        staying = set(order)
        for key in before:
            if key not in staying:
                self._rows.pop(key).element.remove()
        present = [key for key in before if key in staying]
        for key, follower in moves(present, order, focused):
            element = self._rows[key].element
            if follower is None:
                self.element.append(element)
            else:
                self._rows[follower].element.before(element)
        if focused in before and focused not in staying:
            next_in_line = heir(before, order, focused)
            if next_in_line is None:
                self._emptied()
            else:
                self._rows[next_in_line].toggle.focus()

    def _on_change(self, event: Any) -> None:
        item = item_at(event.target)
        if item is not None and event.target.matches(".toggle"):
            self._writes.submit(SetCompleted(item, bool(event.target.checked)))

    def _on_click(self, event: Any) -> None:
        item = item_at(event.target)
        if item is None:
            return
        if event.target.matches(".destroy"):
            self._writes.submit(Remove(item))
        elif event.target.matches(".retry"):
            self._writes.retry(item)
        elif event.target.matches(".discard"):
            self._writes.discard(item)


def item_at(node: Any) -> TodoId | None:
    """The item whose row `node` is in. Null, which stands for no node, is in none."""
    row = node and node.closest(".todo-list > li")
    return str(row.dataset.id) if row else None
