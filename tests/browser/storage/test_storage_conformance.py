"""IndexedDbStorage keeps the promises of a storage: raft_core's suite, in a page, over the disk."""

from __future__ import annotations

from playwright.sync_api import Page

EXPECTED = 20
"""Tests of the suite, at least."""


def check_suites(page: Page) -> None:
    said = page.evaluate("evaluatePython('await run_suite(IndexedDbSuite)')")
    assert len(said) >= EXPECTED
    assert {name: text for name, text in said.items() if text is not None} == {}


def test_in_chromium(chromium_page: Page) -> None:
    check_suites(chromium_page)


def test_in_firefox(firefox_page: Page) -> None:
    check_suites(firefox_page)
