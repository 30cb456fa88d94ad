"""Three windows of the built todo app, an introducer to kill, and the site served to them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from raft_web.serve import SiteServer
from tests.browser.cluster.window import PATIENCE, Window
from tests.browser.transport.serving import IntroducerProcess

ROOT = Path(__file__).resolve().parents[3]
SITE = ROOT / "build/test-site"


class Cluster:
    """The windows of one session, and what is between them."""

    def __init__(self, windows: list[Window], introducer: IntroducerProcess) -> None:
        self.windows = windows
        self.introducer = introducer
        self.fragment = ""

    def form(self) -> None:
        """As a person does: start in the first window, follow its links in the others."""
        first, *others = self.windows
        first.open()
        links = first.start_cluster()
        self.fragment = first.fragment
        for window in others:
            window.follow(next(link for link in links if link.startswith(window.origin)))
        for window in self.windows:
            window.wait_for("running")
            window.expect_safe()

    def by_role(self) -> list[Window]:
        """The leader's window, then the others."""
        leader = self.wait_for_leader(self.windows)
        return [leader, *(window for window in self.windows if window is not leader)]

    def wait_for_leader(self, windows: Iterable[Window]) -> Window:
        """The window of these that leads, once one does."""
        windows = list(windows)
        end = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < end:
            for window in windows:
                if window.role == "leader":
                    return window
                window.page.wait_for_timeout(50)
        pytest.fail("no leader: " + ", ".join(window.role for window in windows))


@pytest.fixture(scope="session")
def site() -> Path:
    """The site as a user builds it."""
    command = [
        str(Path(sys.executable).with_name("raft-web")),
        "build",
        "apps/todo",
        "--out",
        str(SITE),
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    return SITE


@pytest.fixture
def introducer() -> Iterator[IntroducerProcess]:
    """An introducer of its own for each test, since a test may kill it."""
    process = IntroducerProcess()
    process.start()
    yield process
    process.kill()


@pytest.fixture
def port(site: Path, introducer: IntroducerProcess) -> Iterator[int]:
    """The port at which every host name has the site, with this introducer in it."""
    extra = {"/site.json": b"{}"}
    with SiteServer(site, "127.0.0.1", 0, extra=extra) as server:
        hosts = [f"wraft{number}.localhost:{server.port}" for number in range(3)]
        url = introducer.url.replace("127.0.0.1", "{hostname}")
        settings = {"introducer": url, "hosts": hosts, "target_size": 3}
        extra["/site.json"] = json.dumps(settings).encode()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.port
        server.shutdown()
        thread.join()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Storage of its own for each test."""
    context = browser.new_context(viewport={"width": 900, "height": 800})
    yield context
    context.close()


@pytest.fixture
def windows(context: BrowserContext, port: int) -> Iterator[list[Window]]:
    """Three closed windows; what went wrong in a page fails its test."""
    windows = [Window(context, f"http://wraft{number}.localhost:{port}") for number in range(3)]
    yield windows
    assert [error for window in windows for error in window.errors] == []


@pytest.fixture
def cluster(windows: list[Window], introducer: IntroducerProcess) -> Cluster:
    """Three windows that have formed a cluster."""
    cluster = Cluster(windows, introducer)
    cluster.form()
    return cluster


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Put a measured figure into the run's output: it is shown, not judged."""

    def line(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {text}")

    return line
