"""A site of the counter app on three host names, with or without an introducer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from raft_web.builder.site import Options, build
from raft_web.serve import SiteServer

ROOT = Path(__file__).resolve().parents[3]
SITE = ROOT / "build" / "shell-site"
PATIENCE = 60_000
"""Milliseconds after which a wait has failed. Generous: the machine may be busy."""

expect.set_options(timeout=PATIENCE)


class Site:
    """The served site; a test may change its `site.json` before it opens a page."""

    def __init__(self, server: SiteServer, extra: dict[str, bytes]) -> None:
        self.server = server
        self.extra = extra
        self.hosts = [f"wraft{number}.localhost:{server.port}" for number in range(3)]
        self.settings(target_size=3)

    def settings(self, **changes: Any) -> None:
        """Set `site.json`. Without an introducer given nobody listens at its address."""
        site = {"introducer": "/v1", "hosts": self.hosts, "target_size": 3}
        self.extra["/site.json"] = json.dumps({**site, **changes}).encode()

    def url(self, fragment: str = "", number: int = 0) -> str:
        return f"http://{self.hosts[number]}/counter/{fragment}"


@pytest.fixture(scope="session")
def built_site() -> Path:
    app = Path(__file__).parent / "counter"
    build(Options(apps=(str(app),), out=SITE, root=ROOT), print)
    return SITE


@contextmanager
def serve(folder: Path) -> Iterator[Site]:
    """Serve a built site while the block runs."""
    extra: dict[str, bytes] = {}
    with SiteServer(folder, "127.0.0.1", 0, extra=extra) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Site(server, extra)
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def site(built_site: Path) -> Iterator[Site]:
    with serve(built_site) as site:
        yield site


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Storage of its own for each test."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(context: BrowserContext, site: Site) -> Iterator[Open]:
    """Opens pages; an error that one logs, and a request to another host, fails the test.

    `complains=True` lets a page log errors, for tests in which one is meant to.
    """
    errors: list[str] = []
    foreign: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # Nobody listens at the introducer's address, which the browser itself reports.
        if message.type == "error" and "WebSocket" not in message.text:
            errors.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith(tuple(f"http://{host}/" for host in site.hosts)):
            foreign.append(request.url)

    def opened(fragment: str = "", number: int = 0, *, complains: bool = False) -> Page:
        page = context.new_page()
        page.on("request", asked)
        if not complains:
            page.on("console", heard)
            page.on("pageerror", lambda error: errors.append(str(error)))
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


@pytest.fixture
def running(site: Site, open_page: Open) -> Page:
    """A cluster of one, which needs nobody else."""
    site.settings(target_size=1)
    page = open_page()
    page.get_by_test_id("start").click()
    wait_for(page, "running")
    return page
