"""What came of a run, as plain values: all of it as JSON, and as a table with comments (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, field

from bench.histogram import Histogram
from bench.plan import Plan
from bench.timeline import Mark, Point
from bench.verdict import Verdict

FORMAT = 1
"""Of the JSON: it grows when a field changes its meaning, and not when one is added."""

COLUMNS = (
    *("at", "seconds", "measured", "writes", "reads", "errors", "per_second"),
    *("p50_ms", "p95_ms", "p99_ms", "max_ms", "marks"),
)
"""Of the CSV."""


class Latency(Struct, frozen=True, kw_only=True):
    """How long operations took, in milliseconds; all 0 without any.

    Percentiles are at most 2 % off, the others exact as far as the clock is: a page's counts
    tenths of a millisecond.
    """

    count: int = 0
    mean: float = 0.0
    p50: float = 0.0
    p90: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    p999: float = 0.0
    max: float = 0.0
    histogram: list[tuple[float, int]] = field(default_factory=list)
    """Buckets that hold something: where each begins, and how many. Each is 4 % wide."""


class Operations(Struct, frozen=True, kw_only=True):
    """What came of the writes, or of the reads, that were answered while it was measured."""

    acknowledged: int = 0
    per_second: float = 0.0
    latency: Latency = Latency()


class Environment(Struct, frozen=True, kw_only=True):
    """Where it ran."""

    durability: str = ""
    """Where the cluster's windows have what they acknowledge: "disk" or "browser"; empty without a
    window."""
    browser: str = ""
    """What the browser says it is (`navigator.userAgent`); empty without one."""
    python: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    """Of our packages and of those that matter for speed."""
    processors: int | None = None
    address: str = ""
    """The page's, without what follows the #."""


class Standing(Struct, frozen=True, kw_only=True):
    """What this member knew of the cluster in a moment."""

    node_id: str
    role: str
    term: int
    leader: str | None
    voters: tuple[str, ...]
    connected: tuple[str, ...]
    last_log_index: int
    commit_index: int
    snapshot_index: int
    writes: int
    """Applied to its replica since the cluster was founded, whoever wrote."""
    problem: str | None


class Result(Struct, kw_only=True):
    """One run. Times are seconds from its beginning, warm-up included, if nothing else is said."""

    format: int = FORMAT
    plan: Plan
    started: str
    """The day and time of its beginning, UTC (ISO 8601)."""
    ended: str
    """Why: "time", "iterations", "stopped", or the sentence of what halted the member."""
    seconds: float
    """How long it measured: after the warm-up, up to the end."""
    writes: Operations
    reads: Operations
    errors: dict[str, int]
    """Operations that failed while it measured, by the name of the error."""
    outside_writes: int
    """Writes acknowledged in the warm-up, or after the end to those still under way."""
    outside_reads: int
    outside_errors: dict[str, int]
    unknown: int
    """Operations without an answer two seconds after the end."""
    unbegun: int
    """Operations of the open loop that were due and never begun, as too many were under way."""
    lateness: Latency
    """Of the open loop: how long after its intended start each operation was begun. Latencies count
    from the intended start, so this is in them."""
    elections: int
    """How often a new leader was seen."""
    hidden_at_start: bool
    visibility_changes: int
    interval: float
    """Seconds from point to point, at least."""
    points: list[Point]
    marks: list[Mark]
    marks_left_out: int
    verdict: Verdict
    environment: Environment
    settings: dict[str, Any]
    """The member's `raft_core.Config`."""
    before: Standing
    after: Standing

    def to_json(self) -> str:
        """All of it, readable."""
        return msgspec.json.format(msgspec.json.encode(self)).decode()

    def to_csv(self) -> str:
        """The points as a table; what else there is stands in lines before it, which begin with #.

        Marks stand in the row of the interval in which they were made.
        """
        text = io.StringIO()
        text.writelines(f"# {name}: {value}\n" for name, value in self._comments())
        table = csv.writer(text, lineterminator="\n")
        table.writerow(COLUMNS)
        marks = list(self.marks)
        for number, point in enumerate(self.points):
            last = number == len(self.points) - 1
            own = [mark for mark in marks if mark.at <= point.at or last]
            marks = marks[len(own) :]
            table.writerow(_row(point, own))
        return text.getvalue()

    def _comments(self) -> Iterator[tuple[str, str]]:
        fields = msgspec.to_builtins(self)
        for name, value in fields.items():
            if name in {"points", "marks"}:
                continue
            if name in {"writes", "reads", "lateness"}:
                del value.get("latency", value)["histogram"]
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            yield name, " ".join(text.splitlines())


def operations(histogram: Histogram, seconds: float) -> Operations:
    """What to say of the operations in it, which took so long together."""
    return Operations(
        acknowledged=histogram.count,
        per_second=histogram.count / seconds if seconds else 0.0,
        latency=latency(histogram),
    )


def latency(histogram: Histogram) -> Latency:
    """What to say of the durations in it."""
    return Latency(
        count=histogram.count,
        mean=histogram.mean * 1000,
        p50=histogram.percentile(0.5) * 1000,
        p90=histogram.percentile(0.9) * 1000,
        p95=histogram.percentile(0.95) * 1000,
        p99=histogram.percentile(0.99) * 1000,
        p999=histogram.percentile(0.999) * 1000,
        max=histogram.max * 1000,
        histogram=[(begin * 1000, count) for begin, count in histogram.buckets()],
    )


def _row(point: Point, marks: list[Mark]) -> list[object]:
    said = "; ".join(f"{mark.kind}: {mark.text}" if mark.text else mark.kind for mark in marks)
    numbers = (point.per_second, point.p50, point.p95, point.p99, point.max)
    return [
        f"{point.at:.3f}",
        f"{point.seconds:.3f}",
        int(point.measured),
        *(point.writes, point.reads, point.errors),
        *(f"{number:.3f}" for number in numbers),
        said,
    ]
