"""The introducer is needed to meet, and for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.cluster.window import Window

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.browser.cluster.conftest import Cluster
    from tests.browser.site import Site


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Cluster:
    """The one of both tests here: to form one takes longer than either."""
    return shared_cluster


def test_a_cluster_does_not_notice_that_the_introducer_dies_and_returns(cluster: Cluster) -> None:
    term = cluster.windows[0].fact("term")
    cluster.introducer.kill()
    for window in cluster.windows:
        window.fact("term")  # opens the panel, in which the introducer's state stands
        expect(window.by_id("introducer-state")).to_contain_text("away")
    for number, window in enumerate(cluster.windows):
        window.add(f"{number} without an introducer")
    cluster.introducer.start()
    for window in cluster.windows:
        expect(window.by_id("introducer-state")).to_have_text("connected")
        window.expect_safe()
    assert {window.fact("term") for window in cluster.windows} == {term}


def test_a_fourth_window_becomes_a_learner_that_can_write(
    cluster: Cluster, profile: BrowserContext, served: Site
) -> None:
    cluster.windows[0].add("from a voter")
    fourth = Window(profile, served.origins[3])
    fourth.open(cluster.fragment)
    fourth.wait_for("running")
    expect(fourth.by_id("role")).to_have_text("learner")
    expect(fourth.by_id("safety")).to_contain_text("this one follows")
    fourth.expect_titles("from a voter")
    fourth.add("from a learner")
    for window in cluster.windows:
        window.expect_titles("from a voter", "from a learner")
        window.expect_safe()
        expect(window.by_id("members")).to_have_text("3 voters, 1 learner")
    fourth.close()
    assert fourth.errors == []
