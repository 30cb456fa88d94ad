"""The numbers of a run, large: what one looks at from across the room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bench.figures import NONE
from bench.view.dom import Words
from raft_web.elements import make

_TILES: Final = (
    ("rate", "a second"),
    ("p50", "p50"),
    ("p95", "p95"),
    ("p99", "p99"),
    ("max", "slowest"),
    ("errors", "errors"),
)


class Figures:
    """Tiles, and the line of the ancestor."""

    def __init__(self) -> None:
        self._words = {
            name: Words(make("dd", "", data_testid=f"figure-{name}")) for name, _ in _TILES
        }
        self._line = Words(make("p", "iterations", data_testid="iterations"))
        self._verdict = Words(make("p", "verdict", role="status", data_testid="verdict"))
        tiles = [
            make("div", f"tile {name}", make("dt", "", label), self._words[name].element)
            for name, label in _TILES
        ]
        lines = (self._line.element, self._verdict.element)
        self.element = make("div", "figures", make("dl", "tiles", *tiles), *lines)
        self.show({}, "")

    def show(self, figures: Mapping[str, str], line: str, verdict: str = "") -> None:
        """Show the figures by their names; a missing one is not known."""
        for name, words in self._words.items():
            words.say(figures.get(name, NONE))
        self._line.say(line or "No run yet in this window.")
        self._verdict.say(verdict)
