"""Draws the log: a strip coloured by term, its borders, and a rail for each other member."""

from __future__ import annotations

from typing import Any

from bench.figures import count
from bench.strip import Log, Rail, Strip
from bench.view.dom import Look, Words, panel
from raft_web.elements import make

_BORDERS = (("snapshot", "compacted"), ("applied", "applied"), ("committed", "committed"))


class _Bar:
    """One scale of the strip."""

    def __init__(self, name: str) -> None:
        self._segments = make("div", "segments")
        self._borders = {kind: make("i", f"border {kind}") for kind, _ in _BORDERS}
        self._open = make("div", "uncommitted")
        self._bar = make("div", f"bar {name}", self._segments, self._open, *self._borders.values())
        self._first, self._last = Words(make("span", "")), Words(make("span", ""))
        scale = make("div", "scale", self._first.element, self._last.element)
        self.element = make("div", "", self._bar, scale, aria_hidden="true")
        self._shown: object = None
        self._look = Look()

    def show(self, strip: Strip) -> None:
        self._first.say(count(strip.first))
        self._last.say(count(strip.last))
        if strip.segments != self._shown:
            self._shown = strip.segments
            self._segments.replaceChildren(
                *(
                    make(
                        "span",
                        f"term t{segment.colour}",
                        f"{segment.term}" if segment.width > 8 else "",
                        style=f"left: {segment.left}%; width: {segment.width}%",
                        title=f"term {segment.term}",
                    )
                    for segment in strip.segments
                )
            )
        for kind, place in (
            ("snapshot", strip.snapshot),
            ("applied", strip.applied),
            ("committed", strip.committed),
        ):
            shown = "display: none" if place is None else f"left: {place}%"
            self._look.set(kind, self._borders[kind], "style", shown)
        rest = 0.0 if strip.committed is None else strip.committed
        self._look.set("open", self._open, "style", f"left: {rest}%")


class LogView:
    """The whole log, its end, and how far the others are."""

    def __init__(self, *more: Any) -> None:
        self._end, self._whole = _Bar("end"), _Bar("whole")
        self._rails = make("ul", "rails", data_testid="rails")
        self._words = Words(make("p", "unseen", data_testid="log-words"))
        self._shape: object = None
        self._rail_words: dict[str, tuple[Words, Words, Any]] = {}
        self._look = Look()
        key = make(
            "ul",
            "key",
            *(make("li", "", make("i", f"border {kind}"), text) for kind, text in _BORDERS),
            make("li", "", make("i", "uncommitted"), "not committed yet"),
            aria_hidden="true",
        )
        self.element = panel(
            "Log",
            self._words.element,
            make("p", "caption", "Its end, coloured by term"),
            self._end.element,
            self._rails,
            make("p", "caption", "All that is in memory"),
            self._whole.element,
            key,
            *more,
            id_="log",
        )

    def show(self, log: Log) -> None:
        """Show this."""
        self._words.say(log.words)
        self._end.show(log.end)
        self._whole.show(log.whole)
        shape = [(rail.member, rail.name) for rail in log.rails]
        if shape != self._shape:
            self._shape = shape
            self._rail_words.clear()
            self._look = Look()
            self._rails.replaceChildren(*(self._make(rail) for rail in log.rails))
        for rail in log.rails:
            text, source, fill = self._rail_words[rail.member]
            text.say(rail.text)
            source.say(rail.source)
            self._look.set(rail.member, fill, "style", f"width: {rail.position}%")

    def _make(self, rail: Rail) -> Any:
        text, source = Words(make("b", "")), Words(make("small", ""))
        fill = make("i", "")
        self._rail_words[rail.member] = (text, source, fill)
        return make(
            "li",
            "",
            make("span", "rail-words", make("span", "", rail.name), text.element, source.element),
            make("span", "rail", fill, aria_hidden="true"),
        )
