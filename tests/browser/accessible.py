"""What axe-core finds on a page, in the shapes that it may take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
RUN = "axe.run(document, { resultTypes: ['violations'] })"
"""Look for what is wrong. Of what is right each node would be described, which takes longer."""
SHAPES = [(width, scheme) for width in (1200, 360) for scheme in ("light", "dark")]

SETTLED = """() => Promise.allSettled(
    document.getAnimations()
        .filter(each => each.effect.getComputedTiming().endTime !== Infinity)
        .map(each => each.finished)
)"""
"""What fades in, and colours on their way from light to dark, have not the contrast they will."""


def look(page: Page, width: int, scheme: Any) -> list[str]:
    """The serious things axe finds when the page has this width and these colours."""
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.evaluate(SETTLED)
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    result = page.evaluate(RUN)
    return [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']]}"
        for violation in result["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
