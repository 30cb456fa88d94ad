"""Three windows of the todo app, and an introducer to kill."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial

import pytest

from tests.browser.cluster.window import Window
from tests.browser.conftest import PATIENCE
from tests.browser.introducer import IntroducerProcess
from tests.conftest import MEASURED


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
