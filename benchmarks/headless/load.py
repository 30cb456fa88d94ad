"""A closed loop: so many writes outstanding, each answer begins the next, until the time is up.

The same for every system, so that what it costs itself, below a microsecond a write, is the same.
"""

from collections.abc import Callable
from time import perf_counter
from typing import TypeAlias

from benchmarks.headless.wire import Failed, Loaded

Done: TypeAlias = Callable[[Exception | None], None]


class ClosedLoop:
    """Runs once. ``begin`` starts the write of a number; its ``Done`` is called once, later or now.

    ``ended`` is called once, when the last write is answered, in the thread that answers.
    """

    def __init__(
        self,
        begin: Callable[[int, Done], None],
        outstanding: int,
        seconds: float,
        ended: Callable[[Loaded | Failed], None],
    ) -> None:
        self._begin_write = begin
        self._ended = ended
        self._seconds = seconds
        self._outstanding = outstanding
        self._begun = 0
        self._latencies: list[float] = []
        self._since = self._until = self._answered = 0.0
        self._error: Exception | None = None

    def start(self) -> None:
        """Begin."""
        self._since = perf_counter()
        self._until = self._since + self._seconds
        for _ in range(self._outstanding):
            self._begin()

    def _begin(self) -> None:
        self._begun += 1
        began = perf_counter()

        def done(error: Exception | None) -> None:
            now = perf_counter()
            self._latencies.append(now - began)
            self._answered = now
            if error is not None:
                self._error = error
            if now < self._until and self._error is None:
                self._begin()
            elif len(self._latencies) == self._begun >= self._outstanding:
                self._end()

        self._begin_write(self._begun, done)

    def _end(self) -> None:
        if self._error is not None:
            self._ended(Failed(f"a write failed: {self._error!r}"))
        else:
            self._ended(self.so_far())

    def so_far(self) -> Loaded | Failed:
        """What it has come to: for a system that leaves writes without any answer."""
        ordered = sorted(self._latencies)
        count = len(ordered)
        if not count:
            return Failed("no write was answered")
        return Loaded(
            count,
            self._answered - self._since,
            ordered[count // 2],
            ordered[min(count * 99 // 100, count - 1)],
            self._begun - count,
        )
