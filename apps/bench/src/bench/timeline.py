"""A run over time: a point every quarter of a second, and marks on the same clock.

The length of both is bounded, whatever the run is: long runs have longer intervals, and of marks
the first thousand are kept.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from bench.histogram import Histogram

INTERVAL: Final = 0.25
"""Seconds from point to point, in runs of up to ten minutes."""

MAX_POINTS: Final = 2400
MAX_MARKS: Final = 1000

ELECTION: Final = "election"
LEADER: Final = "leader"
HIDDEN: Final = "hidden"
VISIBLE: Final = "visible"
ERROR: Final = "error"
PHASE: Final = "phase"


class Point(Struct, frozen=True, kw_only=True):
    """One interval. Latencies are milliseconds, of writes and reads together; 0 without any."""

    at: float
    """Its end, in seconds from the run's beginning."""
    seconds: float
    """How long it really was: a page that was busy looks late."""
    measured: bool
    """It belongs to what is measured: not to the warm-up, nor to what comes after the end."""
    writes: int
    reads: int
    errors: int
    p50: float
    p95: float
    p99: float
    max: float

    @property
    def per_second(self) -> float:
        """Operations a second that were acknowledged."""
        return (self.writes + self.reads) / self.seconds if self.seconds else 0.0


class Mark(Struct, frozen=True):
    """Something that happened."""

    at: float
    """Seconds from the run's beginning."""
    kind: str
    """One of "election", "leader", "hidden", "visible", "error" or "phase"."""
    text: str


class Counts:
    """What was answered in some time."""

    def __init__(self) -> None:
        self.writes = Histogram()
        self.reads = Histogram()
        self.errors: dict[str, int] = {}

    def merge(self, other: Counts) -> None:
        """Count all of another one, too."""
        self.writes.merge(other.writes)
        self.reads.merge(other.reads)
        for kind, count in other.errors.items():
            self.errors[kind] = self.errors.get(kind, 0) + count

    def fail(self, kind: str) -> None:
        """Count a failure."""
        self.errors[kind] = self.errors.get(kind, 0) + 1

    @property
    def acknowledged(self) -> int:
        return self.writes.count + self.reads.count

    @property
    def failed(self) -> int:
        return sum(self.errors.values())


class Timeline:
    """The points and marks of a run that began at `began`; times given are of the same clock."""

    def __init__(self, began: float, length: float) -> None:
        self.began = began
        self.interval = max(INTERVAL, length / MAX_POINTS)
        self.points: list[Point] = []
        self.marks: list[Mark] = []
        self.marks_left_out = 0
        self._since = began

    def close(self, now: float, counts: Counts, *, measured: bool) -> None:
        """End an interval, in which `counts` was answered; an empty moment is none."""
        moment = now - self._since < self.interval / 10
        if moment and not counts.acknowledged and not counts.failed:
            return
        both = Histogram()
        both.merge(counts.writes)
        both.merge(counts.reads)
        self.points.append(
            Point(
                at=now - self.began,
                seconds=now - self._since,
                measured=measured,
                writes=counts.writes.count,
                reads=counts.reads.count,
                errors=counts.failed,
                p50=both.percentile(0.5) * 1000,
                p95=both.percentile(0.95) * 1000,
                p99=both.percentile(0.99) * 1000,
                max=both.max * 1000,
            )
        )
        self._since = now
        for kind, count in counts.errors.items():
            self.mark(now, ERROR, f"{count} {kind}")

    def mark(self, now: float, kind: str, text: str) -> None:
        """Note what happened now."""
        if len(self.marks) < MAX_MARKS:
            self.marks.append(Mark(now - self.began, kind, text))
        else:
            self.marks_left_out += 1
