"""A page that cannot run says why, and what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.shell.conftest import Open, wait_for
from tests.browser.site import Site

WITHOUT = {
    "no WebRTC": "delete window.RTCPeerConnection",
    "no WebAssembly": "delete window.WebAssembly",
    "no Web Locks": "Object.defineProperty(Navigator.prototype, 'locks', {get: () => undefined})",
    "no secure context": "Object.defineProperty(window, 'isSecureContext', {get: () => false})",
    "not let the page store anything": (
        "Object.defineProperty(window, 'localStorage', "
        "{get: () => { throw new DOMException('denied', 'SecurityError') }})"
    ),
    "not let the page store anything, and": (
        "Object.defineProperty(window, 'indexedDB', {get: () => undefined})"
    ),
    "refused an access to this site's database (InvalidStateError: private)": (
        "IDBFactory.prototype.databases = "
        "() => Promise.reject(new DOMException('private', 'InvalidStateError'))"
    ),
}


@pytest.mark.parametrize("words", WITHOUT)
def test_what_a_browser_lacks_is_named(open_page: Open, words: str) -> None:
    page = open_page(complains=True, script=WITHOUT[words])
    wait_for(page, "error")
    expect(page.get_by_test_id("error-text")).to_contain_text(words)
    expect(page.get_by_test_id("error-hint")).not_to_be_empty()
    expect(page.get_by_test_id("try-again")).to_be_visible()


def test_a_site_without_its_settings_is_named(
    context: BrowserContext, site: Site, open_page: Open
) -> None:
    context.route("**/site.json", lambda route: route.fulfill(status=404))
    page = open_page(complains=True)
    wait_for(page, "error")
    expect(page.get_by_test_id("error-text")).to_contain_text("no site.json (it answered 404)")


def cut(route: Route) -> None:
    route.abort()


def not_found(route: Route) -> None:
    route.fulfill(status=404, body="not here")


@pytest.mark.parametrize("lose", [cut, not_found])
@pytest.mark.parametrize("name", ["pyodide.asm.wasm", "pyodide.mjs", "modules.zip", "ticker.js"])
def test_a_file_that_does_not_arrive_is_an_error_and_trying_again_helps(
    context: BrowserContext, open_page: Open, name: str, lose: Callable[[Route], None]
) -> None:
    pattern = f"**/*{name}*"
    context.route(pattern, lose)
    page = open_page(complains=True)
    wait_for(page, "error")
    expect(page.get_by_test_id("error-hint")).to_contain_text("the web server is still running")
    context.unroute(pattern)
    page.get_by_test_id("try-again").click()
    wait_for(page, "home")


def test_settings_that_do_not_fit_are_named(site: Site, open_page: Open) -> None:
    site.settings(target_size=2)
    page = open_page()
    wait_for(page, "error")
    expect(page.get_by_test_id("error-text")).to_contain_text("target_size: 2 is no odd number")
    expect(page.get_by_test_id("error-hint")).to_contain_text("mend its site.json")
