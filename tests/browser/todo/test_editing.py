"""The specification's "Editing"."""

from playwright.sync_api import expect

from tests.browser.todo.window import TodoWindow

THREE = ["add", "add", "add", "set_completed"]


def test_a_double_click_edits_with_focus_and_hides_the_other_controls(window: TodoWindow) -> None:
    window.three_items()
    window.begin_edit(1)
    expect(window.editing).to_have_count(1)
    expect(window.edit).to_be_visible()
    expect(window.edit).to_be_focused()
    expect(window.edit).to_have_value("feed the cat")
    expect(window.row(1).locator(".view")).to_be_hidden()
    window.page.keyboard.type("!")  # the caret is at the end
    expect(window.edit).to_have_value("feed the cat!")


def test_enter_saves_once_though_a_blur_follows(window: TodoWindow) -> None:
    window.three_items()
    window.begin_edit(1)
    window.edit.fill("feed the dog")
    window.edit.press("Enter")
    window.new_todo.focus()
    expect(window.editing).to_have_count(0)
    window.expect_titles("buy milk", "feed the dog", "write a letter")
    window.expect_proposed(*THREE, "retitle")
    window.expect_completed(False, True, False)


def test_a_blur_saves_once(window: TodoWindow) -> None:
    window.three_items()
    window.begin_edit(1)
    window.edit.fill("feed the dog")
    window.edit.blur()
    expect(window.editing).to_have_count(0)
    window.expect_titles("buy milk", "feed the dog", "write a letter")
    window.expect_proposed(*THREE, "retitle")


def test_a_click_elsewhere_saves(window: TodoWindow) -> None:
    window.three_items()
    window.begin_edit(0)
    window.edit.fill("buy bread")
    window.new_todo.click()
    window.expect_titles("buy bread", "feed the cat", "write a letter")
    window.expect_proposed(*THREE, "retitle")


def test_a_double_click_on_another_item_saves_the_first(window: TodoWindow) -> None:
    window.three_items()
    window.begin_edit(0)
    window.edit.fill("buy bread")
    window.begin_edit(2)
    expect(window.editing).to_have_count(1)
    expect(window.edit).to_have_value("write a letter")
    window.edit.press("Escape")
    window.expect_titles("buy bread", "feed the cat", "write a letter")
    window.expect_proposed(*THREE, "retitle")


def test_the_text_is_trimmed(window: TodoWindow) -> None:
    window.add("buy milk")
    window.begin_edit(0)
    window.edit.fill("   buy bread  ")
    window.edit.press("Enter")
    window.expect_titles("buy bread")
    assert window.expect_proposed("add", "retitle")[1]["title"] == "buy bread"


def test_empty_text_and_enter_destroy_once(window: TodoWindow) -> None:
    window.three_items()
    window.begin_edit(1)
    window.edit.fill("   ")
    window.edit.press("Enter")
    window.new_todo.focus()
    window.expect_titles("buy milk", "write a letter")
    window.expect_proposed(*THREE, "remove")


def test_empty_text_and_blur_destroy_once(window: TodoWindow) -> None:
    window.three_items()
    window.begin_edit(1)
    window.edit.fill("")
    window.edit.blur()
    window.expect_titles("buy milk", "write a letter")
    window.expect_proposed(*THREE, "remove")


def test_escape_discards_though_a_blur_follows(window: TodoWindow) -> None:
    window.three_items()
    window.begin_edit(1)
    window.edit.fill("feed the dog")
    window.edit.press("Escape")
    window.new_todo.focus()
    expect(window.editing).to_have_count(0)
    window.expect_titles("buy milk", "feed the cat", "write a letter")
    window.expect_proposed(*THREE)


def test_escape_leaves_an_item_whose_text_was_deleted(window: TodoWindow) -> None:
    window.add("buy milk")
    window.begin_edit(0)
    window.edit.fill("")
    window.edit.press("Escape")
    window.expect_titles("buy milk")
    window.expect_proposed("add")


def test_unchanged_text_writes_nothing(window: TodoWindow) -> None:
    window.add("buy milk")
    window.begin_edit(0)
    window.edit.press("Enter")
    expect(window.editing).to_have_count(0)
    window.expect_proposed("add")


def test_a_title_of_two_lines_is_not_changed_by_looking_at_it(window: TodoWindow) -> None:
    window.remote({"type": "add", "id": "f" * 16, "title": "two\nlines"})
    window.begin_edit(0)
    expect(window.edit).to_have_value("twolines")
    window.edit.press("Enter")
    window.expect_proposed()
    assert window.state["todos"]["f" * 16]["title"] == "two\nlines"


def test_what_was_typed_and_discarded_is_not_there_the_next_time(window: TodoWindow) -> None:
    window.add("buy milk")
    window.begin_edit(0)
    window.edit.fill("something else")
    window.edit.press("Escape")
    window.begin_edit(0)
    expect(window.edit).to_have_value("buy milk")


def test_f2_edits_and_the_focus_goes_back_to_the_row(window: TodoWindow) -> None:
    window.three_items()
    for key, title in (("Enter", "feed the cats"), ("Escape", "feed the cats")):
        window.toggle(1).focus()
        window.page.keyboard.press("F2")
        expect(window.edit).to_be_focused()
        window.page.keyboard.type("s")
        window.page.keyboard.press(key)
        expect(window.toggle(1)).to_be_focused()
        expect(window.labels.nth(1)).to_have_text(title)
    window.expect_proposed(*THREE, "retitle")


def test_enter_that_ends_a_composition_goes_on_editing(window: TodoWindow) -> None:
    window.add("buy milk")
    window.begin_edit(0)
    window.edit.fill("にほん")
    window.edit.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    window.expect_proposed("add")
    expect(window.edit).to_be_focused()


def test_text_that_is_too_long_goes_on_being_edited(window: TodoWindow) -> None:
    window.three_items()
    window.begin_edit(0)
    window.edit.fill("x" * 501)
    window.edit.press("Enter")
    expect(window.notice).to_contain_text("at most 500 characters")
    window.edit.blur()
    expect(window.edit).to_have_value("x" * 501)
    window.begin_edit(2)
    expect(window.editing).to_have_count(1)
    expect(window.edit).to_be_focused()
    expect(window.edit).to_have_value("x" * 501)
    window.expect_proposed(*THREE)
    window.edit.press("Escape")
    expect(window.notice).to_be_hidden()
    window.expect_titles("buy milk", "feed the cat", "write a letter")
