"""axe-core finds nothing serious on any screen of the shell, wide and narrow, light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessible import SHAPES, look
from tests.browser.shell.conftest import Open, wait_for
from tests.browser.site import Site

WITHOUT_WEBRTC = "delete window.RTCPeerConnection"


def problems(page: Page) -> list[str]:
    """The serious things axe finds, in all shapes of the page."""
    found = []
    for width, scheme in SHAPES:
        found += [f"{width} {scheme} {problem}" for problem in look(page, width, scheme)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{width} {scheme}: the page is {wide} wide")
    return found


def test_the_front_page(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"http://{site.hosts[0]}/")
    assert problems(page) == []


def test_the_start_page_its_messages_and_its_question(running: Page, site: Site) -> None:
    running.goto(site.url())
    wait_for(running, "home")
    running.get_by_test_id("join-input").fill("hello")
    running.get_by_test_id("join").click()
    expect(running.get_by_test_id("message")).to_be_visible()
    assert problems(running) == []
    running.get_by_test_id("clear-storage").click()
    expect(running.get_by_test_id("question-text")).to_be_visible()
    assert problems(running) == []


def test_the_waiting_room(open_page: Open) -> None:
    page = open_page()
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("introducer-problem")).to_be_visible()
    assert problems(page) == []


def test_the_status_line_and_the_panel(running: Page) -> None:
    # The app's own look is not under test here, and is meant to be ugly.
    running.evaluate("document.getElementById('app-root').replaceChildren()")
    assert problems(running) == []
    running.get_by_test_id("panel-toggle").click()
    expect(running.get_by_test_id("term")).to_be_visible()
    assert problems(running) == []


def test_loading_and_errors(context: BrowserContext, open_page: Open) -> None:
    context.route("**/*.wasm", lambda route: None)  # it never arrives
    page = open_page(complains=True)
    assert problems(page) == []
    page.close()
    context.unroute_all(behavior="ignoreErrors")
    page = open_page(complains=True, script=WITHOUT_WEBRTC)
    wait_for(page, "error")
    assert problems(page) == []


@pytest.mark.parametrize("screen", ["home", "error"])
def test_everything_can_be_reached_by_the_keyboard(open_page: Open, screen: str) -> None:
    page = open_page(complains=True, script=WITHOUT_WEBRTC if screen == "error" else "")
    wait_for(page, screen)
    home = ["durability-disk", "start", "join-input", "join"]
    wanted = {"home": home, "error": ["try-again"]}[screen]
    for name in wanted:
        page.keyboard.press("Tab")
        expect(page.get_by_test_id(name)).to_be_focused()
