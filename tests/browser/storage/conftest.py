"""Real browsers with profiles of their own, which a test may kill."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Error, Page

from tests.browser.conftest import PATIENCE
from tests.browser.processes import descendants
from tests.browser.site import Site

HERE = Path(__file__).parent
QUOTA = 10 * 1024 * 1024
"""Bytes that the origin is granted, so that it can be filled. The least that Firefox knows."""


class OwnBrowser:
    """A browser with a profile that outlives it.

    :param launch: starts it, and gives its context
    """

    def __init__(self, launch: Callable[[], BrowserContext], site: Site) -> None:
        self._launch = launch
        self._site = site
        self._processes: set[int] = set()
        self.context: BrowserContext | None = None

    def start(self) -> Page:
        """A page with Python and the storages in it."""
        before = descendants()
        self.context = self._launch()
        self.context.set_default_timeout(PATIENCE)
        self._processes = descendants() - before
        try:
            return self.open_page()
        except Error as error:
            if "crashed" not in str(error):
                raise
            # Once seen in a Chromium that was killed while it wrote what it caches. A tab that
            # crashes at its start has written nothing of ours.
            return self.open_page()

    def open_page(self) -> Page:
        """One more, or the first."""
        assert self.context is not None
        page = self.context.new_page()
        page.goto(f"{self._site.origins[0]}/storage.html")
        page.wait_for_function("window.ready")
        return page

    def kill(self) -> None:
        """SIGKILL for all of its processes."""
        context, self.context = self.context, None
        if context is None:
            return
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with suppress(Error):
            context.close()


@pytest.fixture
def storage_site(site: Site) -> Site:
    for name in ("storage.html", "storage_page.py"):
        site.add(f"/{name}", (HERE / name).read_text(encoding="utf-8"))
    return site


@pytest.fixture
def own_browser(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    storage_site: Site,
    tmp_path: Path,
) -> Iterator[OwnBrowser]:
    def launch() -> BrowserContext:
        return browser_type.launch_persistent_context(
            tmp_path,
            **browser_type_launch_args,
            # In kilobytes, for all sites together; one of them gets a fifth.
            firefox_user_prefs={"dom.quotaManager.temporaryStorage.fixedLimit": 5 * QUOTA // 1024},
        )

    browser = OwnBrowser(launch, storage_site)
    yield browser
    browser.kill()
