"""What the page says of itself, and that it can be read and used by everyone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserType, expect

from tests.browser.accessible import AXE, RUN
from tests.browser.conftest import PATIENCE, options_of
from tests.browser.todo.window import TodoWindow


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


def complaint(window: TodoWindow) -> None:
    window.add("x" * 501)
    expect(window.notice).to_be_visible()


@pytest.fixture(scope="module")
def dark_firefox(browser_type: BrowserType, harness: str) -> Iterator[TodoWindow]:
    """A window in a Firefox of its own: no driver tells a stock one that is open what to prefer."""
    options = options_of("firefox", **{"layout.css.prefers-color-scheme.content-override": 0})
    with browser_type.launch_persistent_context("", **options) as context:
        context.set_default_timeout(PATIENCE)
        window = TodoWindow(context.new_page())
        window.open(harness)
        yield window


@pytest.fixture(params=["light", "dark"])
def coloured(request: pytest.FixtureRequest, browser_name: str) -> Iterator[TodoWindow]:
    """The page of a person who prefers such colours."""
    scheme: Literal["light", "dark"] = request.param
    if browser_name == "firefox" and scheme == "dark":
        window: TodoWindow = request.getfixturevalue("dark_firefox")
        window.reset()
    else:
        window = request.getfixturevalue("window")
        window.page.emulate_media(color_scheme=scheme)
    assert window.page.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
    yield window
    assert window.errors == []


STATES = [empty, items, editing, completed_filter, unsaved, complaint]


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_serious(
    coloured: TodoWindow, state: Callable[[TodoWindow], None]
) -> None:
    window = coloured
    state(window)
    window.row(0).hover(force=True) if window.rows.count() else None
    # A colour on its way to another one would hide what is wrong with that one.
    window.page.evaluate("document.getAnimations().forEach(one => one.finish())")
    window.page.add_script_tag(path=AXE)
    report: dict[str, Any] = window.page.evaluate(RUN)
    found = [
        (rule["id"], node["target"], node["failureSummary"])
        for rule in report["violations"]
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]
    assert found == []


COLOURS = """names => Object.fromEntries(names.map(name => {
    const [selector, pseudo] = name.split("::");
    const element = document.querySelector(selector);
    const visible = node => /^rgb\\(/.test(getComputedStyle(node).backgroundColor);
    let paper = element;
    while (paper.parentElement && !visible(paper)) paper = paper.parentElement;
    return [name, [
        getComputedStyle(element, pseudo && "::" + pseudo).color,
        getComputedStyle(paper).backgroundColor]];
}))"""


def luminance(colour: str) -> float:
    """Relative luminance, as the accessibility guidelines define it."""
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_that_axe_cannot_judge_has_contrast_too(coloured: TodoWindow) -> None:
    window = coloured
    unsaved(window)
    window.page.evaluate("document.getAnimations().forEach(one => one.finish())")
    colours: dict[str, list[str]] = window.page.evaluate(
        COLOURS,
        [
            ".new-todo::placeholder",
            ".todo-list li:not(.completed) label",
            ".todo-list .completed label",
            ".todo-list .destroy",
            ".todo-list .pending .note",
            ".todo-list .failed .note span",
            ".todo-list .failed .retry",
            ".todo-count strong",
            ".clear-completed",
        ],
    )
    for name, pair in colours.items():
        dark, light = sorted(luminance(colour) for colour in pair)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, pair)


@pytest.mark.parametrize("state", STATES)
def test_nothing_sticks_out_of_a_narrow_window(
    window: TodoWindow, state: Callable[[TodoWindow], None]
) -> None:
    window.page.set_viewport_size({"width": 320, "height": 640})
    state(window)
    assert window.page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("width", [320, 430, 440, 500, 560, 570, 900])
def test_nothing_in_the_footer_covers_anything_else(window: TodoWindow, width: int) -> None:
    items(window)
    window.page.set_viewport_size({"width": width, "height": 640})
    parts = [".todo-count", ".filters li:first-child a", ".filters li:last-child a"]
    boxes = [window.page.locator(part).bounding_box() for part in [*parts, ".clear-completed"]]
    for position, one in enumerate(boxes):
        for other in boxes[:position]:
            assert one is not None
            assert other is not None
            beside = (
                one["x"] >= other["x"] + other["width"] or other["x"] >= one["x"] + one["width"]
            )
            below = one["y"] >= other["y"] + other["height"]
            above = other["y"] >= one["y"] + one["height"]
            assert beside or below or above, (one, other)


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
