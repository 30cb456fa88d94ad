"""One real browser and one site for all browser tests; each test finds nothing stored in it.

Each test runs in Chromium, and in a stock Firefox too if it is marked `both`. `--browser firefox`
runs all of them there, and given twice the option runs all of them in both.

The browser has a profile on disk as a person's has, so that only the first page has to fetch Python
and to compile it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from tests.browser.cluster.window import Window
from tests.browser.introducer import IntroducerProcess
from tests.browser.site import Site, build_all, serve
from tools.browsers import FIREFOX, launch_options
from tools.display import XVFB, x_display

FIREFOX_HERE = Path(__file__).with_name("firefox")
A_MOUSE = {"ui.primaryPointerCapabilities": 6, "ui.allPointerCapabilities": 6}
"""Preferences of a Firefox whose person has one. Without a display it would find none."""
STORED = "cookies,file_systems,indexeddb,local_storage,service_workers"
"""What a page may store, for the browser's debugger; what the loading of Python keeps is not in it.
"""
FORGET = """async () => {
    localStorage.clear();
    for (const { name } of await indexedDB.databases()) await new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = resolve;
        request.onerror = () => reject(request.error);
    });
    for (const worker of await navigator.serviceWorker.getRegistrations())
        await worker.unregister();
}"""
PATIENCE = 90_000
"""Milliseconds after which a wait has failed. Generous: the machine may be busy."""

expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(wrapper=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Iterator[None]:
    """Say in which browsers a test runs, if nobody has said it."""
    option = metafunc.config.option
    asked = option.browser
    if not asked:
        in_both = metafunc.definition.get_closest_marker("both")
        option.browser = ["chromium", "firefox"] if in_both else ["chromium"]
    try:
        yield
    finally:
        option.browser = asked


def options_of(browser: str, **preferences: Any) -> dict[str, Any]:
    """What a launch of this browser is given; without a Firefox the test is skipped.

    :param preferences: what else `about:config` says, if it is a Firefox
    """
    options = launch_options(browser)
    if browser == "firefox":
        if not FIREFOX.exists():
            pytest.skip(f"there is no stock Firefox here ({FIREFOX}): `make browser` installs it")
        options["executable_path"] = str(FIREFOX_HERE)
        options["firefox_user_prefs"] = {**A_MOUSE, **preferences}
    return options


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_name: str
) -> dict[str, Any]:
    return {**browser_type_launch_args, **options_of(browser_name)}


@pytest.fixture(scope="session")
def profile(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any]
) -> Iterator[BrowserContext]:
    """The browser, with a profile that ends with the run. Its first page stays, and stays empty."""
    context = browser_type.launch_persistent_context("", **browser_type_launch_args)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A display, for a browser that has to have one; without Xvfb its tests are skipped."""
    if XVFB is None:
        pytest.skip("this browser needs a display: install Debian's xvfb")
    with x_display() as name:
        yield name


@pytest.fixture(scope="session")
def served() -> Iterator[Site]:
    """The site, served; it lives longer than a test."""
    with serve(build_all()) as site:
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
def introduced(site: Site, introducer: IntroducerProcess) -> Site:
    """The site with this introducer in it."""
    site.settings(introducer=introducer.url.replace("127.0.0.1", "{hostname}"))
    return site


@pytest.fixture
def windows(context: BrowserContext, introduced: Site) -> Iterator[list[Window]]:
    """Three closed windows of the todo list; what went wrong in a page fails its test."""
    windows = [Window(context, origin) for origin in introduced.origins[:3]]
    yield windows
    assert [error for window in windows for error in window.errors] == []


@pytest.fixture
def context(profile: BrowserContext, browser_name: str, site: Site) -> Iterator[BrowserContext]:
    """The browser as it is when nobody has been to the site yet, but for what it has cached.

    What is set in the context itself and cannot be taken back, such as an init script, belongs
    into a test's pages.
    """
    before = profile.pages
    forget(before[0], browser_name, site.origins)
    yield profile
    for page in profile.pages:
        if page not in before:
            page.close()
    profile.unroute_all(behavior="ignoreErrors")
    if browser_name == "chromium":  # a stock Firefox lets nobody give permissions
        profile.clear_permissions()


@contextmanager
def meeting(
    profile: BrowserContext, browser: str, site: Site
) -> Iterator[tuple[IntroducerProcess, list[Window]]]:
    """An introducer and three closed windows, for what several tests share: `windows` is for one.

    At the end all pages are closed that were opened meanwhile.
    """
    before = profile.pages
    forget(before[0], browser, site.origins)
    introducer = IntroducerProcess()
    try:
        introducer.start()
        site.settings(introducer=introducer.url.replace("127.0.0.1", "{hostname}"))
        yield introducer, [Window(profile, origin) for origin in site.origins[:3]]
    finally:
        for page in profile.pages:
            if page not in before:
                page.close()
        introducer.kill()


def forget(page: Page, browser: str, origins: list[str], stored: str = STORED) -> None:
    """Remove what pages of these origins have stored."""
    if browser == "chromium":
        devtools = page.context.new_cdp_session(page)
        for origin in origins:
            devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": stored})
        devtools.detach()
        return
    for origin in origins:
        page.goto(f"{origin}/licences.txt")
        page.evaluate(FORGET)
    page.goto("about:blank")
