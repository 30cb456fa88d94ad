"""What a person or a browser does to a journal while its member runs, in real ones."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.browser.site import Site

START = """
member = Member(secrets.token_hex(8))
await member.load()
member.keep_on()
while member.acknowledged < 10:
    await asyncio.sleep(0.01)
json.dumps(member.acknowledged)
"""
STOPPED = """
async def stopped():
    async with asyncio.timeout(60):
        while member.refused is None:
            await asyncio.sleep(0.01)
    await member.storage.close()
    return json.dumps([member.lost, member.refused])
await stopped()
"""
CLEAR = """
from storage_indexeddb import clear
await clear(this_browser(), APP, SESSION)
"""
FIND = """
from storage_indexeddb import find_member
json.dumps(await find_member(this_browser(), APP, SESSION))
"""


def run(page: Page, code: str) -> Any:
    return page.evaluate("code => evaluatePython(code)", code)


def check_removal_by_another_tab(page: Page) -> None:
    """As `clear` does it; the member stops, and stands in nobody's way."""
    assert run(page, START) >= 10
    assert len(run(page, FIND)) == 16
    lost, refused = run(page, CLEAR + STOPPED)
    assert "Another window removes" in lost
    assert refused.startswith("StorageAltered") or "AbortError" in refused
    assert run(page, FIND) is None


def check_second_window(page: Page) -> None:
    """Two with one journal: one of them stops, and what the other acknowledged is there."""
    seen = run(
        page,
        """
name = secrets.token_hex(8)
one, other = Member(name), Member(name)
await one.load()
await other.load()
one.append()
other.append()
async with asyncio.timeout(60):
    while one.acknowledged + (other.refused is not None) < 2:
        await asyncio.sleep(0.01)
await one.storage.close()
await other.storage.close()
json.dumps([await Member(name).load(), other.refused])
""",
    )
    assert seen[0] == [1]
    assert seen[1].startswith("StorageAltered: Another window has written")


def test_in_chromium(chromium_page: Page, site: Site) -> None:
    check_removal_by_another_tab(chromium_page)
    check_second_window(chromium_page)
    # A person clears the site's data.
    assert run(chromium_page, START) >= 10
    devtools = chromium_page.context.new_cdp_session(chromium_page)
    everything = {"origin": site.origins[0], "storageTypes": "indexeddb"}
    devtools.send("Storage.clearDataForOrigin", everything)
    lost, refused = run(chromium_page, STOPPED)
    assert "The browser has closed" in lost
    assert refused


def test_in_firefox(firefox_page: Page) -> None:
    check_removal_by_another_tab(firefox_page)
    check_second_window(firefox_page)
