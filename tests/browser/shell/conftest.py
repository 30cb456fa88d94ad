"""Pages of the counter app, with or without an introducer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Request

from tests.browser.console import collect
from tests.browser.site import Site

Open = Callable[..., Page]


@pytest.fixture
def open_page(context: BrowserContext, site: Site) -> Iterator[Open]:
    """Opens pages; an error that one logs, and a request to another host, fails the test.

    `complains=True` lets a page log errors, for tests in which one is meant to. `script` runs
    before those of the page.
    """
    errors: list[str] = []
    foreign: list[str] = []
    ours = {host.partition(":")[0] for host in site.hosts}

    def asked(request: Request) -> None:
        # At another port is the introducer: Firefox's driver tells of a handshake as of a request.
        if urlsplit(request.url).hostname not in ours:
            foreign.append(request.url)

    def opened(
        fragment: str = "", number: int = 0, *, complains: bool = False, script: str = ""
    ) -> Page:
        page = context.new_page()
        page.add_init_script(script)
        page.on("request", asked)
        if not complains:
            collect(page, errors)
        page.goto(site.url(fragment, number), wait_until="commit")
        return page

    yield opened
    assert errors == []
    assert foreign == []


def wait_for(page: Page, state: str) -> None:
    """Wait until the shell shows this screen."""
    page.wait_for_selector(f"html[data-raft={state}]", state="attached")


def fact(page: Page, name: str) -> str:
    """What this member says of itself; it need not be unfolded."""
    return page.get_by_test_id(name).text_content() or ""


def start(page: Page, durability: str = "") -> None:
    """Start a cluster that is as durable, or as the page proposes."""
    if durability:
        page.get_by_test_id(f"durability-{durability}").check()
    page.get_by_test_id("start").click()


@pytest.fixture
def running(site: Site, open_page: Open) -> Page:
    """A cluster of one, which needs nobody else, kept on the disk."""
    site.settings(target_size=1)
    page = open_page()
    start(page)
    wait_for(page, "running")
    return page


@pytest.fixture
def quick(site: Site, open_page: Open) -> Page:
    """A cluster of one that is kept in the browser."""
    site.settings(target_size=1)
    page = open_page()
    start(page, "browser")
    wait_for(page, "running")
    return page
