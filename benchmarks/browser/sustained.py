"""Minutes of writes without a rest: whether it stays as quick, and as small."""

import asyncio
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from msgspec import Struct

from benchmarks.browser.loads import MANY_WRITES
from benchmarks.browser.ours import ClusterFailed, Ours, Point

STRETCH: Final = 5.0
"""Seconds that make a point of the picture."""
LOOK: Final = 10.0
"""Seconds between two looks at what is stored, which cost some milliseconds."""
QUOTA: Final = 5 * 1024 * 1024
"""Code units that a window may store."""

WATCH_TASKS = """() => {
  globalThis.longestTask = null;
  if (!PerformanceObserver.supportedEntryTypes.includes("longtask")) return;
  longestTask = 0;
  const look = (list) => {
    for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration);
  };
  new PerformanceObserver(look).observe({ type: "longtask" });
}"""
"""Chromium tells of each task of more than 50 ms, at no cost for others; Firefox does not."""

STORED = """() => Object.entries(localStorage)
  .reduce((sum, [key, value]) => sum + key.length + value.length, 0)"""


class Stretch(Struct, frozen=True):
    """Some seconds of it."""

    seconds: float
    """From the beginning to its end."""
    rate: float
    longest: float
    """The slowest write's seconds."""


class Sustained(Struct, frozen=True):
    """All of it."""

    stretches: list[Stretch]
    stored: int
    """Code units, keys included: the most that a window had when it was looked at."""
    longest_task: float | None
    """Seconds for which a window stood still at most. 0: never for 50 ms; None: nobody tells."""
    failed: int
    """Writes."""
    elections: int

    @property
    def flatness(self) -> float:
        """The rate of the last third by that of the first, by medians."""
        rates = [stretch.rate for stretch in self.stretches]
        part = max(len(rates) // 3, 1)
        return median(rates[-part:]) / median(rates[:part])

    @property
    def longest(self) -> float:
        """The slowest write's seconds."""
        return max(stretch.longest for stretch in self.stretches)


async def sustain(ours: Ours, minutes: float, say: Callable[[str], None]) -> Sustained:
    """Write in the leader's window, many outstanding, all the time.

    :raises ClusterFailed: it came to a stop
    """
    for page in ours.pages:
        await page.evaluate(WATCH_TASKS)
    await ours.find_leader()
    stored = 0
    say(f"writing for {minutes:g} minutes")
    writing = asyncio.create_task(ours.result(MANY_WRITES, minutes * 60))
    try:
        while not writing.done():
            await asyncio.wait({writing}, timeout=LOOK)
            stored = max([stored, *[await page.evaluate(STORED) for page in ours.pages]])
        result = await writing
    finally:
        writing.cancel()
    if result.ended != "time" or not result.writes.acknowledged:
        raise ClusterFailed(f"the sustained run ended early: {result.ended}")
    tasks = [await page.evaluate("longestTask") for page in ours.pages]
    return Sustained(
        stretches(result.points),
        stored,
        None if None in tasks else max(tasks) / 1000,
        sum(result.errors.values()),
        result.elections,
    )


def stretches(points: Sequence[Point]) -> list[Stretch]:
    """The points of a run, some seconds of them in one; what is left over at the end is dropped."""
    found: list[Stretch] = []
    taken: list[Point] = []
    for point in points:
        taken.append(point)
        seconds = sum(each.seconds for each in taken)
        if seconds >= STRETCH or (point is points[-1] and not found):
            writes = sum(each.writes for each in taken)
            longest = max(each.max for each in taken) / 1000
            found.append(Stretch(point.at, writes / seconds, longest))
            taken = []
    return found
