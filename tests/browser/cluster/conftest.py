"""Three windows of the todo app, and an introducer to kill."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.browser.cluster.window import Window
from tests.browser.conftest import PATIENCE, meeting
from tests.browser.lasting import Lasting
from tests.conftest import MEASURED

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.browser.introducer import IntroducerProcess
    from tests.browser.site import Site


class Cluster:
    """The windows of one session, and what is between them."""

    def __init__(self, windows: list[Window], introducer: IntroducerProcess) -> None:
        self.windows = windows
        self.introducer = introducer
        self.fragment = ""

    def form(self, durability: str = "") -> None:
        """As a person does: start in the first window, follow its links in the others.

        It is kept where the page proposes, if nothing else is said.
        """
        first, *others = self.windows
        first.open()
        links = first.start_cluster(durability)
        self.fragment = first.fragment
        for window in others:
            window.follow(next(link for link in links if link.startswith(window.origin)))
        for window in self.windows:
            window.wait_for("running")
            window.expect_safe()

    def renew(self) -> None:
        """What a test has closed is open again, and the list is empty."""
        for window in self.windows:
            if not window.is_open:
                window.open(self.fragment)
        for window in self.windows:
            window.wait_for("running")
            window.expect_safe()
        end = time.monotonic() + PATIENCE / 1000
        while any(window.titles for window in self.windows):
            assert time.monotonic() < end, "the list does not become empty"
            self.windows[0].clear()

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


@pytest.fixture
def cluster(windows: list[Window], introducer: IntroducerProcess) -> Cluster:
    """Three windows that have formed a cluster."""
    cluster = Cluster(windows, introducer)
    cluster.form()
    return cluster


@contextmanager
def formed(profile: BrowserContext, browser: str, site: Site) -> Iterator[Cluster]:
    """Three windows that have formed a cluster."""
    with meeting(profile, browser, site) as (introducer, windows):
        cluster = Cluster(windows, introducer)
        cluster.form()
        yield cluster


@pytest.fixture(scope="module")
def lasting(profile: BrowserContext, browser_name: str, served: Site) -> Iterator[Lasting[Cluster]]:
    """One cluster for the tests of a module."""
    lasting = Lasting(lambda: formed(profile, browser_name, served))
    yield lasting
    lasting.end()


@pytest.fixture
def shared_cluster(lasting: Lasting[Cluster], request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """That cluster with an empty list. A test that uses it must not use `site` or `context`."""
    with lasting.used_by(request) as cluster:
        cluster.renew()
        yield cluster
        assert [error for window in cluster.windows for error in window.errors] == []


@pytest.fixture
def quick_cluster(windows: list[Window], introducer: IntroducerProcess) -> Cluster:
    """The same, kept in the browser."""
    cluster = Cluster(windows, introducer)
    cluster.form("browser")
    return cluster


@pytest.fixture
def say(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Put a measured figure into the run's summary: it is shown, not judged."""
    return partial(record_property, MEASURED)
