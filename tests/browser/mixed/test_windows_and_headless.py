"""One list: in windows, and in members that have none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.mixed.headless import Headless, new_session

if TYPE_CHECKING:
    from tests.browser.cluster.window import Window

Make = Callable[[str], Headless]


@pytest.fixture
def two_and_a_window(headless: Make, windows: list[Window]) -> tuple[Headless, Headless, Window]:
    """Two headless members, which began, and a window that came to them by the session's link."""
    first, second, window = headless("first"), headless("second"), windows[0]
    session = new_session()
    first.start(session, "--found")
    second.start(session)
    window.open(f"#{session}/")
    window.wait_for("running")
    window.expect_safe()
    first.wait_for(settled=True, may_fail=1)
    return first, second, window


@pytest.fixture
def one_and_two_windows(headless: Make, windows: list[Window]) -> tuple[Headless, list[Window]]:
    """A window began; another followed its link, and so did a headless member."""
    windows = windows[:2]
    one, two = windows
    one.open()
    link = next(link for link in one.start_cluster() if link.startswith(two.origin))
    two.follow(link)
    member = headless("member")
    member.start(link)
    for window in windows:
        window.wait_for("running")
        window.expect_safe()
    member.wait_for(settled=True, may_fail=1)
    return member, windows


def lead(window: Window, asked: Headless) -> None:
    """Have the window lead."""
    if window.role != "leader":
        asked.ask("transfer", window.fact("node-id"))
    expect(window.by_id("role")).to_have_text("leader")


def test_what_is_typed_is_read_by_the_command_and_the_other_way(
    two_and_a_window: tuple[Headless, Headless, Window],
) -> None:
    first, second, window = two_and_a_window
    window.add("typed in the window")
    assert first.titles == second.titles == ["typed in the window"]
    second.add(1, "by the command")
    window.expect_titles("typed in the window", "by the command")
    assert first.titles == ["typed in the window", "by the command"]


def test_a_window_leads_two_headless_members_and_leaves(
    two_and_a_window: tuple[Headless, Headless, Window],
) -> None:
    first, second, window = two_and_a_window
    lead(window, first)
    expect(window.by_id("role")).to_have_text("leader")
    second.add(1, "to the window that leads")
    window.expect_titles("to the window that leads")
    window.close()
    first.add(2, "without the window")
    assert second.titles == ["to the window that leads", "without the window"]


def test_a_reloaded_window_has_all_that_headless_members_wrote_meanwhile(
    two_and_a_window: tuple[Headless, Headless, Window],
) -> None:
    first, second, window = two_and_a_window
    window.add("before")
    window.reload()
    first.add(1, "meanwhile")
    window.wait_for("running")
    window.expect_titles("before", "meanwhile")
    window.add("after")
    assert second.titles == ["before", "meanwhile", "after"]


def test_a_headless_leader_is_killed_and_comes_back(
    two_and_a_window: tuple[Headless, Headless, Window],
) -> None:
    first, second, window = two_and_a_window
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


def test_a_headless_member_joins_two_windows_and_leads_them(
    one_and_two_windows: tuple[Headless, list[Window]],
) -> None:
    member, (one, two) = one_and_two_windows
    one.add("from the first window")
    member.ask("transfer", member.status["node_id"])
    member.wait_for(role="leader")
    two.add("to the headless leader")
    member.add(1, "from it")
    for window in (one, two):
        window.expect_titles("from the first window", "to the headless leader", "from it")


def test_a_headless_member_keeps_the_list_while_all_windows_are_closed(
    one_and_two_windows: tuple[Headless, list[Window]],
) -> None:
    member, (one, two) = one_and_two_windows
    one.add("kept")
    fragment = one.fragment
    one.close()
    member.add(1, "while one is closed")
    two.close()
    refused = member.run("propose", '{"type": "clear_completed"}', "--timeout", "2")
    assert refused.returncode != 0, "one of three acknowledged a write"
    assert member.stop() == 0
    for window in (one, two):
        window.open(fragment)
    for window in (one, two):
        window.wait_for("running")
        window.expect_titles("kept", "while one is closed")
