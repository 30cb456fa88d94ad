"""What the charts are drawn from, made of what was counted: spans, bins of latencies, a pulse."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from math import log
from typing import Final

from bench.histogram import WIDTH
from bench.timeline import HIDDEN, VISIBLE, Mark

PULSE_SECONDS: Final = 60.0
"""How far back the pulse goes."""

_BINS: Final = 48
"""Bins of a histogram as it is drawn, at the most: what a chart of some hundred pixels shows."""


def spans(marks: Iterable[Mark], until: float) -> list[tuple[float, float]]:
    """When the window was hidden: from each "hidden" to the "visible" after it, or to the end."""
    found = []
    since: float | None = None
    for mark in marks:
        if mark.kind == HIDDEN and since is None:
            since = mark.at
        elif mark.kind == VISIBLE and since is not None:
            found.append((since, mark.at))
            since = None
    if since is not None:
        found.append((since, until))
    return found


def coarser(buckets: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """The buckets of a histogram as bins that are equally wide, by their lower borders.

    Neighbours are put together until there are few enough. A histogram leaves out what is empty; in
    a picture that must show, or what is next to it looks wider. A last one with nothing in it ends
    the picture.
    """
    if not buckets:
        return []
    first = buckets[0][0]
    places = [round(log(begin / first) / log(WIDTH)) for begin, _ in buckets]
    together = -(-(places[-1] + 1) // _BINS)
    numbers = [0] * (places[-1] // together + 2)
    for place, (_, number) in zip(places, buckets, strict=True):
        numbers[place // together] += number
    return [(first * WIDTH ** (place * together), number) for place, number in enumerate(numbers)]


def log_frame(least: object, most: object) -> tuple[float, float]:
    """Where a logarithmic axis begins and ends for such data; what is no number: there is none.

    It is never narrow: the charting library looks for powers of ten, and would not find an end. And
    it begins with a single digit, from which the library counts on to the lines that it names.
    """
    if not isinstance(least, int | float) or not isinstance(most, int | float) or least <= 0:
        return (0.1, 10.0)
    mantissa, _, exponent = f"{least:.12e}".partition("e")
    begin = float(f"{mantissa[0]}e{exponent}")
    return (begin, max(float(most), begin * 10.0))


class Pulse:
    """How many writes are applied a second, at this member."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque()
        self._last: tuple[float, int] | None = None

    def look(self, now: float, writes: int) -> None:
        """Take a sample: so many writes were applied until now."""
        if self._last is not None and now > self._last[0]:
            grown = max(0, writes - self._last[1])
            self._samples.append((now, grown / (now - self._last[0])))
        self._last = (now, writes)
        while self._samples and self._samples[0][0] < now - PULSE_SECONDS:
            self._samples.popleft()

    def samples(self, now: float) -> list[tuple[float, float]]:
        """Seconds before now (negative), and a rate; the oldest first."""
        return [(at - now, rate) for at, rate in self._samples]
