"""Under the list: counter, filters and "Clear completed"; under that, whose work this is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from raft_web.elements import listen, make
from todo.filters import Filter
from todo.state import ClearCompleted
from todo.writes import View, Writes

if TYPE_CHECKING:
    from raft_web.app import Member


class Footer:
    """The footer of the list.

    `abandoned` is called when "Clear completed" is hidden while it has the focus.
    """

    def __init__(self, member: Member, writes: Writes, abandoned: Callable[[], None]) -> None:
        self._abandoned = abandoned
        self._number = make("strong", "")
        self._noun = make("span", "")
        self._links = {
            choice: make("a", "", choice.label, href=member.link(choice.route)) for choice in Filter
        }
        self._clear = make("button", "clear-completed", "Clear completed", type="button")
        listen(self._clear, "click", lambda _: writes.submit(ClearCompleted()))
        self.element = make(
            "footer",
            "footer",
            make("span", "todo-count", self._number, self._noun),
            make("ul", "filters", *(make("li", "", link) for link in self._links.values())),
            self._clear,
        )

    def show(self, view: View, chosen: Filter) -> None:
        self.element.hidden = not view.items
        self._number.textContent = str(view.active_count)
        self._noun.textContent = " item left" if view.active_count == 1 else " items left"
        had_focus = self._clear.matches(":focus")
        self._clear.hidden = view.completed_count == 0
        if had_focus and self._clear.hidden:
            self._abandoned()
        for choice, link in self._links.items():
            link.classList.toggle("selected", choice is chosen)
            if choice is chosen:
                link.setAttribute("aria-current", "page")
            else:
                link.removeAttribute("aria-current")


def credits_() -> Any:
    """How to use it, and the attribution that the stylesheet's licence asks for."""
    return make(
        "footer",
        "info",
        make("p", "", "Double-click a todo to edit it, or press F2 on its checkbox"),
        make(
            "p",
            "",
            _link("https://todomvc.com", "TodoMVC"),
            ", replicated by Raft in every window that shares the list",
        ),
        make(
            "p",
            "",
            "Style: ",
            _link("https://github.com/tastejs/todomvc-app-css", "todomvc-app-css"),
            " © ",
            _link("https://sindresorhus.com", "Sindre Sorhus"),
            ", ",
            _link("https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0"),
            ", with changes",
        ),
    )


def _link(address: str, text: str) -> Any:
    return make("a", "", text, href=address, rel="noreferrer")
