"""The specification's "Routing", with the session's key in front of every route."""

from playwright.sync_api import expect

from tests.browser.todo.window import KEY, TodoWindow


def expect_filter(window: TodoWindow, name: str, route: str) -> None:
    """One link is selected, and the fragment has the key and the route."""
    expect(window.page.locator(".filters a.selected")).to_have_text([name])
    expect(window.page.locator(".filters a[aria-current=page]")).to_have_text([name])
    assert window.page.evaluate("location.hash") == f"#{KEY}{route}"


def test_all_is_the_default(window: TodoWindow) -> None:
    window.three_items()
    window.expect_titles("buy milk", "feed the cat", "write a letter")
    expect_filter(window, "All", "/")


def test_a_fragment_that_is_only_the_key_shows_all(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Active").click()
    window.page.evaluate(f"location.hash = '{KEY}'")
    window.expect_titles("buy milk", "feed the cat", "write a letter")


def test_active_items(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Active").click()
    window.expect_titles("buy milk", "write a letter")
    expect_filter(window, "Active", "/active")


def test_completed_items(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Completed").click()
    window.expect_titles("feed the cat")
    expect_filter(window, "Completed", "/completed")


def test_the_back_and_forward_buttons_are_respected(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Active").click()
    expect_filter(window, "Active", "/active")
    window.filter("Completed").click()
    expect_filter(window, "Completed", "/completed")
    window.page.go_back()
    window.expect_titles("buy milk", "write a letter")
    expect_filter(window, "Active", "/active")
    window.page.go_back()
    window.expect_titles("buy milk", "feed the cat", "write a letter")
    expect_filter(window, "All", "/")
    window.page.go_forward()
    expect_filter(window, "Active", "/active")


def test_a_reload_keeps_filter_and_key(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Completed").click()
    window.expect_titles("feed the cat")
    window.reload()
    window.remote(
        {"type": "add", "id": "0" * 16, "title": "active"},
        {"type": "add", "id": "1" * 16, "title": "completed"},
        {"type": "set_completed", "id": "1" * 16, "completed": True},
    )
    window.expect_titles("completed")
    expect_filter(window, "Completed", "/completed")


def test_links_can_be_copied_with_the_key(window: TodoWindow) -> None:
    window.add("one")
    for name, route in (("All", "/"), ("Active", "/active"), ("Completed", "/completed")):
        expect(window.filter(name)).to_have_attribute("href", f"#{KEY}{route}")


def test_an_item_that_is_completed_leaves_the_active_ones(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Active").click()
    window.expect_titles("buy milk", "write a letter")
    window.toggle(0).click(force=True)
    window.expect_titles("write a letter")


def test_an_item_that_is_active_again_leaves_the_completed_ones(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Completed").click()
    window.expect_titles("feed the cat")
    window.toggle(0).click(force=True)
    expect(window.rows).to_have_count(0)
    expect(window.main).to_be_visible()
    expect(window.count).to_have_text("3 items left")


def test_the_counter_does_not_depend_on_the_filter(window: TodoWindow) -> None:
    window.three_items()
    for name in ("Completed", "Active", "All"):
        window.filter(name).click()
        expect(window.count).to_have_text("2 items left")


def test_toggle_all_reaches_items_that_the_filter_hides(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Completed").click()
    window.expect_titles("feed the cat")
    window.page.get_by_text("Mark all as complete").click()
    window.expect_titles("buy milk", "feed the cat", "write a letter")
