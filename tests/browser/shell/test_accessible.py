"""axe-core finds nothing serious on any screen of the shell, wide and narrow, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.shell.conftest import Open, wait_for
from tests.browser.site import Site

AXE = Path(__file__).resolve().parents[3] / "node_modules/axe-core/axe.min.js"
SHAPES = [(width, scheme) for width in (1200, 360) for scheme in ("light", "dark")]

SETTLED = """() => Promise.allSettled(
    document.getAnimations()
        .filter(each => each.effect.getComputedTiming().endTime !== Infinity)
        .map(each => each.finished)
)"""
"""What fades in has not the contrast that it will have."""

WITHOUT_WEBRTC = "delete window.RTCPeerConnection"


def problems(page: Page) -> list[str]:
    """The serious things axe finds, in all shapes of the page."""
    found = []
    for width, scheme in SHAPES:
        colours: Any = scheme
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=colours)
        if not page.evaluate("'axe' in window"):
            page.add_script_tag(path=AXE)
        page.evaluate(SETTLED)
        result = page.evaluate("axe.run(document)")
        found += [
            f"{width} {scheme} {violation['id']}: {[node['target'] for node in violation['nodes']]}"
            for violation in result["violations"]
            if violation["impact"] in {"serious", "critical"}
        ]
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
