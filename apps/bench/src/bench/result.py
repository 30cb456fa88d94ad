"""What came of a run, as plain values: JSON for programs and files."""

from __future__ import annotations

import msgspec
from msgspec import Struct, field

from bench.plan import Plan


class Latency(Struct, frozen=True, kw_only=True):
    """How long operations took, in milliseconds; all 0 without any."""

    count: int = 0
    mean: float = 0.0
    p50: float = 0.0
    p90: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    p999: float = 0.0
    max: float = 0.0


class Operations(Struct, frozen=True, kw_only=True):
    """What came of the writes, or of the reads, that were measured."""

    acknowledged: int = 0
    per_second: float = 0.0
    latency: Latency = Latency()


class Result(Struct, kw_only=True):
    """One run. Times are seconds from its beginning, warm-up included, if nothing else is said."""

    plan: Plan
    ended: str
    """Why: "time", "iterations", "stopped", or what halted the member."""
    seconds: float
    """Measured: from the end of the warm-up."""
    writes: Operations = Operations()
    reads: Operations = Operations()
    errors: dict[str, int] = field(default_factory=dict)
    """Operations that failed, by the name of the error."""
    unknown: int = 0
    """Operations without an answer at the end."""

    def to_json(self) -> str:
        """The whole of it."""
        return msgspec.json.encode(self).decode()
