"""SIGKILL of the browser of one member: what it has forgotten depends on the cluster's mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.cluster.conftest import Cluster
from tests.browser.cluster.window import Window
from tests.browser.conftest import PATIENCE
from tests.browser.killable import KillableBrowser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, BrowserType

    from tests.browser.introducer import IntroducerProcess
    from tests.browser.site import Site


@pytest.fixture
def browser(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], tmp_path: Path
) -> Iterator[KillableBrowser]:
    """One of its own."""
    browser = KillableBrowser(
        lambda: browser_type.launch_persistent_context(tmp_path, **browser_type_launch_args)
    )
    browser.launch()
    yield browser
    browser.kill()


@pytest.fixture
def windows(
    browser: KillableBrowser, context: BrowserContext, introduced: Site
) -> Iterator[list[Window]]:
    """Three closed windows, the first of which is in that browser."""
    contexts = [browser.context, context, context]
    windows = [Window(*each) for each in zip(contexts, introduced.origins, strict=False)]
    yield windows
    assert [error for window in windows for error in window.errors] == []


def write_and_kill(cluster: Cluster, browser: KillableBrowser) -> list[str]:
    """Kill the first window's browser amid its writes; what was acknowledged to it before."""
    window = cluster.windows[0]
    for number in range(12):
        window.type(f"item {number}")
    expect(window.items.filter(has_text="item 9")).to_have_count(1)
    acknowledged = window.acknowledged
    browser.kill()
    return acknowledged


def come_back_alone(cluster: Cluster, browser: KillableBrowser) -> Window:
    """The first window again, which meets nobody before the introducer is back."""
    window = cluster.windows[0]
    cluster.introducer.kill()
    window.come_back(browser.launch(), cluster.fragment)
    # If it has forgotten all, it does not know that the cluster has its size.
    window.page.wait_for_selector("html:is([data-raft=running], [data-raft=waiting])")
    return window


def meet_again(cluster: Cluster, acknowledged: list[str]) -> None:
    """All is there, on all members, and the first one is one like the others."""
    cluster.introducer.start()
    for window in cluster.windows:
        window.expect_safe()
    cluster.windows[0].add("back again")
    for window in cluster.windows:
        expect(window.items.filter(has_text="back again")).to_have_count(1)
    lists = [window.titles for window in cluster.windows]
    assert lists[0] == lists[1] == lists[2]
    assert set(acknowledged) <= set(lists[0])
    assert len(set(lists[0])) == len(lists[0])


def same_log(windows: list[Window]) -> str:
    """The end of the log, once all members have the same."""
    for _ in range(PATIENCE // 100):
        ends = {window.fact("last-log-index") for window in windows}
        if len(ends) == 1:
            return ends.pop()
        windows[0].page.wait_for_timeout(100)
    pytest.fail("the members' logs stay different")


@pytest.mark.early
def test_in_the_browser_a_killed_member_is_suspect_until_it_is_brought_up_to_date(
    windows: list[Window], browser: KillableBrowser, introducer: IntroducerProcess
) -> None:
    cluster = Cluster(windows, introducer)
    cluster.form("browser")
    acknowledged = write_and_kill(cluster, browser)
    window = come_back_alone(cluster, browser)
    expect(window.by_id("safety")).to_contain_text("may have forgotten what was written last")
    meet_again(cluster, acknowledged)

    windows[0].add("before it is closed")
    last = same_log(windows)
    windows[0].close()  # a browser that is told to end by its debugger tells no page of it
    browser.close()
    window = come_back_alone(cluster, browser)
    expect(window.by_id("safety")).to_contain_text("1 of 3 members here")
    # What is compared is its log: it shows a list of what it knows to be committed, perhaps less.
    assert window.fact("last-log-index") == last


@pytest.mark.early
def test_on_the_disk_a_killed_member_has_all_that_it_acknowledged(
    windows: list[Window], browser: KillableBrowser, introducer: IntroducerProcess
) -> None:
    cluster = Cluster(windows, introducer)
    cluster.form("disk")
    acknowledged = write_and_kill(cluster, browser)
    window = come_back_alone(cluster, browser)
    expect(window.by_id("safety")).to_contain_text("1 of 3 members here")
    # A member shows what it knows to be committed: the newest entries it has, and does not know.
    assert int(window.fact("last-log-index")) >= len(acknowledged)
    meet_again(cluster, acknowledged)
