"""A window that is closed leaves the word that nothing is lost, whatever the browser does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.browser.site import Site

pytestmark = pytest.mark.both

CLOSES = {"chromium": 1, "firefox": 4}
"""A Firefox that ends a script of a tab that is closed does so every other time, or more often."""
OWNERS = """() => Object.entries(localStorage)
  .filter(([key]) => key.endsWith("/owner")).map(([, value]) => value)"""


def test_a_closed_window_says_that_all_is_in_order(
    context: BrowserContext, site: Site, browser_name: str
) -> None:
    page = context.new_page()
    page.goto(site.url())
    page.get_by_test_id("durability-browser").check()
    page.get_by_test_id("start").click()
    page.wait_for_selector("html[data-raft=waiting]", state="attached")
    address = page.url
    for _ in range(CLOSES[browser_name]):
        page.close()
        page = context.new_page()
        page.goto(f"{site.origins[0]}/licences.txt")
        (owner,) = page.evaluate(OWNERS)
        assert " stopped " in owner
        page.goto(address)
        page.wait_for_selector("html[data-raft=waiting]", state="attached")
