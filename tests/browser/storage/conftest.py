"""Real browsers with profiles of their own, which a test may kill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Error, Page

from tests.browser.conftest import options_of
from tests.browser.killable import KillableBrowser
from tests.browser.site import Site

HERE = Path(__file__).parent
QUOTA = 10 * 1024 * 1024
"""Bytes that the origin is granted, so that it can be filled. The least that Firefox knows."""


class OwnBrowser(KillableBrowser):
    """One with a page of these tests in it."""

    def __init__(self, launch: Callable[[], BrowserContext], site: Site) -> None:
        super().__init__(launch)
        self._site = site

    def start(self) -> Page:
        """A page with Python and the storages in it."""
        self.launch()
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
        page = self.context.new_page()
        page.goto(f"{self._site.origins[0]}/storage.html")
        page.wait_for_function("window.ready")
        return page


@pytest.fixture
def storage_site(site: Site) -> Site:
    for name in ("storage.html", "storage_page.py"):
        site.add(f"/{name}", (HERE / name).read_text(encoding="utf-8"))
    return site


@pytest.fixture
def own_browser(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    browser_name: str,
    storage_site: Site,
    tmp_path: Path,
) -> Iterator[OwnBrowser]:
    # In kilobytes, for all sites together; one of them gets a fifth.
    quota = {"dom.quotaManager.temporaryStorage.fixedLimit": 5 * QUOTA // 1024}
    options = {**browser_type_launch_args, **options_of(browser_name, **quota)}

    def launch() -> BrowserContext:
        return browser_type.launch_persistent_context(tmp_path, **options)

    browser = OwnBrowser(launch, storage_site)
    yield browser
    browser.kill()
