"""Parts of the page, and what writes only what changed into the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from raft_web.elements import listen, make

if TYPE_CHECKING:
    from raft_web.dom import JsElement


def button(text: str, act: Callable[[], None], class_name: str = "", **attributes: str) -> Any:
    """A button that calls `act`."""
    made = make("button", class_name, text, type="button", **attributes)
    listen(made, "click", lambda _event: act())
    return made


def panel(title: str, *children: JsElement | str, id_: str) -> Any:
    """A part of the page with a heading."""
    heading = make("h2", "", title, id=f"bench-{id_}")
    return make("section", f"panel {id_}", heading, *children, aria_labelledby=f"bench-{id_}")


class Words:
    """The text of an element, written to the document when it changes."""

    __slots__ = ("_text", "element")

    def __init__(self, element: Any) -> None:
        self.element = element
        self._text: str | None = None

    def say(self, text: str) -> None:
        """Have the element say it."""
        if text != self._text:
            self._text = text
            self.element.textContent = text


class Look:
    """A class or a style of elements, written to the document when it changes."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, str], str] = {}

    def set(self, key: object, element: Any, name: str, value: str) -> None:
        """Set an attribute of the element that `key` stands for."""
        if self._known.get((key, name)) != value:
            self._known[key, name] = value
            element.setAttribute(name, value)
