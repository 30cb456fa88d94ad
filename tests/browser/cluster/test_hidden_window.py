"""A window in the background keeps its place: no election happens because it is hidden.

Playwright keeps its pages active, so this drives a Chromium of its own under Xvfb: three tabs in
one window, of which one is in front.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.cluster.conftest import Cluster
from tests.browser.cluster.window import Window
from tests.browser.conftest import PATIENCE
from tools.browsers import CHROMIUM, CHROMIUM_ARGUMENTS

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Playwright

    from tests.browser.introducer import IntroducerProcess
    from tests.browser.site import Site


@pytest.fixture
def real_context(playwright: Playwright, display: str, tmp_path: Path) -> Iterator[BrowserContext]:
    """The only context of a headful Chromium that nobody keeps active."""
    executable = CHROMIUM if CHROMIUM.exists() else Path(playwright.chromium.executable_path)
    process = subprocess.Popen(
        [
            executable,
            *CHROMIUM_ARGUMENTS,
            "--remote-debugging-port=0",
            f"--user-data-dir={tmp_path / 'profile'}",
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
        browser.contexts[0].set_default_timeout(PATIENCE)
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
    leader, follower, front = cluster.by_role()
    leader.page.bring_to_front()  # only the window in front can be clicked
    term, name = leader.fact("term"), leader.fact("node-id")
    front.page.bring_to_front()
    for window in (leader, follower):
        window.page.wait_for_function("document.visibilityState === 'hidden'")
    front.page.wait_for_timeout(seconds * 1000)  # time is the point: a hidden page is throttled
    front.add("written while the leader was hidden")
    assert leader.page.evaluate("document.visibilityState") == "hidden"
    assert front.fact("term") == term
    assert front.fact("leader") == name
    for window in windows:
        window.expect_titles("written while the leader was hidden")
