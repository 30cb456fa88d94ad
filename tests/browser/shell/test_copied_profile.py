"""A browser profile that was copied, as to another machine: one member of it, not two."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.introducer import IntroducerProcess
from tests.browser.shell.conftest import wait_for
from tests.browser.site import Site

LOCKS = ("Singleton*", "lock", ".parentlock")
"""What Chromium and Firefox leave in a profile's folder for others to see that it is in use."""

OpenProfile = Callable[[Path], BrowserContext]


@pytest.fixture
def open_profile(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any]
) -> Iterator[OpenProfile]:
    """Start a browser of its own on a profile's folder; all of them end with the test."""
    with ExitStack() as stack:

        def opened(folder: Path) -> BrowserContext:
            context = browser_type.launch_persistent_context(folder, **browser_type_launch_args)
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            return context

        yield opened


def test_of_a_copied_profile_one_window_goes_on_when_its_person_says_so_and_both_tell(
    open_profile: OpenProfile, site: Site, introducer: IntroducerProcess, tmp_path: Path
) -> None:
    site.settings(introducer=introducer.url.replace("127.0.0.1", "{hostname}"), target_size=1)
    original, copy = tmp_path / "original", tmp_path / "copy"
    browser = open_profile(original)
    page = browser.new_page()
    page.goto(site.url(), wait_until="commit")
    page.get_by_test_id("start").click()
    wait_for(page, "running")
    address = page.url
    browser.close()
    shutil.copytree(original, copy, ignore=shutil.ignore_patterns(*LOCKS))

    # Both count to the same start, so it is drawn which of them goes on.
    pages = [open_profile(folder).new_page() for folder in (original, copy)]
    for page in pages:
        page.goto(address, wait_until="commit")
    for page in pages:
        wait_for(page, "running")
    loser, winner = _sorted(pages)
    expect(loser.get_by_test_id("problem")).to_contain_text("a copy of this member was started")
    expect(loser.get_by_test_id("message")).to_contain_text("this window has stopped")
    expect(winner.get_by_test_id("message")).to_contain_text("this window goes on")
    expect(winner.get_by_test_id("problem")).to_be_hidden()

    loser.reload(wait_until="commit")
    wait_for(loser, "error")
    expect(loser.get_by_test_id("error-text")).to_contain_text("goes on in its place")
    expect(loser.get_by_test_id("error-hint")).to_contain_text("clears what is stored here")

    # The other one may have taken others in since the copy, so this one must not lead by itself.
    expect(winner.get_by_test_id("role")).to_have_text("follower")
    expect(winner.get_by_test_id("safety")).to_contain_text("a person must choose who goes on")
    winner.get_by_test_id("what-can-be-done").click()
    winner.get_by_test_id("recover").click()
    winner.get_by_test_id("confirm").click()
    expect(winner.get_by_test_id("role")).to_have_text("leader")
    expect(winner.get_by_test_id("problem")).to_be_hidden()


def _sorted(pages: list[Page]) -> list[Page]:
    """The one that has stopped first."""
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end:
        for page in pages:
            if page.get_by_test_id("problem").is_visible():
                return sorted(pages, key=lambda one: one is not page)
            page.wait_for_timeout(50)
    pytest.fail("both go on")
