"""The bench as people see it, in three windows: a run, what it shows, and what hurts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import look

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.cluster.conftest import Cluster
    from tests.browser.cluster.window import Window

NAMES = ["wraft0", "wraft1", "wraft2"]
SHAPES = [(1400, "light"), (640, "dark"), (360, "light")]

DRAWN = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    for (let at = 0; at < data.length; at += 4)
        if (data[at + 3] > 200) colours.add(data.slice(at, at + 3).join());
    return colours.size;
}"""
"""How many colours a chart has: only its grid has one or two."""

NOTE_SAVED = """() => {
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => { window.saved = blob.text(); return make.call(URL, blob); };
}"""

COUNT_CONNECTIONS = """() => {
    window.connections = 0;
    window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
        construct: (make, args) => { window.connections += 1; return new make(...args); },
    });
}"""


@pytest.mark.early
def test_three_windows_are_measured_shown_and_hurt(bench: Cluster) -> None:
    """One cluster for all of it: to form one takes most of the time."""
    members_and_links_are_shown(bench)
    a_run_is_seen_in_all_windows_and_can_be_taken_home(bench)
    the_leader_steps_down_freezes_loses_a_link_and_leaves(bench)


def a_run_is_seen_in_all_windows_and_can_be_taken_home(bench: Cluster) -> None:
    window, second, third = bench.windows
    window.page.bring_to_front()  # in Firefox nothing has the focus behind another tab
    field = window.by_id("field-outstanding")
    field.fill("5000")
    window.by_id("bench-start").click()
    problem = window.page.locator("#bench-field-outstanding-problem")
    expect(problem).to_have_text("Outstanding must be 1 to 4,096, not 5,000.")
    expect(field).to_be_focused()
    found = {"a problem": look(window.page, 640, "light")}

    field.fill("64")
    window.by_id("field-reads").fill("50")
    window.by_id("field-seconds").fill("600")
    window.by_id("field-warm_up").fill("0.5")
    window.by_id("bench-start").click()
    expect(window.by_id("bench-stop")).to_be_focused()
    expect(second.by_id("bench-state")).to_contain_text("wraft0 measures: 64 outstanding")
    expect(_card(third, "wraft0").locator("[data-fact=run]")).to_contain_text("50 % reads")
    expect(window.by_id("marks")).to_contain_text("s: measuring")
    expect(window.by_id("figure-p99")).to_contain_text(re.compile("[1-9]"))
    window.by_id("bench-stop").click()
    expect(window.by_id("bench-start")).to_be_visible()
    expect(window.by_id("bench-state")).to_have_text("Nothing is measured now.")

    expect(window.by_id("verdict")).to_contain_text(re.compile(r"^Linearizable \([1-9]"))
    expect(window.by_id("iterations")).to_contain_text(
        re.compile(r"^[1-9][\d,]* iterations in [\d.]+ seconds \([1-9]")
    )
    for name in ("rate", "p50", "p99", "max"):
        expect(window.by_id(f"figure-{name}")).to_contain_text(re.compile("[1-9]"))
    expect(window.by_id("figure-errors")).to_have_text("0")
    for name in ("throughput", "latency", "spread"):
        assert window.by_id(f"chart-{name}").locator("canvas").evaluate(DRAWN) > 10

    result = json.loads(_download(window, "bench-result-json"))
    assert (result["ended"], result["verdict"]["result"]) == ("stopped", "linearizable")
    assert result["reads"]["acknowledged"] > 0 < result["writes"]["acknowledged"]
    assert result["environment"]["browser"] == window.page.evaluate("navigator.userAgent")
    assert "at,seconds,measured,writes" in _download(window, "bench-result-csv")
    assert json.loads(_download(window, "raft-state-json"))["voters"]

    found |= {f"after {shape}": look(window.page, *shape) for shape in SHAPES}
    assert {state: problems for state, problems in found.items() if problems} == {}


def members_and_links_are_shown(bench: Cluster) -> None:
    leader = bench.wait_for_leader(bench.windows)
    for window in bench.windows:
        cards = window.by_id("cards").locator("h3 [data-fact=title]")
        expect(cards).to_have_text(NAMES)
        expect(window.by_id("matrix").get_by_text("direct")).to_have_count(6)
        expect(window.by_id("log-words")).to_contain_text("committed up to")
        expect(window.by_id("rails").locator("li")).to_have_count(2)
    expect(leader.by_id("rails")).to_contain_text("known to this leader")
    leader.page.get_by_text("Show Raft state").click()
    expect(leader.by_id("raw-state")).to_contain_text(re.compile(r"match index +\d"))


def the_leader_steps_down_freezes_loses_a_link_and_leaves(bench: Cluster) -> None:
    leader, *followers = bench.by_role()
    followers[0].by_id("step-down").click()
    expect(leader.by_id("role")).to_have_text("follower")
    expect(followers[0].by_id("hurt-said")).to_have_text(re.compile(r"wraft\d leads now\."))

    frozen = bench.wait_for_leader(bench.windows)
    others = [window for window in bench.windows if window is not frozen]
    frozen.by_id("freeze-seconds").fill("for ever")
    frozen.by_id("freeze").click()
    expect(frozen.page.locator("#bench-freeze-problem")).to_have_text(
        "A number of seconds is needed."
    )
    frozen.by_id("freeze-seconds").fill("120")
    frozen.by_id("freeze").click()
    expect(frozen.by_id("countdown")).to_contain_text("Frozen, for")
    bench.wait_for_leader(others)
    assert frozen.role == "leader"  # it knows of nothing
    frozen.by_id("freeze-seconds").fill("0.1")
    frozen.by_id("freeze").click()
    expect(frozen.by_id("role")).to_have_text("follower")
    expect(frozen.by_id("countdown")).to_be_empty()

    frozen.page.evaluate(COUNT_CONNECTIONS)
    frozen.by_id("drop-link").first.click()
    expect(frozen.by_id("hurt-said")).to_contain_text("is dropped")
    frozen.page.wait_for_function("connections > 0")  # it may be back before it is seen to be gone
    expect(frozen.by_id("drop-link")).to_have_count(2)

    frozen.by_id("leave").click()
    frozen.wait_for("error")
    expect(frozen.page.get_by_text("This member has left")).to_be_visible()
    expect(_card(others[0], _name(frozen))).to_contain_text("not reached")
    frozen.page.get_by_role("button", name="Come back").click()
    frozen.wait_for("running")
    expect(_card(others[0], _name(frozen))).not_to_contain_text("not reached")


def _name(window: Window) -> str:
    return window.origin.removeprefix("http://").partition(".")[0]


def _card(window: Window, name: str) -> Locator:
    return window.by_id("cards").locator("li", has_text=name)


def _download(window: Window, button: str) -> str:
    browser = window.page.context.browser
    if browser is not None and browser.browser_type.name == "firefox":
        # Its driver tells of no downloads, so this is what the page hands to the browser.
        window.page.evaluate(NOTE_SAVED)
        window.by_id(button).click()
        return str(window.page.evaluate("saved"))
    with window.page.expect_download() as download:
        window.by_id(button).click()
    return Path(download.value.path()).read_text(encoding="utf-8")
