"""One list: in two windows, and in a member without one that came to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.mixed.headless import Headless

if TYPE_CHECKING:
    from tests.browser.cluster.window import Window


@pytest.fixture
def one_and_two_windows(
    headless: Callable[[str], Headless], windows: list[Window]
) -> tuple[Headless, list[Window]]:
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
