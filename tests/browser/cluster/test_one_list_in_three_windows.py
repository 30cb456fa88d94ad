"""The front door: three windows, one list, and what may happen to any of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.cluster.conftest import Cluster
    from tests.browser.cluster.window import Window


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Cluster:
    """The one of all tests here: to form one takes longer than most of them."""
    return shared_cluster


def test_windows_of_the_first_ones_links_show_one_list_in_one_order(cluster: Cluster) -> None:
    for window in cluster.windows:
        window.expect_safe()
    for number, window in enumerate(cluster.windows):
        window.add(f"from {number}")
    for window in cluster.windows:
        window.expect_titles("from 0", "from 1", "from 2")
    leaders = [window for window in cluster.windows if window.role == "leader"]
    assert len(leaders) == 1


def test_items_added_everywhere_at_once_come_out_in_the_same_order(cluster: Cluster) -> None:
    for number in range(5):
        for position, window in enumerate(cluster.windows):
            window.type(f"{position}.{number}")
    for window in cluster.windows:
        expect(window.items).to_have_count(15)
        expect(window.pending).to_have_count(0)
    orders = {tuple(window.titles) for window in cluster.windows}
    assert len(orders) == 1
    assert len(set(orders.pop())) == 15


def test_the_leaders_window_is_closed_and_comes_back(
    cluster: Cluster, say: Callable[[str], None]
) -> None:
    leader, *others = cluster.by_role()
    others[0].add("before")
    leader.close()
    _go_on_without(cluster, leader, say)


@pytest.mark.both
def test_the_leaders_renderer_is_killed_and_its_window_comes_back(
    cluster: Cluster, say: Callable[[str], None]
) -> None:
    leader, *others = cluster.by_role()
    others[0].add("before")
    leader.kill()
    _go_on_without(cluster, leader, say)


def _go_on_without(cluster: Cluster, back: Window, say: Callable[[str], None]) -> None:
    """The other two have a new leader and write; the one that comes back has all of it."""
    since = time.monotonic()
    two = [window for window in cluster.windows if window is not back]
    leader = cluster.wait_for_leader(two)
    say(f"a new leader {time.monotonic() - since:.2f} s after the old one was gone")
    two[0].add("without it")
    two[1].add("still without it")
    back.open(cluster.fragment)
    back.wait_for("running")
    back.expect_titles("before", "without it", "still without it")
    back.add("back again")
    leader.expect_titles("before", "without it", "still without it", "back again")


def test_a_window_left_alone_is_readable_and_acknowledges_nothing(cluster: Cluster) -> None:
    first, second, third = cluster.windows
    first.add("from all")
    second.close()
    third.close()
    expect(first.by_id("safety")).to_contain_text("writes wait")
    expect(first.items).to_have_text(["from all"])
    first.type("from one alone")
    expect(first.items).to_have_text(["from all", "from one alone"])
    expect(first.pending).to_have_count(1)
    expect(first.by_id("banner")).to_be_visible()

    second.open(cluster.fragment)
    second.wait_for("running")
    expect(second.by_id("safety")).to_contain_text("2 of 3")
    expect(first.pending).to_have_count(0)
    # If it waited too long it says so. It may come through all the same; else a person tries again.
    first.page.evaluate("document.querySelector('.todo-list .retry')?.click()")
    second.expect_titles("from all", "from one alone")
    second.add("from two")
    first.expect_titles("from all", "from one alone", "from two")


@pytest.mark.both
def test_all_three_are_closed_and_opened_again(cluster: Cluster) -> None:
    for number, window in enumerate(cluster.windows):
        window.add(f"before {number}")
    for window in cluster.windows:
        window.close()
    first, *others = cluster.windows
    first.open(cluster.fragment)
    first.wait_for("running")
    expect(first.items.first).to_have_text("before 0")  # alone, it shows what it knows
    for window in others:
        window.open(cluster.fragment)
    for window in cluster.windows:
        window.wait_for("running")
        window.expect_titles("before 0", "before 1", "before 2")
        window.expect_safe()
    cluster.windows[1].add("after")
    for window in cluster.windows:
        window.expect_titles("before 0", "before 1", "before 2", "after")


def test_a_reload_amid_writes_loses_and_doubles_nothing(cluster: Cluster) -> None:
    writer, other, _ = cluster.windows
    acknowledged: list[str] = []
    for turn in range(3):
        for number in range(8):
            writer.type(f"{turn}.{number}")
        acknowledged += [title for title in writer.acknowledged if title not in acknowledged]
        writer.reload()
        writer.wait_for("running")
        expect(writer.by_id("safety")).to_contain_text("any one may fail")
    other.add("end")
    for window in cluster.windows:
        expect(window.items.last).to_have_text("end")
        titles = window.titles
        assert set(acknowledged) <= set(titles)
        assert len(set(titles)) == len(titles)
    assert len({tuple(window.titles) for window in cluster.windows}) == 1
