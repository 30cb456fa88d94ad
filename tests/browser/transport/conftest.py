"""Windows for the transport's browser tests: three origins, one page each.

A page stays for as long as it can, because Pyodide takes seconds to start; each test makes new
members in it, with a new session.
"""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from tests.browser.console import collect
from tests.browser.introducer import IntroducerProcess
from tests.browser.liar import Liar
from tests.browser.processes import kill
from tests.browser.site import Site

HERE = Path(__file__).parent


class Window:
    """A window of one origin, with one member in it."""

    def __init__(self, context: BrowserContext, url: str, node_id: str) -> None:
        self.node_id = node_id
        self.errors: list[str] = []
        self._context = context
        self._url = url
        self.page: Page | None = None

    def open(self) -> None:
        """Opens the page, in a new tab if there is none or it crashed."""
        if self.page is None:
            self.page = self._context.new_page()
            collect(self.page, self.errors)
            self.page.goto(self._url)
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        assert self.page is not None
        try:
            self.page.wait_for_function("window.ready")
        except PlaywrightError as error:
            self.page.close()
            self.page = None  # the next test opens another
            pytest.fail(f"{self.node_id} does not start: {error}\n{self.errors}")

    def crash(self) -> None:
        """Kills the process that draws it."""
        assert self.page is not None
        kill(self.page)
        self.page = None

    def reload(self) -> None:
        """Reloads the page."""
        assert self.page is not None
        self.page.reload()
        self._wait_until_ready()

    def run(self, code: str) -> None:
        """Runs Python in the page; `await` is allowed."""
        assert self.page is not None
        self.page.evaluate("code => runPython(code)", code)

    def get(self, expression: str) -> Any:
        """The value of a Python expression in the page."""
        assert self.page is not None
        return json.loads(self.page.evaluate("code => evaluatePython(code)", expression))

    def wait(self, expression: str) -> None:
        """Waits until a Python expression is true in the page."""
        assert self.page is not None
        try:
            self.page.wait_for_function(
                "code => evaluatePython(code) === 'true'",
                arg=f"bool({expression})",
                polling=25,
            )
        except PlaywrightError as error:
            events = "\n".join(self.get("member.events"))
            pytest.fail(f"{self.node_id} waited in vain for {expression}: {error}\n{events}")

    def member(
        self,
        introducer: IntroducerProcess | Liar,
        key: str,
        *,
        settings: dict[str, Any] | None = None,
        leaves: bool = True,
    ) -> None:
        """Makes a member in this window and lets it join."""
        self.open()
        arguments = (self.node_id, introducer.url, key, settings or {})
        self.run(f"member = Member(*{arguments!r})\nawait member.start(leaves={leaves})")

    def wait_for_peers(self, *others: "Window") -> None:
        """Waits until it is connected with exactly these."""
        ids = sorted(other.node_id for other in others)
        self.wait(f"member.peers == {ids}")


@pytest.fixture(scope="session")
def opened_windows(profile: BrowserContext, served: Site) -> list[Window]:
    served.add("/member.html", (HERE / "member.html").read_text(encoding="utf-8"))
    served.add("/member_page.py", (HERE / "member_page.py").read_text(encoding="utf-8"))
    return [
        Window(profile, f"{served.origins[index]}/member.html", str(index + 1) * 16)
        for index in range(3)
    ]


@pytest.fixture
def windows(opened_windows: list[Window]) -> Iterator[list[Window]]:
    """Three windows, opened when first used; what went wrong inside them fails the test."""
    yield opened_windows
    for window in opened_windows:
        if window.page is not None:
            window.run("if 'member' in globals(): await member.transport.stop()")
    for window in opened_windows:
        errors, window.errors = window.errors, []
        assert errors == []


@pytest.fixture
def key() -> str:
    return secrets.token_hex(16)
