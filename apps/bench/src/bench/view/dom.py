"""Makes elements, listens to events, and writes only what changed, through Pyodide's `js`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from js import document
from pyodide.ffi import create_proxy

if TYPE_CHECKING:
    from raft_web.dom import JsElement


def make(
    tag: str, class_name: str, *children: JsElement | str, **attributes: str
) -> Any:  # what it offers depends on the tag
    """A new element. An underscore in an attribute's name stands for a dash."""
    element = document.createElement(tag)
    if class_name:
        element.className = class_name
    for name, value in attributes.items():
        element.setAttribute(name.rstrip("_").replace("_", "-"), value)
    if children:
        element.append(*children)
    return element


def button(text: str, act: Callable[[], None], class_name: str = "", **attributes: str) -> Any:
    """A button that calls `act`."""
    made = make("button", class_name, text, type="button", **attributes)
    listen(made, "click", lambda _event: act())
    return made


def panel(title: str, *children: JsElement | str, id_: str) -> Any:
    """A part of the page with a heading."""
    heading = make("h2", "", title, id=f"bench-{id_}")
    return make("section", f"panel {id_}", heading, *children, aria_labelledby=f"bench-{id_}")


def listen(element: JsElement, kind: str, handler: Callable[[Any], None]) -> None:
    """Call `handler` with every event of this kind, for as long as the page lives."""
    element.addEventListener(kind, create_proxy(handler))


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
