"""A list that has seen more writes than a journal keeps: the log is compacted, nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.cluster.conftest import Cluster
    from tests.browser.cluster.window import Window

TYPE_MANY = """async (count) => {
    const field = document.querySelector(".new-todo");
    for (let number = 0; number < count; number++) {
        field.value = `item ${number} `.padEnd(480, "字");
        field.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
        if (number % 20 === 0) await new Promise((turn) => setTimeout(turn));
    }
}"""
"""Each letter takes three bytes, since each item takes time to draw."""
ROUND = 100


def compacted_up_to(window: Window) -> int:
    return int(window.fact("snapshot-index"))


def write_until_compacted(window: Window) -> None:
    """Fill the list and clear it, over and over: the list stays short, the log does not."""
    for _ in range(20):
        window.page.evaluate(TYPE_MANY, ROUND)
        expect(window.items).to_have_count(ROUND)
        expect(window.pending).to_have_count(0)
        window.page.locator(".toggle-all").dispatch_event("click")
        window.page.locator(".clear-completed").dispatch_event("click")
        expect(window.items).to_have_count(0)
        if compacted_up_to(window):
            return
    raise AssertionError("3 MB of items were written, and nothing was compacted")


@pytest.mark.early
def test_the_log_is_compacted_and_a_window_that_was_away_is_sent_the_list(
    quick_cluster: Cluster,
) -> None:
    leader, other, away = quick_cluster.by_role()
    away.close()
    write_until_compacted(leader)
    leader.add("kept")

    away.open(quick_cluster.fragment)
    away.wait_for("running")
    away.expect_titles("kept")
    # Each member takes its snapshots at other places, so this one was sent, and not all entries.
    sent = compacted_up_to(away)
    assert sent > 0
    assert sent in {compacted_up_to(leader), compacted_up_to(other)}
    away.add("from the one that was away")

    for window in quick_cluster.windows:
        window.close()
    for window in quick_cluster.windows:
        window.open(quick_cluster.fragment)
    for window in quick_cluster.windows:
        window.wait_for("running")
        window.expect_titles("kept", "from the one that was away")
    other.add("after all")
    away.expect_titles("kept", "from the one that was away", "after all")
