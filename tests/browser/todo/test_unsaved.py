"""Writes that wait or fail do so in sight, and no text is lost."""

from playwright.sync_api import expect

from tests.browser.todo.window import TodoWindow

OTHER = "f" * 16


def test_an_item_that_is_being_added_is_shown_as_pending(window: TodoWindow) -> None:
    window.lever("hold")
    window.add("buy milk")
    window.expect_titles("buy milk")
    expect(window.pending).to_have_count(1)
    expect(window.row(0).locator(".note")).to_have_text("saving…")
    expect(window.toggle(0)).to_have_accessible_description("saving…")
    assert window.state["todos"] == {}
    window.lever("release")
    window.expect_settled()
    expect(window.row(0).locator(".note")).to_be_hidden()
    window.expect_titles("buy milk")


def test_the_input_is_free_while_items_wait(window: TodoWindow) -> None:
    window.lever("hold")
    window.add("one", "two", "three")
    window.expect_titles("one", "two", "three")
    expect(window.pending).to_have_count(3)
    window.lever("release")
    window.expect_settled()
    assert [todo["title"] for todo in window.state["todos"].values()] == ["one", "two", "three"]


def test_each_kind_of_write_marks_its_item(window: TodoWindow) -> None:
    window.three_items()
    window.lever("hold")
    window.toggle(0).check()
    expect(window.row(0)).to_contain_class("pending")
    window.begin_edit(1)
    window.edit.fill("feed the dog")
    window.edit.press("Enter")
    expect(window.row(1)).to_contain_class("pending")
    window.expect_titles("buy milk", "feed the dog", "write a letter")
    window.destroy(2)
    expect(window.row(2)).to_contain_class("pending")
    window.lever("release")
    window.expect_settled()
    window.expect_titles("buy milk", "feed the dog")
    window.expect_completed(True, True)


