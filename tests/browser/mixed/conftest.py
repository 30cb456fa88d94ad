"""Clusters of windows and of members without a browser, with the same introducer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PATIENCE, meeting
from tests.browser.introducer import IntroducerProcess
from tests.browser.lasting import Lasting
from tests.browser.mixed.headless import Headless, new_session

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.browser.cluster.window import Window
    from tests.browser.site import Site


@pytest.fixture
def headless(tmp_path: Path, introducer: IntroducerProcess) -> Iterator[Callable[[str], Headless]]:
    """Makes members without a browser, not started yet."""
    made: list[Headless] = []

    def make(name: str) -> Headless:
        made.append(Headless(tmp_path / name, introducer.url))
        return made[-1]

    yield make
    for member in made:
        member.kill()


class TwoAndAWindow:
    """Two headless members, which began, and a window that came to them by the session's link."""

    def __init__(self, first: Headless, second: Headless, window: Window) -> None:
        self.first, self.second, self.window = first, second, window
        self.members = first, second, window
        self._session = new_session()

    def form(self) -> None:
        self.first.start(self._session, "--found")
        self.second.start(self._session)
        self.renew()

    def renew(self) -> None:
        """What a test has ended runs again, and the list is empty."""
        for member in (self.first, self.second):
            if not member.is_started:
                member.start()
        if not self.window.is_open:
            self.window.open(f"#{self._session}/")
        self.window.wait_for("running")
        self.window.expect_safe()
        self.first.wait_for(settled=True, may_fail=1)
        end = time.monotonic() + PATIENCE / 1000
        while self.first.titles:
            assert time.monotonic() < end, "the list does not become empty"
            self.window.clear()


@pytest.fixture(scope="module")
def lasting(
    profile: BrowserContext,
    browser_name: str,
    served: Site,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lasting[TwoAndAWindow]]:
    """One such cluster for the tests of a module."""

    @contextmanager
    def formed() -> Iterator[TwoAndAWindow]:
        folder = tmp_path_factory.mktemp("members")
        with meeting(profile, browser_name, served) as (introducer, windows):
            first, second = (Headless(folder / name, introducer.url) for name in ("1", "2"))
            try:
                cluster = TwoAndAWindow(first, second, windows[0])
                cluster.form()
                yield cluster
            finally:
                first.kill()
                second.kill()

    lasting = Lasting(formed)
    yield lasting
    lasting.end()


@pytest.fixture
def two_and_a_window(
    lasting: Lasting[TwoAndAWindow], request: pytest.FixtureRequest
) -> Iterator[TwoAndAWindow]:
    """That cluster with an empty list. A test that uses it must not use `site` or `context`."""
    with lasting.used_by(request) as cluster:
        cluster.renew()
        yield cluster
        assert cluster.window.errors == []
