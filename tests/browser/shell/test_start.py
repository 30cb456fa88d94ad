"""From the address to a running app: the screens in their order, and the way back."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.shell.conftest import Open, fact, start, wait_for
from tests.browser.site import Site

KEY = "0123456789abcdef0123456789abcdef"


def test_the_front_page_leads_to_the_app(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"http://{site.hosts[0]}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Raft in browser windows")
    page.get_by_role("link", name="counter").click()
    wait_for(page, "home")
    expect(page.get_by_role("heading", level=1)).to_have_text("counter")


def test_the_licences_of_everything_are_there(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"http://{site.hosts[0]}/")
    page.get_by_role("link", name="Licences").click()
    expect(page.locator("body")).to_contain_text("pyodide 314.0.7: MPL-2.0")


def test_loading_shows_how_far_it_is(context: BrowserContext, open_page: Open) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    context.route("**/*.wasm", hold)
    with context.expect_event("request", lambda request: request.url.endswith(".wasm")):
        page = open_page()
    expect(page.get_by_role("heading", name="Loading Python")).to_be_visible()
    expect(page.locator("[data-field=amount]")).to_have_text(re.compile(r"^[\d.]+ of 1\d\.\d MB$"))
    held[0].continue_()
    wait_for(page, "home")
    assert page.locator("progress").evaluate("element => element.value") == 1


def test_a_new_cluster_waits_and_gives_the_links_of_the_others(open_page: Open, site: Site) -> None:
    page = open_page()
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("waiting-room")).to_be_visible()
    expect(page.get_by_test_id("waiting-progress")).to_have_text("1 of 3")
    key = fact(page, "session-id")
    assert re.fullmatch("[0-9a-f]{32}", key)
    assert page.url == site.url(f"#{key}/")
    links = page.get_by_test_id("member-link")
    expect(links).to_have_count(2)
    assert [link.get_attribute("href") for link in links.all()] == [
        site.url(f"#{key}/", number) for number in (1, 2)
    ]
    expect(page.get_by_test_id("safety")).to_have_text("1 of 3: nothing is safe yet.")
    expect(page.get_by_test_id("role")).to_have_text("leader")
    expect(page.get_by_test_id("people")).to_contain_text("this window, leader")


def test_a_person_chooses_where_a_cluster_is_kept(open_page: Open) -> None:
    page = open_page()
    disk, browser = (page.get_by_test_id(f"durability-{name}") for name in ("disk", "browser"))
    expect(disk).to_be_checked()
    browser.check()
    expect(disk).not_to_be_checked()
    start(page)
    wait_for(page, "waiting")
    expect(page.get_by_test_id("waiting-durability")).to_contain_text("kept in the browser")
    expect(page.get_by_test_id("durability")).to_contain_text("forgets its last seconds")
    key = fact(page, "session-id")
    assert key[0] in "89abcdef"
    assert page.evaluate("indexedDB.databases().then(([{name}]) => name)").endswith("/vital")


def test_an_app_says_what_is_proposed(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(site.url(app="bench"))
    expect(page.get_by_test_id("durability-browser")).to_be_checked(timeout=90_000)


def test_a_double_click_starts_one_cluster(open_page: Open) -> None:
    page = open_page()
    page.get_by_test_id("start").dblclick()
    wait_for(page, "waiting")
    databases = page.evaluate("indexedDB.databases()")
    assert len(databases) == 1
    expect(page.get_by_role("heading", name="Waiting for members")).to_be_focused()


def test_on_a_host_that_the_site_does_not_know_our_own_link_is_shown(
    open_page: Open, site: Site
) -> None:
    site.settings(hosts=["elsewhere.localhost"])
    page = open_page()
    page.get_by_test_id("start").click()
    own = page.get_by_test_id("own-link")
    expect(own).to_be_visible()
    assert own.get_attribute("href") == page.url
    expect(page.get_by_test_id("member-link")).to_have_count(0)


def test_without_an_introducer_the_waiting_room_says_why_nobody_comes(open_page: Open) -> None:
    page = open_page()
    page.get_by_test_id("start").click()
    problem = page.get_by_test_id("introducer-problem")
    expect(problem).to_contain_text("Members cannot find each other now")
    expect(problem).to_contain_text("tried again by itself")


def test_joining_takes_a_link_or_an_id(open_page: Open, site: Site) -> None:
    for text in (KEY, f"http://wraft1.localhost:8000/counter/#{KEY}/active"):
        page = open_page()
        page.get_by_test_id("join-input").fill(text)
        page.get_by_test_id("join-input").press("Enter")
        wait_for(page, "waiting")
        assert page.url == site.url(f"#{KEY}/")
        expect(page.get_by_test_id("waiting-room")).to_contain_text("Nobody else is here")
        page.close()


def test_what_is_no_invitation_gets_a_message_and_can_be_mended(open_page: Open) -> None:
    page = open_page()
    page.get_by_test_id("join-input").fill("hello")
    page.get_by_test_id("join").click()
    message = page.get_by_test_id("message")
    expect(message).to_contain_text("neither a member's link nor a cluster's id")
    expect(page.get_by_test_id("join-input")).to_be_focused()
    expect(page.get_by_test_id("join-input")).to_have_attribute("aria-invalid", "true")
    page.get_by_test_id("join-input").fill(KEY)
    page.get_by_test_id("join").click()
    wait_for(page, "waiting")
    expect(message).to_be_hidden()


def test_what_is_said_of_a_wrong_link_gives_way_to_the_next_try(open_page: Open) -> None:
    page = open_page()
    for text, said in (("", "Paste the link"), ("hello", "neither"), (KEY[:-1], "neither")):
        page.get_by_test_id("join-input").fill(text)
        page.get_by_test_id("join-input").press("Enter")
        expect(page.get_by_test_id("message")).to_contain_text(said)
        expect(page.get_by_test_id("message").locator("p")).to_have_count(1)


def hidden_at_the_edge(page: Page) -> bool:
    """Whether what has the focus is behind what is fixed to the lower edge."""
    return bool(
        page.evaluate(
            "document.activeElement.getBoundingClientRect().bottom"
            " > document.querySelector('#raft-shell .foot').getBoundingClientRect().top"
        )
    )


def test_messages_leave_room_to_come_to_all_that_is_on_the_page(open_page: Open) -> None:
    page = open_page(f"#{KEY[:-1]}/")
    page.set_viewport_size({"width": 360, "height": 480})
    wait_for(page, "home")
    expect(page.get_by_test_id("message")).to_be_visible()
    page.get_by_test_id("join-input").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("join")).to_be_focused()
    assert not hidden_at_the_edge(page)


def test_what_the_keyboard_reaches_in_an_app_is_not_behind_the_bar(running: Page) -> None:
    running.evaluate(
        """() => {
            for (let n = 0; n < 60; n++) {
                const button = document.createElement("button");
                button.textContent = `button ${n}`;
                button.style.display = "block";
                document.getElementById("app-root").append(button);
            }
        }"""
    )
    running.get_by_role("button", name="button 0", exact=True).focus()
    for number in range(1, 60):
        running.keyboard.press("Tab")
        expect(running.get_by_role("button", name=f"button {number}", exact=True)).to_be_focused()
        assert not hidden_at_the_edge(running), number


def test_an_address_with_a_broken_key_leads_to_the_start_with_a_message(open_page: Open) -> None:
    page = open_page(f"#{KEY[:-1]}/")
    wait_for(page, "home")
    expect(page.get_by_test_id("message")).to_contain_text("names no cluster")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_test_id("message")).to_be_hidden()


def test_a_link_and_the_id_can_be_copied(
    context: BrowserContext, open_page: Open, site: Site
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_page(f"#{KEY}/")
    wait_for(page, "waiting")
    page.get_by_role("button", name=f"Copy the link of {site.hosts[1]}").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == site.url(f"#{KEY}/", 1)
    page.get_by_role("button", name="Copy", exact=True).click()
    page.wait_for_function(
        "key => navigator.clipboard.readText().then(text => text == key)", arg=KEY
    )


def test_a_button_that_was_clicked_twice_says_again_what_it_does(
    context: BrowserContext, open_page: Open
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_page(f"#{KEY}/")
    wait_for(page, "waiting")
    copy = page.locator("[data-action=copy-id]")
    copy.evaluate("button => { button.click(); button.click(); }")
    expect(copy).to_have_text("Copied")
    expect(copy).to_have_text("Copy")


def test_a_page_that_the_browser_brings_back_begins_anew(running: Page) -> None:
    with running.expect_navigation():
        running.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    wait_for(running, "running")