def test_a_pending_item_stays_in_sight_under_any_filter(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Active").click()
    window.expect_titles("buy milk", "write a letter")
    window.lever("hold")
    window.toggle(0).check()
    window.expect_titles("buy milk", "write a letter")
    expect(window.row(0)).to_contain_class("pending")
    window.lever("release")
    window.expect_titles("write a letter")


def test_the_list_stays_readable_while_writes_wait(window: TodoWindow) -> None:
    window.three_items()
    window.lever("hold")
    window.add("call home")
    window.expect_titles("buy milk", "feed the cat", "write a letter", "call home")
    window.filter("Completed").click()
    window.expect_titles("feed the cat", "call home")
    window.remote({"type": "add", "id": OTHER, "title": "theirs"})
    window.filter("Active").click()
    window.expect_titles("buy milk", "write a letter", "theirs", "call home")


def test_a_refused_add_is_said_to_be_not_saved(window: TodoWindow) -> None:
    window.lever("hold")
    window.add("buy milk")
    window.lever("refuse")
    expect(window.failed.locator(".note")).to_contain_text("Not saved.")
    window.expect_titles("buy milk")
    window.failed.get_by_role("button", name="Try again").click()
    window.expect_settled()
    window.expect_titles("buy milk")
    assert len(window.ids) == 1


def test_a_lost_add_gives_the_text_back_and_can_be_sent_again(window: TodoWindow) -> None:
    window.lever("hold")
    window.add("buy milk")
    window.new_todo.fill("something else, half")
    window.lever("lose")
    expect(window.failed).to_contain_text("Not confirmed, perhaps not saved.")
    window.expect_titles("buy milk")
    expect(window.new_todo).to_have_value("something else, half")
    expect(window.count).to_have_text("0 items left")
    window.failed.get_by_role("button", name="Try again").click()
    expect(window.failed).to_have_count(0)
    window.expect_settled()
    window.expect_titles("buy milk")
    first, *again = window.proposed
    assert all(command["id"] == first["id"] for command in again)
    assert len(window.ids) == 1


def test_a_lost_add_can_be_discarded(window: TodoWindow) -> None:
    window.lever("hold")
    window.add("buy milk")
    window.lever("lose")
    window.failed.get_by_role("button", name="Discard").click()
    expect(window.rows).to_have_count(0)
    expect(window.main).to_be_hidden()
    window.expect_proposed("add")


def test_a_lost_add_can_be_edited_and_sent(window: TodoWindow) -> None:
    window.lever("hold")
    window.add("buy milk")
    window.lever("lose")
    window.begin_edit(0)
    expect(window.edit).to_have_value("buy milk")
    window.edit.fill("buy bread")
    window.edit.press("Enter")
    window.expect_settled()
    window.expect_titles("buy bread")
    assert [todo["title"] for todo in window.state["todos"].values()] == ["buy bread"]


def test_a_lost_title_stays_until_it_is_sent_again_or_discarded(window: TodoWindow) -> None:
    window.add("buy milk", "feed the cat")
    window.expect_settled()
    for number, title in enumerate(("buy bread", "feed the dog")):
        window.lever("hold")
        window.begin_edit(number)
        window.edit.fill(title)
        window.edit.press("Enter")
        window.expect_proposed(*["add", "add", "retitle", "retitle"][: number + 3])
        window.lever("lose")
        expect(window.failed).to_have_count(number + 1)
    window.expect_titles("buy bread", "feed the dog")
    window.row(0).get_by_role("button", name="Try again").click()
    window.row(1).get_by_role("button", name="Discard").click()
    expect(window.failed).to_have_count(0)
    window.expect_settled()
    window.expect_titles("buy bread", "feed the cat")


def test_a_lost_tick_puts_the_box_back(window: TodoWindow) -> None:
    window.add("buy milk")
    window.expect_settled()
    window.lever("hold")
    window.toggle(0).check()
    window.expect_proposed("add", "set_completed")
    window.lever("lose")
    window.expect_settled()
    window.expect_completed(False)
    expect(window.count).to_have_text("1 item left")


def test_a_tick_that_is_refused_at_once_puts_the_box_back(window: TodoWindow) -> None:
    window.three_items()
    window.lever("overload", True)
    window.toggle(0).click()
    window.next_frame()
    window.expect_completed(False, True, False)
    window.page.get_by_text("Mark all as complete").click()
    window.next_frame()
    window.expect_completed(False, True, False)
    expect(window.toggle_all).not_to_be_checked()


def test_a_lost_tick_of_all_puts_all_boxes_back(window: TodoWindow) -> None:
    window.three_items()
    window.lever("hold")
    window.page.get_by_text("Mark all as complete").click()
    window.expect_completed(True, True, True)
    window.lever("lose")
    window.expect_settled()
    window.expect_completed(False, True, False)
    expect(window.toggle_all).not_to_be_checked()


def test_a_lost_deletion_leaves_the_item(window: TodoWindow) -> None:
    window.add("buy milk")
    window.expect_settled()
    window.lever("hold")
    window.destroy(0)
    expect(window.pending).to_have_count(1)
    window.lever("lose")
    window.expect_settled()
    window.expect_titles("buy milk")
    expect(window.count).to_have_text("1 item left")


def test_an_answered_write_does_not_vanish_before_the_replica_has_it(window: TodoWindow) -> None:
    window.add("buy milk")
    window.expect_settled()
    window.lever("lag", True)
    window.add("feed the cat")
    window.next_frame()
    window.expect_titles("buy milk", "feed the cat")
    assert len(window.ids) == 1
    window.lever("lag", False)
    window.expect_settled()
    window.expect_titles("buy milk", "feed the cat")


def test_a_pending_row_is_the_row_that_stays(window: TodoWindow) -> None:
    window.lever("hold")
    window.add("mine")
    window.toggle(0).focus()
    window.remote({"type": "add", "id": OTHER, "title": "theirs"})
    window.expect_titles("theirs", "mine")
    window.lever("release")
    window.expect_settled()
    expect(window.toggle(1)).to_be_focused()


def test_rows_that_change_places_do_not_take_the_focus_away(window: TodoWindow) -> None:
    window.lever("hold")
    window.add("first", "second")
    window.lever("lose")
    expect(window.failed).to_have_count(2)
    window.row(1).get_by_role("button", name="Try again").press("Enter")
    window.expect_settled()
    window.expect_titles("second", "first")
    expect(window.toggle(0)).to_be_focused()
    window.row(1).get_by_role("button", name="Try again").click()
    window.expect_settled()
    window.expect_titles("second", "first")


def test_an_edit_of_a_pending_item_survives_its_coming_through_in_another_place(
    window: TodoWindow,
) -> None:
    window.lever("hold")
    window.add("first", "second")
    window.expect_titles("first", "second")
    window.begin_edit(0)
    window.edit.fill("premier")
    second = window.proposed[1]
    window.remote(second)
    expect(window.labels).to_have_text(["second", "first"])
    expect(window.edit).to_be_focused()
    expect(window.edit).to_have_value("premier")
    window.lever("release")
    window.edit.press("Enter")
    window.expect_settled()
    window.expect_titles("second", "premier")
