"""A number that all windows agree on: the least of an app, for tests of the shell around it."""

from __future__ import annotations

from typing import Any

import msgspec
from js import document
from pyodide.ffi import create_proxy

from raft_web.app import Member
from raft_web.dom import JsElement


class Add(msgspec.Struct, tag=True):
    """Add to the number; 13 fails, on every member alike."""

    amount: int


class Counter(msgspec.Struct):
    """The number."""

    total: int = 0

    def apply(self, command: Add) -> int:
        if command.amount == 13:
            raise ValueError("13 is not counted")
        self.total += command.amount
        return self.total


class CounterPage:
    """Shows the number, buttons that change it, and where in the app one is."""

    name = "counter"

    def make_state(self) -> Counter:
        return Counter()

    def mount(self, member: Member, root: JsElement) -> None:
        self.member = member
        self.refreshes = 0
        self.total = self.add("output", root, "total")
        self.route = self.add("output", root, "route")
        self.writable = self.add("output", root, "writable")
        self.count = self.add("output", root, "refreshes")
        for amount in (1, 13):
            button = self.add("button", root, f"add-{amount}")
            button.textContent = f"add {amount}"
            listener = create_proxy(lambda _event, amount=amount: member.propose(Add(amount)))
            button.addEventListener("click", listener)
        for name, target in (("keyed", member.link("/keyed")), ("bare", "#/bare")):
            link = self.add("a", root, name)
            link.textContent = name
            link.href = target

    def add(self, tag: str, root: JsElement, name: str) -> Any:
        element = document.createElement(tag)
        element.dataset.testid = name
        root.append(element)
        return element

    def refresh(self) -> None:
        if self.member.route == "/broken":
            raise RuntimeError("this route cannot be drawn")
        self.refreshes += 1
        self.total.textContent = str(self.member.state.total)
        self.route.textContent = self.member.route
        self.writable.textContent = str(self.member.can_write)
        self.count.textContent = str(self.refreshes)
