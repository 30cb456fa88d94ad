"""What lies in this browser: one member a browser, clearing, damage, a full storage."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.shell.conftest import Open, fact, start, wait_for
from tests.browser.site import Site

FILL = """() => {
    for (let size = 1 << 22; size >= 1; size >>= 1) {
        try {
            for (let n = 0; ; n++) localStorage.setItem(`filler${size}-${n}`, "x".repeat(size));
        } catch {}
    }
}"""
"""Leaves no room for another code unit."""

EMPTY = """() => {
    for (const name of Object.keys(localStorage))
        if (name.startsWith("filler")) localStorage.removeItem(name);
}"""


STORED = """async () => {
    const databases = await indexedDB.databases();
    return {...localStorage, ...Object.fromEntries(databases.map(({name}) => [name, "database"]))};
}"""

REMOVE = """async (purpose) => {
    for (const {name} of await indexedDB.databases())
        if (name.endsWith(purpose)) await new Promise((done, failed) => {
            const request = indexedDB.deleteDatabase(name);
            request.onsuccess = done;
            request.onerror = request.onblocked = failed;
        });
}"""
"""Removes the databases whose names end so, as a person does who clears them."""


def stored(page: Page) -> Any:
    """All of the origin's local storage, and the names of its databases."""
    return page.evaluate(STORED)


def elsewhere(open_page: Open, site: Site) -> Page:
    """A page of the site in which nothing of ours runs."""
    page = open_page(complains=True)  # Firefox does, of what it had begun to load
    page.goto(f"{site.origins[0]}/licences.txt")
    return page


def test_a_second_tab_is_no_second_member_and_takes_over_when_the_first_is_closed(
    running: Page, open_page: Open, site: Site
) -> None:
    fragment = "#" + running.url.partition("#")[2]
    second = open_page(fragment)
    wait_for(second, "error")
    expect(second.get_by_test_id("error-text")).to_contain_text("another tab")
    second.get_by_test_id("try-again").click()
    wait_for(second, "error")
    member = fact(running, "node-id")
    running.close()
    second.get_by_test_id("try-again").click()
    wait_for(second, "running")
    assert fact(second, "node-id") == member


def test_two_tabs_opened_at_once_are_one_member(open_page: Open) -> None:
    key = "0123456789abcdef0123456789abcdef"
    pages = [open_page(f"#{key}/") for _ in range(2)]
    for page in pages:
        page.wait_for_selector("html:is([data-raft=waiting], [data-raft=error])", state="attached")
    states = [page.evaluate("document.documentElement.dataset.raft") for page in pages]
    assert sorted(states) == ["error", "waiting"]
    members = {name.split("/")[3] for name in stored(pages[0]) if name.startswith("raft/counter/")}
    assert len(members) == 1


def test_clearing_asks_first_and_removes_only_what_is_ours(running: Page, site: Site) -> None:
    running.evaluate("localStorage.setItem('somebody', 'else')")
    running.evaluate("localStorage.setItem('raft/other/0123456789abcdef/x/owner', 'theirs')")
    running.goto(site.url())
    start(running, "browser")
    wait_for(running, "running")
    running.goto(site.url())
    wait_for(running, "home")
    before = stored(running)
    rows = running.locator("[data-field=stored] li")
    expect(rows).to_have_text([re.compile(r"Last open .* B, in the browser"), re.compile("disk")])
    running.get_by_test_id("clear-storage").click()
    text = running.get_by_test_id("question-text")
    expect(text).to_contain_text("removes 2 sessions of counter")
    expect(text).to_contain_text(site.hosts[0])
    running.get_by_test_id("cancel").click()
    expect(text).to_be_hidden()
    assert stored(running) == before

    running.get_by_test_id("clear-storage").click()
    running.get_by_test_id("confirm").click()
    expect(running.get_by_test_id("clear-storage")).to_be_hidden()
    assert stored(running) == {
        "somebody": "else",
        "raft/other/0123456789abcdef/x/owner": "theirs",
    }


HOLD_LOCKS_OF_WHAT_IS_STORED = """async () => {
    const [{name}] = await indexedDB.databases();
    const session = name.split("/")[2];
    const gate = new Promise((open) => { window.letGo = open; });
    const request = LockManager.prototype.request;
    LockManager.prototype.request = function (name, ...rest) {
        const ask = () => request.call(this, name, ...rest);
        return name.includes(session) ? gate.then(ask) : ask();
    };
}"""
"""A session is cleared under its lock, so until `letGo` none is."""


def test_who_starts_while_it_is_cleared_stays_in_the_new_cluster(running: Page, site: Site) -> None:
    running.goto(site.url())
    wait_for(running, "home")
    running.evaluate(HOLD_LOCKS_OF_WHAT_IS_STORED)
    running.get_by_test_id("clear-storage").click()
    running.get_by_test_id("confirm").click()
    running.get_by_test_id("start").click()
    wait_for(running, "running")
    running.evaluate("letGo()")
    running.wait_for_function("async () => (await indexedDB.databases()).length === 1")
    for total in "123":
        running.get_by_test_id("add-1").click()
        expect(running.get_by_test_id("total")).to_have_text(total)
        expect(running.get_by_test_id("total")).to_be_visible()


