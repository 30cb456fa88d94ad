"""Minutes of writes, looked at now and then: whether it stays as quick, and as small."""

import time
from collections.abc import Callable
from statistics import median
from typing import Final

from msgspec import Struct

from benchmarks.browser.loads import MANY_WRITES
from benchmarks.browser.ours import ClusterFailed, Ours

STRETCH: Final = 10.0
"""Seconds between two looks."""
QUOTA: Final = 5 * 1024 * 1024
"""Code units that a window may store."""

WATCH_TASKS = """() => {
  globalThis.longestTask = 0;
  const look = (list) => {
    for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration);
  };
  if (PerformanceObserver.supportedEntryTypes.includes("longtask")) {
    new PerformanceObserver(look).observe({ type: "longtask" });
  }
}"""
"""Chromium tells of each task of more than 50 ms, at no cost for others; Firefox does not."""

STORED = """() => Object.entries(localStorage)
  .reduce((sum, [key, value]) => sum + key.length + value.length, 0)"""


class Stretch(Struct, frozen=True):
    """Some seconds of it."""

    seconds: float
    """From the beginning to its end."""
    rate: float
    p50: float
    p99: float
    longest: float
    """Of its writes, in seconds."""
    stored: int
    """Code units in the window that has most of them, keys included."""


class Sustained(Struct, frozen=True):
    """All of it."""

    stretches: list[Stretch]
    longest_task: float
    """Seconds for which a window stood still at most; 0: never for 50 ms, or nobody tells."""
    failed: int
    """Writes."""

    @property
    def flatness(self) -> float:
        """The rate of the last third by that of the first, by medians."""
        rates = [stretch.rate for stretch in self.stretches]
        part = max(len(rates) // 3, 1)
        return median(rates[-part:]) / median(rates[:part])

    @property
    def stored(self) -> int:
        """The most that a window had stored when it was looked at."""
        return max(stretch.stored for stretch in self.stretches)


async def sustain(ours: Ours, minutes: float, say: Callable[[str], None]) -> Sustained:
    """Write in the leader's window, many outstanding, all the time.

    :raises ClusterFailed: it came to a stop
    """
    for page in ours.pages:
        await page.evaluate(WATCH_TASKS)
    stretches: list[Stretch] = []
    failed = 0
    began = time.monotonic()
    count = max(round(minutes * 60 / STRETCH), 1)
    for _ in range(count):
        elapsed = time.monotonic() - began
        say(f"sustained for {elapsed:.0f} s of {minutes * 60:.0f}")
        await ours.find_leader()
        result = await ours.result(MANY_WRITES, max(minutes * 60 / count, 0.1))
        if not result.writes.acknowledged:
            raise ClusterFailed(f"after {elapsed:.0f} s of writing nothing is acknowledged")
        run = result.run()
        failed += run.failed
        stored = [await page.evaluate(STORED) for page in ours.pages]
        now = time.monotonic() - began
        stretches.append(Stretch(now, run.rate, run.p50, run.p99, run.longest, max(stored)))
    tasks = [await page.evaluate("longestTask") for page in ours.pages]
    return Sustained(stretches, max(tasks) / 1000, failed)
