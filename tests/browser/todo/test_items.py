"""The specification's "Item", "Mark all as complete", "Counter" and "Clear completed button"."""

import pytest
from playwright.sync_api import expect

from tests.browser.todo.window import TodoWindow


def test_the_box_completes_an_item_and_makes_it_active_again(window: TodoWindow) -> None:
    window.add("buy milk", "feed the cat")
    window.toggle(0).check()
    window.expect_completed(True, False)
    window.toggle(0).uncheck()
    window.expect_completed(False, False)
    window.expect_proposed("add", "add", "set_completed", "set_completed")


def test_hovering_shows_the_button_that_deletes(window: TodoWindow) -> None:
    window.add("buy milk")
    button = window.row(0).locator(".destroy")
    expect(button).to_have_css("opacity", "0")
    window.row(0).hover()
    expect(button).to_have_css("opacity", "1")


def test_destroy_removes_that_item_only(window: TodoWindow) -> None:
    window.add("one", "two", "three")
    window.destroy(1)
    window.expect_titles("one", "three")
    window.expect_proposed("add", "add", "add", "remove")


def test_after_a_deletion_by_keyboard_the_next_item_has_the_focus(window: TodoWindow) -> None:
    window.add("one", "two", "three")
    for expected in ("three", "one"):
        button = window.page.get_by_role("button", name="Delete: two").or_(
            window.page.get_by_role("button", name="Delete: three")
        )
        button.first.focus()
        window.page.keyboard.press("Enter")
        expect(window.page.get_by_role("checkbox", name=f"Completed: {expected}")).to_be_focused()
    window.page.keyboard.press("Tab")
    window.page.keyboard.press("Enter")
    expect(window.rows).to_have_count(0)
    expect(window.new_todo).to_be_focused()


class TestToggleAll:
    def test_completes_all_and_makes_all_active_again(self, window: TodoWindow) -> None:
        window.three_items()
        window.page.get_by_text("Mark all as complete").click()
        window.expect_completed(True, True, True)
        expect(window.toggle_all).to_be_checked()
        window.page.get_by_text("Mark all as complete").click()
        window.expect_completed(False, False, False)
        expect(window.toggle_all).not_to_be_checked()

    def test_follows_the_items(self, window: TodoWindow) -> None:
        window.three_items()
        expect(window.toggle_all).not_to_be_checked()
        window.toggle(0).check()
        window.toggle(2).check()
        expect(window.toggle_all).to_be_checked()
        window.toggle(1).uncheck()
        expect(window.toggle_all).not_to_be_checked()
        window.destroy(1)
        expect(window.toggle_all).to_be_checked()
        window.add("one more")
        expect(window.toggle_all).not_to_be_checked()

    def test_is_cleared_by_clear_completed(self, window: TodoWindow) -> None:
        window.add("one")
        window.toggle(0).check()
        expect(window.toggle_all).to_be_checked()
        window.clear.click()
        expect(window.main).to_be_hidden()
        expect(window.toggle_all).not_to_be_checked()
        window.add("two")
        expect(window.toggle_all).not_to_be_checked()

    def test_works_by_keyboard(self, window: TodoWindow) -> None:
        window.add("one")
        window.expect_titles("one")  # until it is drawn there is nothing to toggle
        window.page.keyboard.press("Tab")
        expect(window.toggle_all).to_be_focused()
        window.page.keyboard.press("Space")
        window.expect_completed(True)


class TestCounter:
    def test_counts_active_items_with_plural(self, window: TodoWindow) -> None:
        window.add("one")
        expect(window.count).to_have_text("1 item left")
        window.add("two")
        expect(window.count).to_have_text("2 items left")
        window.toggle(0).check()
        expect(window.count).to_have_text("1 item left")
        window.toggle(1).check()
        expect(window.count).to_have_text("0 items left")

    def test_has_the_number_in_a_strong_tag(self, window: TodoWindow) -> None:
        window.add("one", "two")
        expect(window.count.locator("strong")).to_have_text("2")


class TestClearCompleted:
    def test_is_hidden_when_nothing_is_completed(self, window: TodoWindow) -> None:
        window.add("one", "two")
        expect(window.clear).to_be_hidden()
        window.toggle(0).check()
        expect(window.clear).to_be_visible()
        expect(window.clear).to_have_text("Clear completed")
        window.toggle(0).uncheck()
        expect(window.clear).to_be_hidden()

    def test_removes_the_completed_items(self, window: TodoWindow) -> None:
        window.three_items()
        window.clear.click()
        window.expect_titles("buy milk", "write a letter")
        expect(window.clear).to_be_hidden()

    def test_gives_the_focus_to_the_input_when_it_hides(self, window: TodoWindow) -> None:
        window.three_items()
        window.clear.focus()
        window.page.keyboard.press("Enter")
        expect(window.clear).to_be_hidden()
        expect(window.new_todo).to_be_focused()

    def test_hides_main_and_footer_with_the_last_item(self, window: TodoWindow) -> None:
        window.add("one")
        window.toggle(0).check()
        window.clear.click()
        expect(window.rows).to_have_count(0)
        expect(window.main).to_be_hidden()
        expect(window.footer).to_be_hidden()


@pytest.mark.parametrize("role,name", [("checkbox", "Completed: milk"), ("button", "Delete: milk")])
def test_controls_of_a_row_are_named_after_its_item(
    window: TodoWindow, role: str, name: str
) -> None:
    window.add("milk")
    control = window.page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    expect(control).to_have_count(1)
