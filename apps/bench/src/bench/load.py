"""Makes the operations of a plan: no task, no future and no timer for a single one.

It knows no event loop: the clock and the ways to be called later are arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from bench.plan import Plan
from bench.state import KEYS, Put, value_length
from raft_core.errors import RaftError

SLICE: Final = 0.004
"""Seconds of beginning operations after which the page has its turn."""


class Target(Protocol):
    """What takes the operations: a `raft_core.Node` does, and a `raft_web.app.FullMember`."""

    def submit(
        self, command: Any, done: Callable[[Any], None], *, timeout: float | None = None
    ) -> None:
        """Replicate `command`; `done` gets the result or the `RaftError`."""

    def submit_read(self, done: Callable[[Any], None], *, timeout: float | None = None) -> None:
        """Read linearizably; `done` gets the state or the `RaftError`."""


class Scheduler(Protocol):
    """What of an event loop is needed."""

    def time(self) -> float: ...
    def call_soon(self, callback: Callable[[], None], /) -> object: ...
    def call_later(self, delay: float, callback: Callable[[], None], /) -> object: ...


class Load:
    """One run of a plan. `ended` is called once, when it is over, with the reason."""

    def __init__(
        self, target: Target, plan: Plan, scheduler: Scheduler, ended: Callable[[str], None]
    ) -> None:
        self.plan = plan
        self.acknowledged = 0
        self.errors: dict[str, int] = {}
        self.latencies: list[float] = []
        self.under_way = 0
        self.began = self.ends = self.measures = self.over = 0.0
        self._target = target
        self._scheduler = scheduler
        self._ended = ended
        self._number = 0
        self._padding = value_length(plan.payload)
        self._free = plan.outstanding
        self._running = False

    def start(self) -> None:
        """Begin."""
        self.began = self._scheduler.time()
        self.measures = self.began + self.plan.warm_up
        self.ends = self.measures + self.plan.seconds
        self._running = True
        self._scheduler.call_later(self.ends - self.began, self._time_is_up)
        self._go_on()

    def stop(self, reason: str = "stopped") -> None:
        """End now; what is under way counts as unknown."""
        if self._running:
            self._running = False
            self.over = self._scheduler.time()
            self._ended(reason)

    def _time_is_up(self) -> None:
        self.stop("time")

    def _go_on(self) -> None:
        until = self._scheduler.time() + SLICE
        while self._running and self._free and self._scheduler.time() < until:
            self._free -= 1
            self._begin()
        if self._running and self._free:
            self._scheduler.call_soon(self._go_on)

    def _begin(self) -> None:
        self._number += 1
        number = self._number
        began = self._scheduler.time()

        def done(answer: object) -> None:
            if not self._running:
                return
            self.under_way -= 1
            now = self._scheduler.time()
            if now >= self.measures:
                self._count(answer, now - began)
            self._free += 1
            if self._free == 1:
                self._scheduler.call_soon(self._go_on)

        self.under_way += 1
        value = f"{number:x}".ljust(self._padding, ".")
        try:
            self._target.submit(Put(number % KEYS, value), done, timeout=self.plan.timeout)
        except RaftError as error:
            done(error)

    def _count(self, answer: object, latency: float) -> None:
        if isinstance(answer, RaftError):
            kind = type(answer).__name__
            self.errors[kind] = self.errors.get(kind, 0) + 1
            return
        self.acknowledged += 1
        self.latencies.append(latency)
        if self.acknowledged == self.plan.iterations:
            self.stop("iterations")
