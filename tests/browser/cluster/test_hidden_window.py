"""A window in the background keeps its place: no election happens because it is hidden.

Playwright keeps its pages active. So these browsers have windows on a display of Xvfb, and slow
down what is behind another tab, as a person's do.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.cluster.conftest import Cluster
from tests.browser.cluster.window import Window
from tests.browser.conftest import PATIENCE, options_of
from tools.browsers import CHROMIUM, CHROMIUM_ARGUMENTS

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Playwright

    from tests.browser.introducer import IntroducerProcess
    from tests.browser.site import Site

AS_A_PERSON_HAS_IT = {
    "dom.min_background_timeout_value": 1000,
    "dom.min_background_timeout_value_without_budget_throttling": 1000,
    "dom.timeout.enable_budget_timer_throttling": True,
    "layout.testing.top-level-always-active": False,
}
"""Firefox's own preferences, which Playwright changes."""
ANOTHER_TAB = "() => { window.open('about:blank'); }"
COUNT_FRAMES = """() => {
    window.frames_drawn = 0;
    const next = () => { window.frames_drawn += 1; requestAnimationFrame(next); };
    next();
}"""


@pytest.fixture
def real_context(
    playwright: Playwright, browser_name: str, display: str, tmp_path: Path
) -> Iterator[BrowserContext]:
    """The only context of a browser with windows that nobody keeps active."""
    start = chromium if browser_name == "chromium" else firefox
    with start(playwright, tmp_path / "profile", display) as context:
        context.set_default_timeout(PATIENCE)
        yield context


@contextmanager
def firefox(playwright: Playwright, profile: Path, display: str) -> Iterator[BrowserContext]:
    options = options_of("firefox", **AS_A_PERSON_HAS_IT)
    with playwright.firefox.launch_persistent_context(
        profile, **options, headless=False, env={**os.environ, "DISPLAY": display}
    ) as context:
        yield context


@contextmanager
def chromium(playwright: Playwright, profile: Path, display: str) -> Iterator[BrowserContext]:
    """One that Playwright has not started, whose pages it leaves as they are."""
    executable = CHROMIUM if CHROMIUM.exists() else Path(playwright.chromium.executable_path)
    process = subprocess.Popen(
        [
            executable,
            *CHROMIUM_ARGUMENTS,
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            "about:blank",
        ],
        env={**os.environ, "DISPLAY": display},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        endpoint = None
        while endpoint is None:
            line = process.stderr.readline()
            assert line, "Chromium ended before it listened"
            endpoint = re.search(r"DevTools listening on (ws://\S+)", line)
        browser = playwright.chromium.connect_over_cdp(endpoint[1], no_defaults=True)
        yield browser.contexts[0]
        browser.close()
    finally:
        process.terminate()
        process.stderr.close()
        process.wait()


@pytest.mark.parametrize("seconds", [15, pytest.param(60, marks=pytest.mark.long)])
@pytest.mark.early
def test_a_leader_that_is_hidden_stays_the_leader(
    real_context: BrowserContext, introduced: Site, introducer: IntroducerProcess, seconds: int
) -> None:
    windows = [Window(real_context, origin) for origin in introduced.origins[:3]]
    cluster = Cluster(windows, introducer)
    cluster.form()
    written: list[str] = []
    # A busy machine may let any window wait until there is an election. Three times in a row it is
    # because the window is hidden.
    while not stays_the_leader(cluster, seconds, written):
        assert len(written) < 3, "three times another one was elected"
    for window in windows:
        window.expect_titles(*written)


def stays_the_leader(cluster: Cluster, seconds: int, written: list[str]) -> bool:
    """Hide the leader and a follower, write with the third one, and say who leads in the end."""
    leader, follower, front = cluster.by_role()
    leader.page.bring_to_front()  # only the window in front can be clicked
    term, name = leader.fact("term"), leader.fact("node-id")
    for window in (leader, follower):
        window.page.evaluate(ANOTHER_TAB)  # Firefox opens each page in a window of its own
    front.page.bring_to_front()
    for window in (leader, follower):
        window.page.wait_for_function("document.visibilityState === 'hidden'", polling=50)
        window.page.evaluate(COUNT_FRAMES)
    front.page.wait_for_timeout(seconds * 1000)  # time is the point: a hidden page is throttled
    written.append(f"{len(written) + 1}: written while the leader was hidden")
    front.add(written[-1])
    for window in (leader, follower):
        assert window.page.evaluate("document.visibilityState") == "hidden"
        assert window.page.evaluate("window.frames_drawn") < 5 * seconds, "it was not throttled"
    return (front.fact("term"), front.fact("leader")) == (term, name)
