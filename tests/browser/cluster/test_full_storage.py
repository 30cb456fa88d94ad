"""Local storage filled by someone else's data: the member stops and says so, nothing is harmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.cluster.conftest import Cluster

FILL = """() => {
    let size = 5 * 1024 * 1024;
    let text = "";
    while (size >= 1) {
        const longer = text + "x".repeat(size);
        try { localStorage.setItem("someone-else", longer); text = longer; }
        catch (error) { size = Math.floor(size / 2); }
    }
}"""


@pytest.mark.parametrize("whose", ["the leader's", "a follower's"])
def test_a_member_whose_storage_is_full_stops_and_the_others_go_on(
    quick_cluster: Cluster, whose: str
) -> None:
    cluster = quick_cluster
    leader, *followers = cluster.by_role()
    full = leader if whose == "the leader's" else followers[0]
    others = [window for window in cluster.windows if window is not full]
    full.add("before")
    full.add("also before")
    full.page.evaluate(FILL)
    others[0].type("the last straw")
    expect(full.by_id("problem")).to_contain_text("storage")
    cluster.wait_for_leader(others)
    expect(others[0].pending).to_have_count(0)
    others[1].add("without it")
    for window in others:
        window.expect_titles("before", "also before", "the last straw", "without it")
    expect(full.items.first).to_have_text("before")

    full.reload()
    full.wait_for("running")
    expect(full.by_id("problem")).to_contain_text("storage")
    expect(full.items.first).to_have_text("before")  # what it knew to be committed

    full.page.evaluate("() => localStorage.removeItem('someone-else')")
    full.reload()
    full.wait_for("running")
    full.expect_titles("before", "also before", "the last straw", "without it")
    full.add("with it again")
    for window in cluster.windows:
        window.expect_titles(
            "before", "also before", "the last straw", "without it", "with it again"
        )
    full.errors.clear()  # the console says of each refused write that it was
