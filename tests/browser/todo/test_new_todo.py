"""The specification's "No todos" and "New todo"."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.todo.window import TodoWindow

pytestmark = pytest.mark.both


def test_without_todos_main_and_footer_are_hidden(window: TodoWindow) -> None:
    expect(window.rows).to_have_count(0)
    expect(window.main).to_be_hidden()
    expect(window.footer).to_be_hidden()


def test_the_input_has_the_focus_when_the_page_is_there(window: TodoWindow) -> None:
    expect(window.new_todo).to_be_focused()
    expect(window.new_todo).to_have_attribute("autofocus", "")


def test_enter_appends_an_item_and_clears_the_input(window: TodoWindow) -> None:
    window.add("buy milk")
    expect(window.new_todo).to_have_value("")
    window.expect_titles("buy milk")
    window.add("feed the cat")
    window.expect_titles("buy milk", "feed the cat")
    window.expect_completed(False, False)
    expect(window.main).to_be_visible()
    expect(window.footer).to_be_visible()


def test_the_input_keeps_the_focus_for_the_next_item(window: TodoWindow) -> None:
    window.page.keyboard.type("one\n")
    window.page.keyboard.type("two\n")
    window.expect_titles("one", "two")
    expect(window.new_todo).to_be_focused()


def test_the_text_is_trimmed(window: TodoWindow) -> None:
    window.add("   buy  some milk \t ")
    [command] = window.expect_proposed("add")
    assert command["title"] == "buy  some milk"
    window.expect_titles("buy some milk")


@pytest.mark.parametrize("nothing", ["", "   ", " \u00a0\u3000"])
def test_empty_text_is_ignored(window: TodoWindow, nothing: str) -> None:
    window.add(nothing)
    window.expect_proposed()
    expect(window.rows).to_have_count(0)


def test_each_item_gets_a_random_id_of_64_bits(window: TodoWindow) -> None:
    window.add("same", "same", "same")
    window.expect_titles("same", "same", "same")
    ids = [command["id"] for command in window.proposed]
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", made) for made in ids)


def test_text_is_text_and_not_markup(window: TodoWindow) -> None:
    window.add("<b>bold</b> & <img src=x onerror=alert(1)>")
    window.expect_titles("<b>bold</b> & <img src=x onerror=alert(1)>")
    expect(window.rows.locator("b, img")).to_have_count(0)


def test_text_that_is_too_long_stays_in_the_input_with_a_reason(window: TodoWindow) -> None:
    window.add("x" * 501)
    expect(window.notice).to_have_text("A title has at most 500 characters; this one has 501.")
    expect(window.new_todo).to_have_value("x" * 501)
    expect(window.new_todo).to_have_attribute("aria-invalid", "true")
    window.new_todo.press("Backspace")
    expect(window.notice).to_be_hidden()
    expect(window.new_todo).not_to_have_attribute("aria-invalid", "true")
    window.new_todo.press("Enter")
    window.expect_titles("x" * 500)


def test_enter_that_ends_a_composition_adds_nothing(window: TodoWindow) -> None:
    window.new_todo.fill("にほん")
    window.new_todo.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    window.expect_proposed()
    expect(window.new_todo).to_have_value("にほん")


def test_half_a_character_does_not_stop_the_rest(window: TodoWindow) -> None:
    window.page.evaluate("document.querySelector('.new-todo').value = 'cat \\ud83d'")
    window.new_todo.press("Enter")
    window.expect_titles("cat ?")
