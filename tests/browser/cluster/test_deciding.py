"""What a person decides: who takes a lost member's place, and who goes on without a majority."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import look
from tests.browser.cluster.conftest import Cluster
from tests.browser.conftest import forget

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.browser.cluster.window import Window
    from tests.browser.introducer import IntroducerProcess

WIDE, NARROW = (1200, "light"), (360, "dark")


@pytest.mark.early
def test_a_lost_member_is_replaced_and_a_lost_majority_given_up_by_a_person(
    windows: list[Window],
    introducer: IntroducerProcess,
    context: BrowserContext,
    browser_name: str,
) -> None:
    cluster = Cluster(windows, introducer)
    cluster.form("browser")
    one, other, cleared = windows

    def close_and_clear() -> None:
        """As a person or a browser may."""
        cleared.close()
        forget(context.pages[0], browser_name, [cleared.origin])

    one.add("first")
    lost = cleared.fact("node-id")
    close_and_clear()
    replace_the_lost_member(cluster, lost)
    one.add("second")
    close_and_clear()  # first, or who is killed last would lead, and have more
    one.add("third")
    other.expect_titles("first", "second", "third")

    for window in (one, other):
        window.kill()
    for window in windows:
        window.open(cluster.fragment)
    choose_a_survivor(cluster)

    expect(other.by_id("removed")).to_contain_text("goes on without this member")
    expect(other.items.first).to_have_text("first")
    assert look(other.page, *NARROW) == []
    other.by_id("begin-anew").click()
    other.expect_titles("first", "second", "third", "fourth")
    for window in windows:
        window.expect_safe()


def replace_the_lost_member(cluster: Cluster, lost: str) -> None:
    """The third window comes back as a new member, and is put in its own old place."""
    asked, _, cleared = cluster.windows
    cleared.open(cluster.fragment)
    cleared.wait_for("running")
    expect(cleared.by_id("role")).to_have_text("learner")
    new = cleared.fact("node-id")
    expect(asked.by_id("safety")).to_contain_text("with one more gone")

    asked.by_id("panel-toggle").click()
    button = asked.page.locator(f"[data-member='{lost}']").get_by_test_id("replace")
    expect(button).to_have_text(f"Put {new} in its place")
    button.click()
    assert look(asked.page, *WIDE) == []
    expect(asked.by_id("question-text")).to_contain_text(f"{lost} is out for ever")
    asked.by_id("confirm").click()
    said = f"{new} votes in the place of {lost} now"
    expect(asked.by_id("message")).to_contain_text(said)
    for window in cluster.windows:
        window.expect_safe()
        expect(window.by_id("members")).to_have_text("3 voters")


def choose_a_survivor(cluster: Cluster) -> None:
    """Two may have forgotten something, the third has lost it all: the first is to go on."""
    survivor, _, cleared = cluster.windows
    survivor.by_id("what-can-be-done").click()
    holders = survivor.by_id("holders").locator("li")
    expect(holders.filter(has_text="may have forgotten more")).to_have_count(2)
    expect(holders.filter(has_text="has nothing: a new member")).to_have_count(1)
    expect(holders.filter(has_text="not here")).to_have_count(1)
    expect(holders.filter(has_text="this window")).to_contain_text("has most")
    assert look(survivor.page, *WIDE) + look(survivor.page, *NARROW) == []
    survivor.by_id("recover").click()
    expect(survivor.by_id("question-text")).to_contain_text("Excluded for ever")
    assert look(survivor.page, *NARROW) == []
    survivor.by_id("cancel").click()
    expect(survivor.by_id("role")).to_have_text("follower")
    survivor.by_id("recover").click()
    survivor.by_id("confirm").click()

    survivor.expect_titles("first", "second", "third")
    expect(survivor.by_id("safety")).to_contain_text("nothing is safe yet")
    survivor.add("fourth")
    cleared.expect_titles("first", "second", "third", "fourth")
