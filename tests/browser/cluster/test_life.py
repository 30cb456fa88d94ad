"""Windows that sleep: what they missed is learned again, and nobody is disturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.processes import frozen

if TYPE_CHECKING:
    from tests.browser.cluster.conftest import Cluster


def test_a_leader_that_was_frozen_follows_when_it_wakes(cluster: Cluster) -> None:
    asleep, *others = cluster.by_role()
    asleep.add("before")
    with frozen(asleep.page):
        cluster.wait_for_leader(others)
        others[0].add("meanwhile")
        expect(others[0].by_id("safety")).to_contain_text("2 of 3")
    # It woke as a leader that had not heard of anyone for long, with that in its inbox.
    asleep.expect_titles("before", "meanwhile")
    asleep.add("after")
    for window in cluster.windows:
        window.expect_titles("before", "meanwhile", "after")
        window.expect_safe()
