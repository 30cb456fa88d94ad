"""One list: in two members without a window, and in a window that came to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.mixed.headless import Headless

if TYPE_CHECKING:
    from tests.browser.cluster.window import Window
    from tests.browser.mixed.conftest import TwoAndAWindow


def lead(window: Window, asked: Headless) -> None:
    """Have the window lead."""
    if window.role != "leader":
        asked.ask("transfer", window.fact("node-id"))
    expect(window.by_id("role")).to_have_text("leader")


def test_what_is_typed_is_read_by_the_command_and_the_other_way(
    two_and_a_window: TwoAndAWindow,
) -> None:
    first, second, window = two_and_a_window.members
    window.add("typed in the window")
    assert first.titles == second.titles == ["typed in the window"]
    second.add(1, "by the command")
    window.expect_titles("typed in the window", "by the command")
    assert first.titles == ["typed in the window", "by the command"]


def test_a_window_leads_two_headless_members_and_leaves(
    two_and_a_window: TwoAndAWindow,
) -> None:
    first, second, window = two_and_a_window.members
    lead(window, first)
    expect(window.by_id("role")).to_have_text("leader")
    second.add(1, "to the window that leads")
    window.expect_titles("to the window that leads")
    window.close()
    first.add(2, "without the window")
    assert second.titles == ["to the window that leads", "without the window"]


def test_a_reloaded_window_has_all_that_headless_members_wrote_meanwhile(
    two_and_a_window: TwoAndAWindow,
) -> None:
    first, second, window = two_and_a_window.members
    window.add("before")
    window.reload()
    first.add(1, "meanwhile")
    window.wait_for("running")
    window.expect_titles("before", "meanwhile")
    window.add("after")
    assert second.titles == ["before", "meanwhile", "after"]


def test_a_headless_leader_is_killed_and_comes_back(
    two_and_a_window: TwoAndAWindow,
) -> None:
    first, second, window = two_and_a_window.members
    leader, other = (first, second) if first.status["role"] == "leader" else (second, first)
    if leader.status["role"] != "leader":  # the window leads
        leader.ask("transfer", leader.status["node_id"])
    leader.wait_for(role="leader")
    window.add("before")
    leader.kill()
    window.add("without it")
    other.add(1, "still without it")
    window.expect_titles("before", "without it", "still without it")
    leader.start()
    leader.wait_for(problem=None)
    assert leader.titles == ["before", "without it", "still without it"]
    window.expect_safe()
