"""What keeps a journal in a page, in real browsers: the suite, what is taken away, and SIGKILL.

One test a browser, since a page with Python in it takes its time. `--kill-rounds 50` kills longer.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.site import Site
from tests.browser.storage.conftest import QUOTA, OwnBrowser

SUITES = ("IndexedDbSuite", "LocalSuite", "BrowserSuite")
EXPECTED = 20
"""Tests of a suite, at least."""
LOOKS = 20
"""How often a round looks at what was acknowledged, at most, before it kills."""

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
from storage_indexeddb import sessions
json.dumps(await sessions(this_browser(), APP))
"""
TWO_WINDOWS = """
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
third = Member(name)
found = await third.load()
await third.storage.close()
json.dumps([found, other.refused])
"""
AFTER_A_CHECKPOINT = """
from storage_indexeddb import StorageAltered, VitalPlace
name = vital_name(APP, SESSION, secrets.token_hex(8))
place, other = VitalPlace(this_browser(), name), VitalPlace(this_browser(), name)
await place.load()
await other.load()
await place.begin(1)
answers = []
place.put(b"vote", answers.append)
await place.close()
try:
    await other.begin(2)
    refused = None
except StorageAltered as error:
    refused = str(error)
await other.close()
third = VitalPlace(this_browser(), name)
kept = await third.load()
await third.close()
json.dumps([[answer is None for answer in answers], refused, kept.start, kept.record.decode()])
"""
COUNT_A_MISSING_ONE = """
from storage_indexeddb.survey import _size, parse_name
missing = parse_name(journal_name(APP, SESSION, secrets.token_hex(8)))
json.dumps(await _size(this_browser(), missing))
"""
LOAD = """
member = Member("00000000000000aa")
json.dumps(await member.load())
"""
WRITE = """
member.keep_on()
json.dumps(None)
"""
END = """
await member.storage.close()
json.dumps(None)
"""
ASK = "json.dumps([member.acknowledged, member.refused])"


def run(page: Page, code: str) -> Any:
    return page.evaluate("code => evaluatePython(code)", code)


def check_suites(page: Page) -> None:
    """All keep the promises of a storage: raft_core's suite."""
    for suite in SUITES:
        said = run(page, f"await run_suite({suite})")
        assert len(said) >= EXPECTED
        assert {name: text for name, text in said.items() if text is not None} == {}, suite


def check_removal(page: Page) -> None:
    """Whoever clears a session need not wait for its member, which stops."""
    assert run(page, START) >= 10
    assert run(page, FIND) != {}
    lost, refused = run(page, CLEAR + STOPPED)
    assert "Another window removes" in lost
    assert refused.startswith("Storage")
    assert run(page, FIND) == {}
    assert run(page, COUNT_A_MISSING_ONE) == 0
    assert run(page, FIND) == {}, "what was removed while it was counted is there again"


def check_two_windows(page: Page) -> None:
    """Of two with one journal the second to write stops."""
    found, refused = run(page, TWO_WINDOWS)
    assert found == [1]
    assert refused.startswith("StorageAltered: Another window has written")
    told, refused, start, record = run(page, AFTER_A_CHECKPOINT)
    assert (told, start, record) == ([True], 1, "vote")
    assert refused.startswith("Another window has written")


def check_cleared(page: Page, origin: str) -> None:
    """A person clears the site's data."""
    assert run(page, START) >= 10
    cleared = {"origin": origin, "storageTypes": "indexeddb"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", cleared)
    lost, refused = run(page, STOPPED)
    assert "The browser has closed" in lost
    assert refused


def check_kill(browser: OwnBrowser, page: Page, rounds: int) -> None:
    """What was acknowledged is there when the browser was killed, and starts again."""
    acknowledged = 0
    for _ in range(rounds):
        found = run(page, LOAD)
        assert found == list(range(1, len(found) + 1)), "there is a gap"
        run(page, WRITE)
        for _ in range(random.randint(2, LOOKS)):
            acknowledged, refused = run(page, ASK)
            assert refused is None
        while acknowledged <= len(found):
            acknowledged, refused = run(page, ASK)
            assert refused is None
        browser.kill()
        page = browser.start()
        found = run(page, LOAD)
        assert len(found) >= acknowledged, f"{acknowledged} were acknowledged, {len(found)} kept"
        run(page, END)


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    count: int = request.config.getoption("--kill-rounds")
    return count


@pytest.mark.both
def test_what_is_stored_stays_and_what_is_lost_is_noticed(
    own_browser: OwnBrowser, browser_name: str, site: Site, rounds: int
) -> None:
    page = own_browser.start()
    if browser_name == "chromium":
        quota = {"origin": site.origins[0], "quotaSize": QUOTA}
        page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", quota)
    check_suites(page)
    check_removal(page)
    check_two_windows(page)
    if browser_name == "chromium":  # in Firefox no program can do what a person does there
        check_cleared(page, site.origins[0])
    check_kill(own_browser, page, rounds)