def test_a_session_that_runs_in_another_tab_is_not_cleared(running: Page, open_page: Open) -> None:
    running.get_by_test_id("add-1").click()
    expect(running.get_by_test_id("total")).to_have_text("1")
    before = stored(running)
    other = open_page()
    other.get_by_test_id("clear-storage").click()
    other.get_by_test_id("confirm").click()
    expect(other.get_by_test_id("message")).to_contain_text("was kept: close that tab")
    assert stored(running) == before
    expect(other.get_by_test_id("clear-storage")).to_be_visible()
    running.get_by_test_id("add-1").click()
    expect(running.get_by_test_id("total")).to_have_text("2")


@pytest.mark.parametrize("whose, removed", [("running", "journal"), ("quick", "vital")])
def test_a_member_whose_storage_is_cleared_while_it_lives_stops(
    request: pytest.FixtureRequest, open_page: Open, site: Site, whose: str, removed: str
) -> None:
    page: Page = request.getfixturevalue(whose)
    page.get_by_test_id("add-1").click()
    expect(page.get_by_test_id("total")).to_have_text("1")
    elsewhere(open_page, site).evaluate(REMOVE, removed)
    expect(page.get_by_test_id("problem")).to_contain_text("join again as a new member")
    expect(page.get_by_test_id("safety")).to_contain_text("has stopped")
    expect(page.get_by_test_id("total")).to_have_text("1")


def test_a_member_whose_local_storage_is_cleared_while_it_lives_stops_at_the_next_write(
    quick: Page, open_page: Open, site: Site
) -> None:
    elsewhere(open_page, site).evaluate("localStorage.clear()")
    quick.get_by_test_id("add-1").click()
    expect(quick.get_by_test_id("problem")).to_contain_text("was removed")


def test_a_journal_whose_votes_are_gone_is_refused_and_can_be_cleared(
    quick: Page, site: Site
) -> None:
    fragment = "#" + quick.url.partition("#")[2]
    quick.goto(f"{site.origins[0]}/licences.txt")
    quick.evaluate(REMOVE, "vital")
    before = stored(quick)
    quick.goto(site.url(fragment))
    wait_for(quick, "error")
    expect(quick.get_by_test_id("error-text")).to_contain_text("lacks its votes")
    expect(quick.get_by_test_id("error-hint")).to_contain_text("join again as a new member")
    assert stored(quick) == before
    quick.get_by_role("link", name="Back to the start").click()
    quick.get_by_test_id("clear-storage").click()
    quick.get_by_test_id("confirm").click()
    expect(quick.get_by_test_id("clear-storage")).to_be_hidden()
    assert stored(quick) == {}


def test_damage_is_named_and_nothing_is_changed(site: Site, open_page: Open) -> None:
    site.settings(target_size=1)
    page = open_page(complains=True)
    start(page, "browser")
    wait_for(page, "running")
    page.get_by_test_id("add-1").click()
    expect(page.get_by_test_id("total")).to_have_text("1")
    fragment = "#" + page.url.partition("#")[2]
    page.goto("about:blank")
    page.goto(f"http://{site.hosts[0]}/licences.txt")
    page.evaluate(
        """() => {
            const [name] = Object.keys(localStorage).filter(k => /r0+2$/.test(k));
            const value = localStorage.getItem(name);
            const middle = value.length >> 1;
            const other = value[middle] === "x" ? "y" : "x";
            localStorage.setItem(name, value.slice(0, middle) + other + value.slice(middle + 1));
        }"""
    )
    damaged = stored(page)
    page.goto(site.url(fragment))
    wait_for(page, "error")
    expect(page.get_by_test_id("error-text")).to_contain_text("is damaged:")
    expect(page.get_by_test_id("error-hint")).to_contain_text("Nothing of it was changed")
    expect(page.get_by_test_id("clear-storage")).to_be_hidden()
    journal = {name: value for name, value in damaged.items() if "/owner" not in name}
    assert {name: stored(page)[name] for name in journal} == journal


def test_a_full_storage_stops_the_member_and_says_so_and_room_lets_it_go_on(quick: Page) -> None:
    quick.get_by_test_id("add-1").click()
    expect(quick.get_by_test_id("total")).to_have_text("1")
    quick.evaluate(FILL)
    quick.get_by_test_id("add-1").click()
    expect(quick.get_by_test_id("problem")).to_contain_text("full")
    expect(quick.get_by_test_id("safety")).to_contain_text("has stopped")
    expect(quick.get_by_test_id("writable")).to_have_text("False")
    expect(quick.get_by_test_id("total")).to_have_text("1")
    quick.evaluate(EMPTY)
    quick.reload(wait_until="commit")
    wait_for(quick, "running")
    expect(quick.get_by_test_id("problem")).to_be_hidden()
    quick.get_by_test_id("add-1").click()
    expect(quick.get_by_test_id("total")).to_have_text("2")


def test_a_storage_that_is_full_from_the_beginning_is_an_error_with_a_remedy(
    open_page: Open, site: Site
) -> None:
    page = open_page(complains=True)
    wait_for(page, "home")
    page.evaluate(FILL)
    start(page, "browser")
    wait_for(page, "error")
    expect(page.get_by_test_id("error-text")).to_contain_text("full")
    assert page.url == site.url(), "nothing was founded, so there is nothing to come back to"
    page.evaluate(EMPTY)
    page.get_by_test_id("try-again").click()
    start(page, "browser")
    wait_for(page, "waiting")
