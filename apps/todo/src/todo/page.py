"""The todo list as a page: puts the parts together and shows them again when something changed.

    section.todoapp
        header.header       entry.py     takes new items; notice.py says why text is not taken
        section.main        rows.py      the rows, and editing.py in them
        footer.footer       footer.py    counter, filters, clear completed
    footer.info             footer.py    credits

What is shown is the replica with this window's writes under way on top: writes.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from js import requestAnimationFrame
from pyodide.ffi import create_proxy

from raft_web.elements import listen, make
from todo.editing import Editing
from todo.entry import Entry
from todo.filters import Filter
from todo.footer import Footer, credits_
from todo.notice import Notice
from todo.rows import Rows
from todo.state import SetAllCompleted, TodoState
from todo.writes import Writes

if TYPE_CHECKING:
    from raft_web.app import Member
    from raft_web.dom import JsElement


class TodoPage:
    """Satisfies `raft_web.app.Page`."""

    name = "todo"

    _member: Member
    _writes: Writes
    _rows: Rows
    _editing: Editing
    _footer: Footer
    _toggle_all: Any
    _main: Any

    def make_state(self) -> TodoState:
        return TodoState()

    def mount(self, member: Member, root: JsElement) -> None:
        """Draw into `root`, and put the focus where new items are typed."""
        self._member = member
        self._frame = create_proxy(self._draw_frame)
        self._frame_is_due = False
        self._writes = Writes(member, self._draw_soon)
        notice = Notice()
        entry = Entry(self._writes, notice)
        self._rows = Rows(self._writes, emptied=entry.focus)
        self._editing = Editing(self._rows, self._writes, notice, ended=self._draw_soon)
        self._footer = Footer(member, self._writes, abandoned=entry.focus)
        self._toggle_all = make("input", "toggle-all", id="toggle-all", type="checkbox")
        listen(self._toggle_all, "change", self._on_toggle_all)
        self._main = make(
            "section",
            "main",
            self._toggle_all,
            make("label", "", "Mark all as complete", **{"for": "toggle-all"}),
            self._rows.element,
        )
        root.append(
            make("section", "todoapp", entry.element, self._main, self._footer.element),
            credits_(),
        )
        self.refresh()
        entry.focus()

    def refresh(self) -> None:
        """Show what is there now. What is typed and not yet sent stays as it is."""
        view = self._writes.view()
        chosen = Filter.of(self._member.route)
        self._rows.show(
            [
                item
                for item in view.items
                # Whatever the filter, what is not settled stays in sight.
                if chosen.admits(completed=item.completed) or item.pending or item.problem
            ],
            editing=self._editing.item,
        )
        self._main.hidden = not view.items
        self._toggle_all.checked = view.completed_count > 0 and view.active_count == 0
        self._footer.show(view, chosen)

    def _draw_soon(self) -> None:
        # Not now: most writes are through before the next frame, and nobody sees them pending.
        if not self._frame_is_due:
            self._frame_is_due = True
            requestAnimationFrame(self._frame)

    def _draw_frame(self, _time: float) -> None:
        self._frame_is_due = False
        self.refresh()

    def _on_toggle_all(self, event: Any) -> None:
        self._writes.submit(SetAllCompleted(bool(event.target.checked)))
