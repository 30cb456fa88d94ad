"""A window with the todo page in it, as the tests use it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.console import collect

KEY = "0123456789abcdef" * 2


class TodoWindow:
    """What a person sees and does; `lever` is what happens elsewhere."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        collect(page, self.errors)
        self.new_todo = page.locator(".new-todo")
        self.main = page.locator(".main")
        self.footer = page.locator(".footer")
        self.rows = page.locator(".todo-list li")
        self.labels = page.locator(".todo-list label")
        self.toggle_all = page.locator(".toggle-all")
        self.count = page.locator(".todo-count")
        self.clear = page.locator(".clear-completed")
        self.notice = page.locator(".notice")
        self.editing = page.locator(".todo-list li.editing")
        self.edit = page.locator(".todo-list li.editing .edit")
        self.pending = page.locator(".todo-list li.pending")
        self.failed = page.locator(".todo-list li.failed")

    @property
    def in_firefox(self) -> bool:
        browser = self.page.context.browser
        return browser is not None and browser.browser_type.name == "firefox"

    def open(self, url: str) -> None:
        self.page.goto(url)
        self._wait_until_ready()

    def reload(self) -> None:
        self.page.reload()
        self._wait_until_ready()

    def reset(self) -> None:
        """A new list in the same window, light and wide."""
        self.errors.clear()
        self.page.bring_to_front()  # in Firefox nothing has the focus behind another tab
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": 900, "height": 700})
        self.page.mouse.move(0, 0)
        self.page.evaluate(f"history.replaceState(null, '', '#{KEY}/')")
        self.lever("reset")

    def lever(self, name: str, *arguments: Any) -> Any:
        """Pull a lever of the harness, after all that was set off by now has happened."""
        self.next_frame()
        return self.page.evaluate(
            "([name, args]) => window.harness[name](...args)", [name, list(arguments)]
        )

    # ------------------------------------------------------------------- what a person does

    def add(self, *titles: str) -> None:
        for title in titles:
            self.new_todo.fill(title)
            self.new_todo.press("Enter")

    def row(self, number: int) -> Locator:
        return self.rows.nth(number)

    def toggle(self, number: int) -> Locator:
        return self.row(number).locator(".toggle")

    def begin_edit(self, number: int) -> None:
        label = self.row(number).locator("label")
        if self.in_firefox:  # its driver makes two single clicks of a double one
            label.click()
            label.dispatch_event("dblclick")
        else:
            label.dblclick()

    def destroy(self, number: int) -> None:
        self.row(number).hover()
        self.row(number).locator(".destroy").click()

    def filter(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    # ------------------------------------------------------------- what others do, and see

    def three_items(self) -> None:
        """Three items by this window; the second is completed."""
        self.add("buy milk", "feed the cat", "write a letter")
        self.toggle(1).check()
        expect(self.count).to_have_text("2 items left")

    def remote(self, *commands: dict[str, Any]) -> None:
        """Other windows have these commands committed."""
        self.lever("remote", json.dumps(commands))

    @property
    def ids(self) -> list[str]:
        return list(self.state["todos"])

    @property
    def state(self) -> dict[str, Any]:
        """The replica."""
        state: dict[str, Any] = json.loads(self.lever("state"))
        return state

    @property
    def proposed(self) -> list[dict[str, Any]]:
        """All commands that this window has proposed."""
        commands: list[dict[str, Any]] = json.loads(self.lever("proposed"))
        return commands

    # ----------------------------------------------------------------------- expectations

    def expect_titles(self, *titles: str) -> None:
        expect(self.labels).to_have_text(list(titles))

    def expect_completed(self, *completed: bool) -> None:
        """Boxes and classes of all rows shown say the same."""
        expect(self.rows).to_have_count(len(completed))
        for number, expected in enumerate(completed):
            expect(self.toggle(number)).to_be_checked(checked=expected)
            have = expect(self.row(number))
            if expected:
                have.to_contain_class("completed")
            else:
                have.not_to_contain_class("completed")

    def expect_settled(self) -> None:
        expect(self.pending).to_have_count(0)

    def expect_proposed(self, *kinds: str) -> Sequence[dict[str, Any]]:
        """Only commands of these kinds were proposed, in this order."""
        self.next_frame()
        commands = self.proposed
        assert [command["type"] for command in commands] == list(kinds)
        return commands

    def next_frame(self) -> None:
        """Let all that was set off by now happen: timers, promises and the next drawing."""
        self.page.evaluate(
            "() => new Promise(done => setTimeout(() => requestAnimationFrame("
            "() => requestAnimationFrame(done))))"
        )

    def _wait_until_ready(self) -> None:
        self.page.locator("html[data-ready=yes]").wait_for(state="attached")
