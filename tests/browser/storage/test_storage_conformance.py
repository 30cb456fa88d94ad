"""What keeps a journal in a page keeps the promises of a storage: raft_core's suite."""

from __future__ import annotations

from playwright.sync_api import Page

SUITES = ("IndexedDbSuite", "LocalSuite", "BrowserSuite")
EXPECTED = 20
"""Tests of a suite, at least."""


def check(page: Page) -> None:
    for suite in SUITES:
        said = page.evaluate(f"evaluatePython('await run_suite({suite})')")
        assert len(said) >= EXPECTED
        assert {name: text for name, text in said.items() if text is not None} == {}, suite


def test_in_chromium(chromium_page: Page) -> None:
    check(chromium_page)


def test_in_firefox(firefox_page: Page) -> None:
    check(firefox_page)
