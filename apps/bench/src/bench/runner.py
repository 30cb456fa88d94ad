"""The runs of one member, one at a time: for the page's buttons and its hook for programs alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec import Struct

from bench.load import Load, Scheduler, Target
from bench.plan import Plan
from bench.result import Latency, Operations, Result


class AlreadyRunning(RuntimeError):
    """One run at a time: stop the other first."""


class RunStatus(Struct, frozen=True, kw_only=True):
    """How far a run is."""

    running: bool = False
    seconds: float = 0.0
    """Since its beginning, warm-up included."""
    acknowledged: int = 0
    under_way: int = 0
    errors: int = 0


class Runner:
    """Starts and stops runs against `target`."""

    def __init__(self, target: Target, scheduler: Scheduler | None = None) -> None:
        self._target = target
        self._scheduler = scheduler or asyncio.get_running_loop()
        self._load: Load | None = None
        self.result: Result | None = None
        """Of the last run that ended."""

    def start(self, plan: Plan, done: Callable[[Result], None]) -> None:
        """Begin a run; `done` gets what came of it.

        :raises AlreadyRunning: the last one has not ended
        """
        if self._load is not None:
            raise AlreadyRunning("a run is under way: stop it first")

        def ended(reason: str) -> None:
            self._load = None
            self.result = _result(load, reason)
            done(self.result)

        load = self._load = Load(self._target, plan, self._scheduler, ended)
        load.start()

    def stop(self) -> None:
        """End the run, if there is one: its `done` gets what there is."""
        if self._load is not None:
            self._load.stop()

    def status(self) -> RunStatus:
        """How far it is."""
        load = self._load
        if load is None:
            return RunStatus()
        return RunStatus(
            running=True,
            seconds=self._scheduler.time() - load.began,
            acknowledged=load.acknowledged,
            under_way=load.under_way,
            errors=sum(load.errors.values()),
        )


def _result(load: Load, reason: str) -> Result:
    seconds = max(load.over - load.measures, 0.0)
    ordered = sorted(load.latencies)
    count = len(ordered)

    def part(share: float) -> float:
        return ordered[min(int(count * share), count - 1)] * 1000 if count else 0.0

    latency = Latency(
        count=count,
        mean=sum(ordered) / count * 1000 if count else 0.0,
        p50=part(0.5),
        p90=part(0.9),
        p95=part(0.95),
        p99=part(0.99),
        p999=part(0.999),
        max=part(1),
    )
    return Result(
        plan=load.plan,
        ended=reason,
        seconds=seconds,
        writes=Operations(
            acknowledged=count, per_second=count / seconds if seconds else 0.0, latency=latency
        ),
        errors=load.errors,
        unknown=load.under_way,
    )
