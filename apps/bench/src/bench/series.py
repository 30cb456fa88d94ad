"""What the charts are drawn from, made of what was counted: spans, bins of latencies, a pulse."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

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
    """Neighbouring buckets put together until there are few enough; each keeps its lower border.

    A last one with nothing in it ends the picture.
    """
    together = -(-len(buckets) // _BINS) or 1
    bins = [
        (buckets[place][0], sum(number for _, number in buckets[place : place + together]))
        for place in range(0, len(buckets), together)
    ]
    if bins:
        step = bins[-1][0] / bins[-2][0] if len(bins) > 1 else 1.1
        bins.append((bins[-1][0] * step, 0))
    return bins


def log_frame(least: object, most: object) -> tuple[float, float]:
    """Where a logarithmic axis begins and ends for such data; what is no number: there is none.

    It is never narrow: the charting library looks for powers of ten, and would not find an end.
    """
    if not isinstance(least, int | float) or not isinstance(most, int | float) or least <= 0:
        return (0.1, 10.0)
    return (float(least), max(float(most), least * 10.0))


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
