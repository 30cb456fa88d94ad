"""Clusters of windows and of members without a browser, with the same introducer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.cluster.window import Window
from tests.browser.introducer import IntroducerProcess
from tests.browser.mixed.headless import Headless
from tests.browser.site import Site


@pytest.fixture
def site(site: Site, introducer: IntroducerProcess) -> Site:
    """The site with this introducer in it."""
    site.settings(introducer=introducer.url.replace("127.0.0.1", "{hostname}"))
    return site


@pytest.fixture
def windows(context: BrowserContext, site: Site) -> Iterator[list[Window]]:
    """Two closed windows; what went wrong in a page fails its test."""
    windows = [Window(context, origin) for origin in site.origins[:2]]
    yield windows
    assert [error for window in windows for error in window.errors] == []


@pytest.fixture
def headless(tmp_path: Path, introducer: IntroducerProcess) -> Iterator[Callable[[str], Headless]]:
    """Makes members without a browser, not started yet."""
    made: list[Headless] = []

    def make(name: str) -> Headless:
        made.append(Headless(tmp_path / name, introducer.url))
        return made[-1]

    yield make
    for member in made:
        member.kill()
