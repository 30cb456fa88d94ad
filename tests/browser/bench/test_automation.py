"""Runs in a real window, through the hook for programs; the window is a cluster of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser.console import collect
from tests.browser.site import Site


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Iterator[Page]:
    """The bench on a member that has founded a cluster of one."""
    site.settings(target_size=1)
    errors: list[str] = []
    page = context.new_page()
    collect(page, errors)
    page.goto(site.url(app="bench"), wait_until="commit")
    page.wait_for_selector("html[data-raft=home]", state="attached")
    page.get_by_test_id("start").click()
    page.wait_for_selector("html[data-raft=running]", state="attached")
    yield page
    assert errors == []


def run(page: Page, **plan: Any) -> Any:
    """A run from beginning to end; its result."""
    return json.loads(page.evaluate("async (plan) => bench.run(plan)", json.dumps(plan)))


@pytest.mark.both
def test_a_result_says_what_the_state_has_and_where_it_ran(page: Page) -> None:
    first = run(page, outstanding=16, warm_up=0, iterations=500, payload=60)
    assert first["ended"] == "iterations"
    assert first["writes"]["acknowledged"] == 500
    second = run(page, outstanding=64, warm_up=0.1, seconds=0.5, reads=0.3)
    assert second["ended"] == "time"
    for result in (first, second):
        written = result["after"]["writes"] - result["before"]["writes"]
        assert written == result["writes"]["acknowledged"] + result["outside_writes"] > 0
        assert (result["errors"], result["unknown"]) == ({}, 0)
        assert result["verdict"]["result"] == "linearizable"
        assert result["verdict"]["judged"] > 0
    assert second["before"]["writes"] == first["after"]["writes"]
    assert second["reads"]["acknowledged"] > 0
    assert first["environment"]["browser"] == page.evaluate("navigator.userAgent")
    assert first["environment"]["durability"] == "browser"
    assert {"bench", "raft-core", "msgspec"} <= first["environment"]["versions"].keys()


def test_without_pictures_it_measures_and_the_page_stays_as_it_was(page: Page) -> None:
    state = page.get_by_test_id("bench-state")
    before = state.inner_text()
    page.evaluate("bench.pictures(false)")
    page.evaluate('void (globalThis.going = bench.run(`{"warm_up": 0, "seconds": 600}`))')
    page.wait_for_function("JSON.parse(bench.status()).phase === 'measuring'")
    assert state.inner_text() == before
    page.evaluate("bench.pictures(true)")
    expect(state).to_contain_text("Measuring in this window")
    page.evaluate("bench.stop()")
    assert json.loads(page.evaluate("going"))["writes"]["acknowledged"] > 0


def test_it_can_be_stopped_and_refuses_what_it_cannot_do(page: Page) -> None:
    with pytest.raises(PlaywrightError, match="outstanding must be 1 to 4,096, not 0"):
        run(page, outstanding=0)
    page.evaluate('void (globalThis.going = bench.run(`{"outstanding": 4096, "seconds": 600}`))')
    page.wait_for_function("JSON.parse(bench.status()).phase === 'measuring'")
    with pytest.raises(PlaywrightError, match="a run is under way: stop it first"):
        run(page)
    # The page draws while 4096 writes are under way, or this never returns.
    page.evaluate("""async () => {
        for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
    }""")
    page.evaluate("bench.stop()")
    result = json.loads(page.evaluate("going"))
    assert result["ended"] == "stopped"
    assert result["plan"]["outstanding"] == 4096
    assert result["writes"]["acknowledged"] + result["outside_writes"] > 0
    assert json.loads(page.evaluate("bench.status()"))["running"] is False
