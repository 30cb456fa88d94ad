"""Virtual time: what happens when, in one order that only the seed decides."""

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf
from typing import Any


class Schedule:
    """A queue of events by time; events of the same time happen in the order they were made.

    ``now`` moves only by ``run_next``. Nothing is ever cancelled: an event that may be out of date
    must know it when its time comes.
    """

    __slots__ = ("_count", "_events", "now")

    def __init__(self) -> None:
        self.now = 0.0
        self._count = 0
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []

    def __len__(self) -> int:
        return len(self._events)

    @property
    def next_time(self) -> float:
        """When the next event is due; ``inf`` without one."""
        return self._events[0][0] if self._events else inf

    def at(self, time: float, action: Callable[..., None], *arguments: Any) -> None:
        """Call ``action`` at that time, or now if it has passed."""
        self._count += 1
        heappush(self._events, (max(time, self.now), self._count, action, arguments))

    def after(self, delay: float, action: Callable[..., None], *arguments: Any) -> None:
        """Call ``action`` so many seconds from now."""
        self._count += 1
        heappush(self._events, (self.now + delay, self._count, action, arguments))

    def run_next(self) -> None:
        """Let the next event happen.

        :raises IndexError: when there is none
        """
        self.now, _, action, arguments = heappop(self._events)
        action(*arguments)
