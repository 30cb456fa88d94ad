"""The app with the shell around it: routes, what the member knows, failures, styles."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.shell.conftest import Open, fact, wait_for
from tests.browser.site import Site


def test_the_app_is_drawn_and_its_commands_are_applied(running: Page) -> None:
    expect(running.get_by_test_id("app-root")).to_be_visible()
    expect(running.get_by_test_id("writable")).to_have_text("True")
    running.get_by_test_id("add-1").click()
    expect(running.get_by_test_id("total")).to_have_text("1")
    expect(running.get_by_test_id("safety")).to_have_text(
        "A cluster of one: if this member fails, writes stop."
    )
    expect(running.get_by_test_id("banner")).to_be_hidden()


def test_the_panel_shows_what_the_member_knows(running: Page) -> None:
    toggle = running.get_by_test_id("panel-toggle")
    expect(toggle).to_have_attribute("aria-expanded", "false")
    expect(running.get_by_test_id("term")).to_be_hidden()
    toggle.click()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(running.get_by_test_id("term")).to_be_visible()
    before = int(fact(running, "commit-index"))
    running.get_by_test_id("add-1").click()
    expect(running.get_by_test_id("commit-index")).to_have_text(str(before + 1))
    expect(running.get_by_test_id("applied-index")).to_have_text(str(before + 1))
    expect(running.get_by_test_id("last-log-index")).to_have_text(str(before + 1))
    expect(running.get_by_test_id("leader")).to_have_text(fact(running, "node-id"))
    expect(running.get_by_test_id("members")).to_have_text("1 voter")
    storage = re.compile(r"^[\d.]+ K?B of [\d.]+ [MGT]B$")
    expect(running.get_by_test_id("storage-used")).to_have_text(storage)
    toggle.click()
    expect(running.get_by_test_id("term")).to_be_hidden()


def test_the_introducer_is_no_alarm_while_the_cluster_runs(running: Page) -> None:
    expect(running.get_by_test_id("introducer-note")).to_have_text("introducer away")
    expect(running.get_by_test_id("introducer-state")).to_contain_text("do not need it")
    expect(running.get_by_test_id("problem")).to_be_hidden()
    expect(running.get_by_test_id("message")).to_be_hidden()


def test_many_commands_are_drawn_in_few_frames(running: Page) -> None:
    before = int(fact(running, "refreshes"))
    running.evaluate(
        "() => { for (let i = 0; i < 300; i++)"
        " document.querySelector('[data-testid=add-1]').click() }"
    )
    expect(running.get_by_test_id("total")).to_have_text("300")
    assert int(fact(running, "refreshes")) - before < 150


def test_a_reload_keeps_the_session_and_the_state(running: Page) -> None:
    running.get_by_test_id("add-1").click()
    expect(running.get_by_test_id("total")).to_have_text("1")
    url, member = running.url, fact(running, "node-id")
    running.reload(wait_until="commit")
    wait_for(running, "running")
    expect(running.get_by_test_id("total")).to_have_text("1")
    assert running.url == url
    assert fact(running, "node-id") == member


def test_routes_keep_the_key_whoever_makes_them(running: Page, site: Site) -> None:
    key = fact(running, "session-id")
    route = running.get_by_test_id("route")
    expect(route).to_have_text("/")
    running.get_by_test_id("keyed").click()
    expect(route).to_have_text("/keyed")
    assert running.url == site.url(f"#{key}/keyed")
    running.get_by_test_id("bare").click()
    expect(route).to_have_text("/bare")
    assert running.url == site.url(f"#{key}/bare")
    running.go_back()
    expect(route).to_have_text("/keyed")
    running.go_forward()
    expect(route).to_have_text("/bare")
    running.evaluate("location.hash = '#'")
    expect(route).to_have_text("/")
    assert running.url == site.url(f"#{key}/")
    running.evaluate("location.hash = 'nonsense'")
    expect(running.get_by_test_id("message")).to_contain_text("no place in this app")
    assert running.url == site.url(f"#{key}/")
    running.reload(wait_until="commit")
    wait_for(running, "running")
    expect(route).to_have_text("/")


def test_a_route_in_the_address_is_there_from_the_beginning(running: Page, site: Site) -> None:
    running.get_by_test_id("keyed").click()
    expect(running.get_by_test_id("route")).to_have_text("/keyed")
    running.reload(wait_until="commit")
    wait_for(running, "running")
    expect(running.get_by_test_id("route")).to_have_text("/keyed")


def test_back_leads_to_the_start_and_from_there_into_the_session_again(running: Page) -> None:
    running.get_by_test_id("add-1").click()
    expect(running.get_by_test_id("total")).to_have_text("1")
    url = running.url
    running.go_back()
    wait_for(running, "home")
    running.get_by_test_id("continue").click()
    wait_for(running, "running")
    expect(running.get_by_test_id("total")).to_have_text("1")
    assert running.url == url


def test_another_key_in_the_address_is_another_session(running: Page) -> None:
    running.evaluate("location.hash = '#' + 'ab'.repeat(16) + '/'")
    wait_for(running, "waiting")
    assert fact(running, "session-id") == "ab" * 16


def test_a_failed_command_is_a_message(running: Page) -> None:
    running.get_by_test_id("add-13").click()
    message = running.get_by_test_id("message")
    expect(message).to_contain_text("failed on all members alike")
    expect(message).to_contain_text("13 is not counted")
    running.get_by_test_id("add-13").click()
    expect(message).to_contain_text("(2 times)")
    running.get_by_role("button", name="Dismiss").click()
    expect(message).to_be_hidden()


def test_an_app_that_cannot_draw_does_not_stop_the_member(site: Site, open_page: Open) -> None:
    site.settings(target_size=1)
    page = open_page(complains=True)
    page.get_by_test_id("start").click()
    wait_for(page, "running")
    page.evaluate("location.hash = '#/broken'")
    expect(page.get_by_test_id("message")).to_contain_text("this route cannot be drawn")
    page.get_by_test_id("add-1").click()
    page.evaluate("location.hash = '#/'")
    expect(page.get_by_test_id("total")).to_have_text("1")


def test_the_apps_styles_and_the_shells_leave_each_other_alone(running: Page) -> None:
    body = running.locator("body")
    expect(body).to_have_css("max-width", "400px")
    expect(body).to_have_css("background-color", "rgb(255, 251, 230)")
    expect(running.get_by_test_id("add-1")).to_have_css("border-top-style", "dotted")

    toggle = running.get_by_test_id("panel-toggle")
    toggle.click()
    toggle.focus()
    for name, value in {
        "border-top-style": "solid",
        "font-size": "14px",
        "text-transform": "none",
        "letter-spacing": "normal",
        "box-shadow": "none",
        "font-weight": "500",
    }.items():
        expect(toggle).to_have_css(name, value)
    for testid in ("safety", "role", "term"):
        element = running.get_by_test_id(testid)
        for name, value in {
            "float": "none",
            "transform": "none",
            "opacity": "1",
            "border-top-width": "0px",
        }.items():
            expect(element).to_have_css(name, value)
    expect(running.get_by_test_id("safety")).not_to_have_css("color", "rgb(255, 255, 0)")
    width = running.evaluate("innerWidth")
    assert running.locator(".bar").bounding_box() is not None
    assert running.locator(".bar").evaluate("bar => bar.getBoundingClientRect().width") == width


def test_before_the_app_runs_its_styles_are_off(open_page: Open) -> None:
    page = open_page()
    wait_for(page, "home")
    expect(page.locator("body")).to_have_css("max-width", "none")
    expect(page.get_by_test_id("start")).to_have_css("border-top-style", "solid")
