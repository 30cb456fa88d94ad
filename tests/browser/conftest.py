"""One real Chromium and one site for all browser tests; each test finds nothing stored in it.

Chromium is Debian's if it is there, else Playwright's own. It has a profile on disk as a person's
has, so that only the first page has to fetch Python and to compile it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, expect

from tests.browser.introducer import IntroducerProcess
from tests.browser.site import ROOT, Site, build, serve

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STORED = "cookies,file_systems,indexeddb,local_storage,service_workers"
"""What a page may store, for the browser's debugger; what the loading of Python keeps is not in it.
"""
PATIENCE = 90_000
"""Milliseconds after which a wait has failed. Generous: the machine may be busy."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    arguments = {**browser_type_launch_args, "args": ARGUMENTS}
    if CHROMIUM.exists():
        arguments["executable_path"] = str(CHROMIUM)
    return arguments


@pytest.fixture(scope="session")
def chromium(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any]
) -> Iterator[BrowserContext]:
    """The browser, with a profile that ends with the run. Its first page stays, and stays empty."""
    context = browser_type.launch_persistent_context("", **browser_type_launch_args)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture(scope="session")
def served() -> Iterator[Site]:
    """The site of our apps and of a counter, for what lives longer than a test."""
    apps = ("apps/todo", "apps/bench", "tests/browser/shell/counter")
    folder = build(ROOT / "build/test-site", *apps)
    with serve(folder) as site:
        yield site


@pytest.fixture
def site(served: Site) -> Site:
    """The site with the settings it has by itself."""
    served.settings()
    return served


@pytest.fixture
def introducer() -> Iterator[IntroducerProcess]:
    """An introducer of its own for each test, since a test may kill it."""
    process = IntroducerProcess()
    try:
        process.start()
        yield process
    finally:
        process.kill()


@pytest.fixture
def context(chromium: BrowserContext, site: Site) -> Iterator[BrowserContext]:
    """The browser as it is when nobody has been to the site yet, but for what it has cached.

    What is set in the context itself and cannot be taken back, such as an init script, belongs
    into a test's pages.
    """
    before = chromium.pages
    devtools = chromium.new_cdp_session(before[0])
    for origin in site.origins:
        devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": STORED})
    devtools.detach()
    yield chromium
    for page in chromium.pages:
        if page not in before:
            page.close()
    chromium.unroute_all(behavior="ignoreErrors")
    chromium.clear_permissions()
