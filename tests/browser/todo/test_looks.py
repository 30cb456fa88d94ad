"""What the page says of itself, and that it can be read and used by everyone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import expect

from tests.browser.todo.window import TodoWindow

AXE = Path(__file__).resolve().parents[3] / "node_modules/axe-core/axe.min.js"


def empty(window: TodoWindow) -> None:
    expect(window.new_todo).to_be_visible()


def items(window: TodoWindow) -> None:
    window.three_items()


def editing(window: TodoWindow) -> None:
    window.three_items()
    window.begin_edit(0)


def completed_filter(window: TodoWindow) -> None:
    window.three_items()
    window.filter("Completed").click()
    window.expect_titles("feed the cat")


def unsaved(window: TodoWindow) -> None:
    window.three_items()
    window.lever("hold")
    window.add("call home")
    window.lever("lose")
    window.lever("hold")
    window.toggle(0).check()
    window.add("water the plants")
    expect(window.failed).to_have_count(1)
    expect(window.pending).to_have_count(2)
    window.page.evaluate("document.getAnimations().forEach(one => one.finish())")


def complaint(window: TodoWindow) -> None:
    window.add("x" * 501)
    expect(window.notice).to_be_visible()


STATES = [empty, items, editing, completed_filter, unsaved, complaint]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_serious(
    window: TodoWindow, state: Callable[[TodoWindow], None], scheme: Literal["light", "dark"]
) -> None:
    window.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    state(window)
    window.row(0).hover(force=True) if window.rows.count() else None
    window.page.add_script_tag(path=AXE)
    report: dict[str, Any] = window.page.evaluate("axe.run(document)")
    found = [
        (rule["id"], node["target"], node["failureSummary"])
        for rule in report["violations"]
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]
    window.page.emulate_media(color_scheme="light")
    assert found == []


@pytest.mark.parametrize("state", STATES)
def test_nothing_sticks_out_of_a_narrow_window(
    window: TodoWindow, state: Callable[[TodoWindow], None]
) -> None:
    window.page.set_viewport_size({"width": 320, "height": 640})
    try:
        state(window)
        width = window.page.evaluate("document.documentElement.scrollWidth")
    finally:
        window.page.set_viewport_size({"width": 900, "height": 700})
    assert width <= 320


def test_a_long_word_stays_in_its_row(window: TodoWindow) -> None:
    window.add("x" * 400)
    row = window.row(0).bounding_box()
    label = window.labels.first.bounding_box()
    assert row
    assert label
    assert label["width"] <= row["width"] == 550
    assert window.page.evaluate(
        "(() => { const label = document.querySelector('.todo-list label');"
        " return label.scrollWidth <= label.clientWidth; })()"
    )


def test_the_stylesheet_is_attributed_with_its_licence(window: TodoWindow) -> None:
    credits_ = window.page.locator("footer.info")
    expect(credits_).to_contain_text("todomvc-app-css © Sindre Sorhus, CC BY 4.0, with changes")
    expect(credits_.get_by_role("link", name="CC BY 4.0")).to_have_attribute(
        "href", "https://creativecommons.org/licenses/by/4.0/"
    )
    expect(credits_.get_by_role("link", name="todomvc-app-css")).to_have_attribute(
        "href", "https://github.com/tastejs/todomvc-app-css"
    )
