"""The life of a page: put aside and taken out again, on another network, older than its site."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.console import collect
from tests.browser.introducer import IntroducerProcess
from tests.browser.shell.conftest import Open, start, wait_for
from tests.browser.site import ROOT, Site, build, serve

NOTE_HOW_IT_CAME_BACK = """
addEventListener("pageshow", ({ persisted }) => { if (persisted) sessionStorage.aside = "yes"; });
"""


RELOADED = "performance.getEntriesByType('navigation')[0].type === 'reload'"
COUNT_SOCKETS = """
window.sockets = 0;
window.WebSocket = new Proxy(WebSocket, {
    construct: (make, args) => { window.sockets += 1; return new make(...args); },
});
"""


def test_a_page_that_was_left_begins_anew_when_a_person_goes_back_to_it(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    browser_name: str,
    site: Site,
) -> None:
    site.settings(target_size=1)
    options = {**browser_type_launch_args}
    if browser_name == "chromium":  # Playwright switches the cache of pages off by itself
        options["ignore_default_args"] = ["--disable-back-forward-cache"]
    with browser_type.launch_persistent_context("", **options) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.add_init_script(NOTE_HOW_IT_CAME_BACK)
        page.goto(site.url(), wait_until="commit")
        start(page)
        wait_for(page, "running")
        page.get_by_test_id("add-1").click()
        expect(page.get_by_test_id("total")).to_have_text("1")
        page.goto(f"{site.origins[0]}/licences.txt")
        page.go_back(wait_until="commit")
        if browser_name == "chromium":  # Firefox puts no page aside that runs a member: it ends it
            page.wait_for_function("sessionStorage.aside === 'yes'")
            page.wait_for_function(RELOADED)
        wait_for(page, "running")
        expect(page.get_by_test_id("total")).to_have_text("1")
        page.get_by_test_id("add-1").click()
        expect(page.get_by_test_id("total")).to_have_text("2")


def test_a_page_goes_to_the_introducer_anew_when_the_browser_is_online_again(
    site: Site, introducer: IntroducerProcess, open_page: Open
) -> None:
    site.settings(introducer=introducer.url.replace("127.0.0.1", "{hostname}"), target_size=1)
    page = open_page(script=COUNT_SOCKETS)
    start(page)
    wait_for(page, "running")
    expect(page.get_by_test_id("introducer-state")).to_have_text("connected")
    before = page.evaluate("sockets")
    assert before > 0
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_function("before => sockets > before", arg=before)
    expect(page.get_by_test_id("introducer-state")).to_have_text("connected")


@pytest.mark.early
def test_windows_of_an_old_and_a_new_build_go_on_together_and_a_reload_gets_the_new_one(
    context: BrowserContext, served: Site, introducer: IntroducerProcess, tmp_path: Path
) -> None:
    folder = shutil.copytree(served.folder, tmp_path / "site")
    before = {file for file in folder.rglob("*") if file.is_file()}
    errors: list[str] = []

    def opened(address: str) -> Page:
        page = context.new_page()
        collect(page, errors)
        page.goto(address, wait_until="commit")
        return page

    with serve(folder) as site:
        site.settings(introducer=introducer.url.replace("127.0.0.1", "{hostname}"), target_size=1)
        old = opened(site.url())
        start(old)
        wait_for(old, "running")
        build(folder, str(_newer_counter(tmp_path)))
        assert not all(file.exists() for file in before), "both builds are the same"

        new = opened(site.url("#" + old.url.partition("#")[2], 1))
        wait_for(new, "running")
        old.get_by_test_id("add-1").click()
        expect(new.get_by_test_id("total")).to_have_text("in all 1")
        new.get_by_test_id("add-1").click()
        expect(old.get_by_test_id("total")).to_have_text("2")
        old.reload(wait_until="commit")
        wait_for(old, "running")
        expect(old.get_by_test_id("total")).to_have_text("in all 2")
        for page in old, new:
            page.close()
    assert errors == []


def _newer_counter(folder: Path) -> Path:
    """The app, with another look."""
    app = folder / "counter"
    shutil.copytree(ROOT / "tests/browser/shell/counter", app)
    module = app / "src/counter/__init__.py"
    text = module.read_text(encoding="utf-8")
    shown = "str(self.member.state.total)"
    assert shown in text
    module.write_text(text.replace(shown, 'f"in all {self.member.state.total}"'), encoding="utf-8")
    return app
