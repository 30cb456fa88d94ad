"""Three windows of the bench that have formed a cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.cluster.conftest import Cluster
from tests.browser.cluster.window import Window
from tests.browser.introducer import IntroducerProcess
from tests.browser.site import Site


@pytest.fixture
def bench(
    context: BrowserContext, introduced: Site, introducer: IntroducerProcess
) -> Iterator[Cluster]:
    """What goes wrong in a page fails its test."""
    windows = [Window(context, origin, "bench") for origin in introduced.origins[:3]]
    cluster = Cluster(windows, introducer)
    cluster.form()
    yield cluster
    assert [error for window in windows for error in window.errors] == []
