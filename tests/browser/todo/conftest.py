"""The todo page on a local member: one window of it for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.site import ROOT, Site
from tests.browser.todo.window import TodoWindow

HERE = Path(__file__).parent
STYLES = {
    "/todomvc.css": ROOT / "node_modules/todomvc-app-css/index.css",
    "/todo.css": ROOT / "apps/todo/src/todo/static/todo.css",
}


@pytest.fixture(scope="session")
def harness(served: Site) -> str:
    """Where the page is."""
    files = {"/harness.html": HERE / "harness.html", "/harness.py": HERE / "harness.py", **STYLES}
    for path, file in files.items():
        served.add(path, file.read_text(encoding="utf-8"))
    return f"{served.origins[0]}/harness.html"


@pytest.fixture(scope="session")
def open_window(profile: BrowserContext, harness: str) -> TodoWindow:
    """One window for all tests: starting Python takes seconds, a new list in it none."""
    window = TodoWindow(profile.new_page())
    window.open(harness)
    return window


@pytest.fixture
def window(open_window: TodoWindow) -> Iterator[TodoWindow]:
    """The todo page, empty, with all shown, as right after its start."""
    open_window.reset()
    yield open_window
    assert open_window.errors == []
