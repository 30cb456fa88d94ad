"""What others do changes the list, and nothing that belongs to this window."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.todo.window import TodoWindow

OTHER = "f" * 16


def add(title: str, id: str = OTHER) -> dict[str, Any]:  # noqa: A002
    return {"type": "add", "id": id, "title": title}


def complete(id: str) -> dict[str, Any]:  # noqa: A002
    return {"type": "set_completed", "id": id, "completed": True}


def remove(id: str) -> dict[str, Any]:  # noqa: A002
    return {"type": "remove", "id": id}


def selection(window: TodoWindow) -> list[int]:
    """Where the caret is, in the input that has the focus."""
    places: list[int] = window.page.evaluate(
        "[document.activeElement.selectionStart, document.activeElement.selectionEnd]"
    )
    return places


def keep_elements(window: TodoWindow) -> None:
    """Mark the rows, so that a row made anew is told from one that stayed."""
    window.page.evaluate("document.querySelectorAll('.todo-list li').forEach(li => li.kept = 1)")


def kept(window: TodoWindow) -> list[bool]:
    marks: list[bool] = window.page.evaluate(
        "[...document.querySelectorAll('.todo-list li')].map(li => Boolean(li.kept))"
    )
    return marks


def test_items_of_others_appear(window: TodoWindow) -> None:
    window.add("mine")
    window.remote(add("theirs"), complete(OTHER))
    window.expect_titles("mine", "theirs")
    window.expect_completed(False, True)
    expect(window.count).to_have_text("1 item left")


def test_every_kind_of_change_by_others_is_shown(window: TodoWindow) -> None:
    window.three_items()
    first, second, third = window.ids
    window.remote({"type": "retitle", "id": first, "title": "buy bread"}, remove(second))
    window.expect_titles("buy bread", "write a letter")
    window.remote({"type": "set_all_completed", "completed": True})
    window.expect_completed(True, True)
    expect(window.toggle_all).to_be_checked()
    window.remote({"type": "set_completed", "id": third, "completed": False})
    window.expect_completed(True, False)
    window.remote({"type": "clear_completed"})
    window.expect_titles("write a letter")
    window.remote(remove(third))
    expect(window.main).to_be_hidden()
    expect(window.footer).to_be_hidden()


def test_half_typed_text_of_a_new_item_survives_with_focus_and_caret(window: TodoWindow) -> None:
    window.three_items()
    window.new_todo.focus()
    window.page.keyboard.type("half typed")
    for _ in range(3):
        window.page.keyboard.press("ArrowLeft")
    window.page.keyboard.down("Shift")
    window.page.keyboard.press("ArrowLeft")
    window.page.keyboard.up("Shift")
    window.remote(add("theirs"), complete(window.ids[0]), remove(window.ids[1]))
    window.expect_titles("buy milk", "write a letter", "theirs")
    expect(window.new_todo).to_be_focused()
    expect(window.new_todo).to_have_value("half typed")
    assert selection(window) == [6, 7]


def test_an_edit_survives_changes_to_all_the_others(window: TodoWindow) -> None:
    window.three_items()
    first, second, third = window.ids
    window.begin_edit(1)
    window.edit.fill("feed the d")
    window.page.keyboard.press("ArrowLeft")
    window.remote(add("theirs"), remove(first), complete(third))
    expect(window.rows).to_have_count(3)
    expect(window.edit).to_be_focused()
    expect(window.edit).to_have_value("feed the d")
    assert selection(window) == [9, 9]
    window.page.keyboard.press("End")
    window.page.keyboard.type("og\n")
    window.expect_titles("feed the dog", "write a letter", "theirs")
    assert window.state["todos"][second]["title"] == "feed the dog"


@pytest.mark.parametrize("kind", ["retitle", "set_completed"])
def test_an_edit_survives_changes_to_the_same_item(window: TodoWindow, kind: str) -> None:
    window.add("buy milk")
    [item] = window.ids
    window.begin_edit(0)
    window.edit.fill("buy bread")
    change = {"title": "buy wine"} if kind == "retitle" else {"completed": True}
    window.remote({"type": kind, "id": item, **change})
    expect(window.edit).to_be_focused()
    expect(window.edit).to_have_value("buy bread")
    window.edit.press("Enter")
    window.expect_titles("buy bread")
    window.expect_completed(kind == "set_completed")


def test_an_edit_that_changed_nothing_does_not_undo_the_change_of_another(
    window: TodoWindow,
) -> None:
    window.add("buy milk")
    [item] = window.ids
    window.begin_edit(0)
    window.remote({"type": "retitle", "id": item, "title": "buy wine"})
    window.edit.press("Enter")
    window.expect_titles("buy wine")
    window.expect_proposed("add")


def test_an_item_being_edited_stays_though_the_filter_would_hide_it(window: TodoWindow) -> None:
    window.three_items()
    first = window.ids[0]
    window.filter("Active").click()
    window.expect_titles("buy milk", "write a letter")
    window.begin_edit(0)
    window.edit.fill("buy bread")
    window.remote(complete(first))
    expect(window.edit).to_be_focused()
    window.edit.press("Enter")
    window.expect_titles("write a letter")
    assert window.state["todos"][first] == {"title": "buy bread", "completed": True}


def test_an_item_being_edited_keeps_its_place_when_rows_go(window: TodoWindow) -> None:
    window.three_items()
    first, second, third = window.ids
    window.filter("Active").click()
    window.expect_titles("buy milk", "write a letter")
    window.remote({"type": "set_completed", "id": second, "completed": False})
    window.expect_titles("buy milk", "feed the cat", "write a letter")
    window.begin_edit(1)
    window.remote(complete(first), complete(second))
    expect(window.rows).to_have_count(2)
    expect(window.row(0)).to_contain_class("editing")
    expect(window.edit).to_be_focused()
    assert window.row(1).get_attribute("data-id") == third


def test_an_edit_survives_the_back_button(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Completed").click()
    window.filter("Active").click()
    window.expect_titles("buy milk", "write a letter")
    window.begin_edit(1)
    window.edit.fill("write a book")
    window.page.go_back()
    expect(window.page.locator(".filters a.selected")).to_have_text("Completed")
    expect(window.edit).to_be_focused()
    expect(window.edit).to_have_value("write a book")
    window.edit.press("Enter")
    window.expect_titles("feed the cat")


def test_text_for_an_item_that_another_window_deleted_is_given_back(window: TodoWindow) -> None:
    window.three_items()
    first = window.ids[0]
    window.begin_edit(0)
    window.edit.fill("buy bread")
    window.remote(remove(first))
    expect(window.edit).to_be_focused()
    expect(window.edit).to_have_value("buy bread")
    window.edit.press("Enter")
    window.expect_titles("feed the cat", "write a letter", "buy bread")
    expect(window.failed).to_contain_text("Not saved: deleted in another window.")
    expect(window.count).to_have_text("1 item left")
    window.failed.get_by_role("button", name="Try again").click()
    window.expect_titles("feed the cat", "write a letter", "buy bread")
    expect(window.failed).to_have_count(0)
    assert first not in window.ids
    assert [todo["title"] for todo in window.state["todos"].values()][-1] == "buy bread"


def test_discarding_the_edit_of_a_deleted_item_lets_it_go(window: TodoWindow) -> None:
    window.three_items()
    window.begin_edit(0)
    window.edit.fill("buy bread")
    window.remote(remove(window.ids[0]))
    expect(window.rows).to_have_count(3)
    window.edit.press("Escape")
    window.expect_titles("feed the cat", "write a letter")


def test_rows_are_kept_and_not_made_anew(window: TodoWindow) -> None:
    window.three_items()
    keep_elements(window)
    window.remote(complete(window.ids[0]), add("theirs"))
    window.expect_titles("buy milk", "feed the cat", "write a letter", "theirs")
    assert kept(window) == [True, True, True, False]
    window.filter("All").click()
    window.toggle(2).check()
    window.expect_settled()
    assert kept(window) == [True, True, True, False]


def test_the_focus_in_a_row_survives_rows_that_come_and_go_around_it(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Active").click()
    window.expect_titles("buy milk", "write a letter")
    first, second, third = window.ids
    window.toggle(1).focus()
    window.remote({"type": "set_completed", "id": second, "completed": False}, remove(first))
    window.expect_titles("feed the cat", "write a letter")
    expect(window.toggle(1)).to_be_focused()
    assert window.row(1).get_attribute("data-id") == third


def test_a_list_of_hundreds_is_shown_in_order(window: TodoWindow) -> None:
    titles = [f"number {number}" for number in range(300)]
    window.remote(*(add(title, f"{number:016x}") for number, title in enumerate(titles)))
    window.expect_titles(*titles)
    expect(window.count).to_have_text("300 items left")
