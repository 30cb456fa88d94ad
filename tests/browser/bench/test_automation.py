"""A run in a real window, through the hook for programs; the window is a cluster of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.site import Site


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Iterator[Page]:
    site.settings(target_size=1)
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site.url(app="bench"), wait_until="commit")
    page.wait_for_selector("html[data-raft=home]", state="attached")
    page.get_by_test_id("start").click()
    page.wait_for_selector("html[data-raft=running]", state="attached")
    yield page
    assert errors == []


def run(page: Page, **plan: Any) -> Any:
    return json.loads(page.evaluate("async (plan) => bench.run(plan)", json.dumps(plan)))


def test_a_run_counts_what_the_state_has(page: Page) -> None:
    result = run(page, outstanding=16, warm_up=0, iterations=500)
    assert result["ended"] == "iterations"
    assert result["writes"]["acknowledged"] == 500
