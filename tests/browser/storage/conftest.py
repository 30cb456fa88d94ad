"""A page with Python and the storages in it, in real Chromium and in stock Firefox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright

from tests.browser.conftest import PATIENCE
from tests.browser.site import Site

HERE = Path(__file__).parent
FIREFOX = Path("/usr/bin/firefox-esr")
QUOTA = 10 * 1024 * 1024
"""Bytes that the origin is granted, so that it can be filled. The least that Firefox knows."""


def open_storage_page(context: BrowserContext, site: Site) -> Page:
    for name in ("storage.html", "storage_page.py"):
        site.add(f"/{name}", (HERE / name).read_text(encoding="utf-8"))
    page = context.new_page()
    page.goto(f"{site.origins[0]}/storage.html")
    page.wait_for_function("window.ready")
    return page


@pytest.fixture
def chromium_page(context: BrowserContext, site: Site) -> Iterator[Page]:
    page = open_storage_page(context, site)
    devtools = context.new_cdp_session(page)
    origin = site.origins[0]
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": QUOTA})
    yield page
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin})
    devtools.detach()


@pytest.fixture
def firefox_launch_args() -> dict[str, Any]:
    """For a stock Firefox, driven by WebDriver BiDi; without one a test is skipped."""
    if not FIREFOX.exists():
        pytest.skip(f"there is no stock Firefox here ({FIREFOX}): `make browser` installs Debian's")
    # In kilobytes, for all sites together; one of them gets a fifth.
    limits = {"dom.quotaManager.temporaryStorage.fixedLimit": 5 * QUOTA // 1024}
    return {
        "channel": "moz-firefox",
        "executable_path": str(FIREFOX),
        "firefox_user_prefs": limits,
    }


@pytest.fixture
def firefox_page(
    playwright: Playwright, firefox_launch_args: dict[str, Any], site: Site
) -> Iterator[Page]:
    browser = playwright.firefox.launch(**firefox_launch_args)
    try:
        context = browser.new_context()
        context.set_default_timeout(PATIENCE)
        yield open_storage_page(context, site)
    finally:
        browser.close()
