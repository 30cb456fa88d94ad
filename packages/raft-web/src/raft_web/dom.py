"""Shapes of the JavaScript objects that the page side touches: types only, nothing of it runs.

A missing thing is JavaScript's null, which is falsy but not None in Pyodide: test it by truth. A
Python callable given to `addEventListener` must be a proxy that lives as long as the listener
(`pyodide.ffi.create_proxy`).
"""

# ruff: noqa: N802, N815  (the names are JavaScript's)

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol


class JsEvent(Protocol):
    """A DOM event."""

    key: str
    target: Any

    def preventDefault(self) -> None: ...


class JsElement(Protocol):
    """A DOM element, as far as we use it; `value` and the like exist on form elements only."""

    id: str
    className: str
    textContent: str
    innerHTML: str
    hidden: bool
    disabled: bool
    checked: bool
    value: str
    href: str
    tabIndex: int
    classList: Any
    dataset: Any
    style: Any
    parentElement: Any
    children: Iterable[JsElement]

    def append(self, *nodes: JsElement | str) -> None: ...
    def prepend(self, *nodes: JsElement | str) -> None: ...
    def replaceChildren(self, *nodes: JsElement | str) -> None: ...
    def remove(self) -> None: ...
    def setAttribute(self, name: str, value: str) -> None: ...
    def getAttribute(self, name: str) -> Any: ...
    def removeAttribute(self, name: str) -> None: ...
    def querySelector(self, selectors: str) -> Any: ...
    def querySelectorAll(self, selectors: str) -> Any: ...
    def closest(self, selectors: str) -> Any: ...
    def matches(self, selectors: str) -> bool: ...
    def contains(self, other: Any) -> bool: ...
    def addEventListener(self, kind: str, listener: Any, options: Any = ...) -> None: ...
    def removeEventListener(self, kind: str, listener: Any) -> None: ...
    def focus(self) -> None: ...
    def select(self) -> None: ...
    def click(self) -> None: ...
