"""Makes elements and listens to their events, through Pyodide's `js`: for apps, and the shell."""

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
    """A new element.

    An underscore in an attribute's name stands for a dash, one at its end for nothing (`for_`).
    """
    element = document.createElement(tag)
    if class_name:
        element.className = class_name
    for name, value in attributes.items():
        element.setAttribute(name.rstrip("_").replace("_", "-"), value)
    if children:
        element.append(*children)
    return element


def listen(element: JsElement, kind: str, handler: Callable[[Any], None]) -> None:
    """Call `handler` with every event of this kind, for as long as the page lives."""
    element.addEventListener(kind, create_proxy(handler))
