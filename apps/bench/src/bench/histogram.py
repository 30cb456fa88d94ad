"""How long operations took, counted in buckets: any number of them in the same small space.

A bucket is 4 % wide and stands for its middle, so that a percentile is at most 2 % off. Count,
mean and maximum are exact.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from math import ceil, log
from typing import Final

LEAST: Final = 1e-6
"""Seconds: what is shorter counts as this long."""

MOST: Final = 1e4
"""Seconds: what is longer is in the last bucket; the maximum is told all the same."""

WIDTH: Final = 1.04
"""How much longer than its beginning a bucket's end is, as a factor."""

_BEGINNINGS: Final = [
    LEAST * WIDTH**number for number in range(int(log(MOST / LEAST) / log(WIDTH)) + 1)
]
_LAST: Final = len(_BEGINNINGS) - 1


class Histogram:
    """Durations in seconds."""

    __slots__ = ("_buckets", "count", "max", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self.max = 0.0
        self._buckets = [0] * len(_BEGINNINGS)

    def add(self, seconds: float) -> None:
        """Count one."""
        self.count += 1
        self.total += seconds
        self.max = max(self.max, seconds)
        self._buckets[_bucket(seconds)] += 1

    def add_all(self, values: list[float]) -> None:
        """Count all of them, in a tenth of the time; leaves them sorted.

        Sorted they lie bucket by bucket, and only their borders are searched.
        """
        if not values:
            return
        values.sort()
        self.count += len(values)
        self.total += sum(values)
        self.max = max(self.max, values[-1])
        begin = 0
        while begin < len(values):
            number = _bucket(values[begin])
            end = len(values)
            if number < _LAST:
                end = bisect_left(values, _BEGINNINGS[number + 1], begin)
            self._buckets[number] += end - begin
            begin = end

    def merge(self, other: Histogram) -> None:
        """Count all of another one, too."""
        self.count += other.count
        self.total += other.total
        self.max = max(self.max, other.max)
        if other.count:
            self._buckets = [
                one + more for one, more in zip(self._buckets, other._buckets, strict=True)
            ]

    @property
    def mean(self) -> float:
        """Seconds; 0 of none."""
        return self.total / self.count if self.count else 0.0

    def percentile(self, share: float) -> float:
        """The seconds within which this share of all was done (0 to 1); 0 of none."""
        wanted = max(1, ceil(self.count * share))
        if wanted >= self.count:
            return self.max
        reached = 0
        for number, count in enumerate(self._buckets):
            reached += count
            if reached >= wanted:
                return min(_middle(number), self.max)
        return self.max

    def buckets(self) -> Iterator[tuple[float, int]]:
        """Those that hold something, in order: the seconds at which each begins, and how many."""
        for number, count in enumerate(self._buckets):
            if count:
                yield _BEGINNINGS[number], count


def _bucket(seconds: float) -> int:
    return max(0, bisect_right(_BEGINNINGS, seconds) - 1)


def _middle(number: int) -> float:
    """No value of the bucket is farther from it than 2 % of itself."""
    return _BEGINNINGS[number] * 2 * WIDTH / (1 + WIDTH)
