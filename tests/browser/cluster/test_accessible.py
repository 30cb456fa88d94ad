"""axe-core finds nothing serious on the page of a running cluster, in any shape it takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.cluster.conftest import Cluster
    from tests.browser.cluster.window import Window

AXE = Path(__file__).resolve().parents[3] / "node_modules/axe-core/axe.min.js"
SHAPES = [(width, scheme) for width in (1200, 360) for scheme in ("light", "dark")]

SETTLED = """() => Promise.allSettled(
    document.getAnimations()
        .filter(each => each.effect.getComputedTiming().endTime !== Infinity)
        .map(each => each.finished)
)"""
"""What fades in, and colours on their way from light to dark, have not the contrast they will."""


def test_axe_finds_nothing_serious_in_a_running_cluster(cluster: Cluster) -> None:
    first, second, third = cluster.windows
    found = {f"empty {shape}": look(first, *shape) for shape in SHAPES}
    first.add("something to do")
    first.add("something done")
    first.page.locator(".toggle").last.check()
    expect(first.pending).to_have_count(0)
    found |= {f"items {shape}": look(first, *shape) for shape in SHAPES}
    first.fact("term")  # opens the panel
    found |= {f"panel {shape}": look(first, *shape) for shape in SHAPES}
    second.close()
    third.close()
    first.type("waiting for the others")
    expect(first.by_id("banner")).to_be_visible()
    found |= {f"alone {shape}": look(first, *shape) for shape in SHAPES}
    assert {state: problems for state, problems in found.items() if problems} == {}


def look(window: Window, width: int, scheme: Any) -> list[str]:
    """The serious things axe finds when the page has this width and these colours."""
    page = window.page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.evaluate(SETTLED)
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    result = page.evaluate("axe.run(document)")
    return [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']]}"
        for violation in result["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
