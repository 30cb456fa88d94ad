"""What the page shows of the run in this window: of the one under way, or of the last one."""

from __future__ import annotations

from collections.abc import Sequence

from bench.figures import count, iterations, milliseconds, rate
from bench.form import describe
from bench.histogram import Histogram
from bench.load import Load
from bench.plan import Plan
from bench.runner import Runner
from bench.series import coarser
from bench.timeline import Mark, Point

_RECENT = 4
"""Points that are called now: a second of them."""


class Feed:
    """Looks at `runner` now and then; a run that a program began is shown like any other."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._load: Load | None = None
        self._latencies = Histogram()

    def look(self) -> bool:
        """See whether another run began."""
        load = self._runner.load
        if load is None or load is self._load:
            return False
        self._load = load
        return True

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._runner.load is not None

    @property
    def plan(self) -> Plan | None:
        """Of the run that is shown."""
        return None if self._load is None else self._load.plan

    @property
    def words(self) -> str:
        """What the run under way does; "" without one."""
        return describe(self._load.plan) if self._load is not None and self.running else ""

    @property
    def points(self) -> Sequence[Point]:
        """Of its timeline, as far as it is."""
        return () if self._load is None else self._load.timeline.points

    @property
    def marks(self) -> Sequence[Mark]:
        """Of the same timeline."""
        return () if self._load is None else self._load.timeline.marks

    @property
    def rate(self) -> float:
        """Operations acknowledged a second: lately while it runs, else of all that was measured."""
        load = self._load
        if load is None:
            return 0.0
        if not self.running:
            return load.measured.acknowledged / load.seconds if load.seconds else 0.0
        recent = load.timeline.points[-_RECENT:]
        took = sum(point.seconds for point in recent)
        return sum(point.writes + point.reads for point in recent) / took if took else 0.0

    def bins(self) -> list[tuple[float, int]]:
        """How latencies spread: where each bin begins, in milliseconds, and how many are in it."""
        return coarser([(begin * 1000, number) for begin, number in self._latencies.buckets()])

    def figures(self) -> dict[str, str]:
        """The numbers of what was measured, by name; in the warm-up only what there is lately."""
        load = self._load
        if load is None:
            return {}
        found = {"rate": rate(self.rate), "errors": count(load.measured.failed)}
        latencies = self._latencies = Histogram()
        latencies.merge(load.measured.writes)
        latencies.merge(load.measured.reads)
        if latencies.count:
            for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
                found[name] = milliseconds(latencies.percentile(share) * 1000)
        return found

    def line(self) -> str:
        """The ancestor's line, of what was measured."""
        load = self._load
        return "" if load is None else iterations(load.measured.acknowledged, load.seconds)

    def verdict(self) -> str:
        """What the last run came to, in a sentence; "" while there is none to speak of."""
        result = self._runner.result
        if result is None or self.running:
            return ""
        verdict = result.verdict
        judged = f"{count(verdict.judged)} of {count(verdict.of)} operations judged"
        words = [f"{verdict.result.capitalize()} ({judged})."]
        if verdict.sentence:
            words.append(verdict.sentence)
        if result.unknown:
            words.append(f"{count(result.unknown)} without an answer at the end.")
        if result.unbegun:
            words.append(f"{count(result.unbegun)} were due and never begun.")
        if result.ended not in {"time", "iterations"}:
            words.append(f"It ended early: {result.ended}.")
        return " ".join(words)
