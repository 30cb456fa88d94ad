"""One list in windows of two browsers: the ones of Chromium and that of a stock Firefox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.cluster.window import Window
from tests.browser.conftest import PATIENCE, options_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Playwright

    from tests.browser.cluster.conftest import Cluster
    from tests.browser.site import Site


@pytest.fixture
def other_browser(
    playwright: Playwright, browser_name: str, tmp_path: Path
) -> Iterator[BrowserContext]:
    """Firefox beside Chromium, and Chromium beside Firefox."""
    name = "firefox" if browser_name == "chromium" else "chromium"
    kind = playwright.firefox if name == "firefox" else playwright.chromium
    context = kind.launch_persistent_context(tmp_path / "profile", **options_of(name))
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def windows(
    other_browser: BrowserContext, context: BrowserContext, introduced: Site
) -> Iterator[list[Window]]:
    """The first in the other browser."""
    contexts = [other_browser, context, context]
    windows = [Window(*each) for each in zip(contexts, introduced.origins, strict=False)]
    yield windows
    assert [error for window in windows for error in window.errors] == []


def test_windows_of_two_browsers_are_one_cluster_whichever_leads(cluster: Cluster) -> None:
    alone, *two = cluster.windows
    have_it_lead(cluster, alone)
    titles = [f"from {number}" for number in range(3)]
    for window, title in zip(cluster.windows, titles, strict=True):
        window.add(title)
    for window in cluster.windows:
        window.expect_titles(*titles)

    alone.close()
    cluster.wait_for_leader(two)
    for window in two:
        titles.append(f"without it {len(titles)}")
        window.add(titles[-1])

    alone.open(cluster.fragment)
    alone.wait_for("running")
    alone.expect_titles(*titles)
    assert alone.role == "follower"
    alone.add("to the other browser, which leads")
    for window in cluster.windows:
        window.expect_titles(*titles, "to the other browser, which leads")
        window.expect_safe()


def have_it_lead(cluster: Cluster, window: Window) -> None:
    """Who founded the cluster leads it; should it not, a leader that reloads hands over."""
    while (leader := cluster.wait_for_leader(cluster.windows)) is not window:
        leader.reload()
        leader.wait_for("running")
        leader.expect_safe()
