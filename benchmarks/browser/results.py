"""The figures of a run: medians of rounds, their spread, and ratios taken round by round."""

from collections.abc import Sequence
from statistics import median

from msgspec import Struct


class Run(Struct, frozen=True):
    """One measurement. Latencies in seconds; those of the limit are of its messages."""

    operations: int
    seconds: float
    p50: float
    p99: float
    longest: float

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.operations / self.seconds


class Figure(Struct, frozen=True):
    """One system under one load: medians of the rounds."""

    load: str
    system: str
    rate: float
    lowest: float
    highest: float
    p50: float
    p99: float
    longest: float
    """The longest of all rounds."""
    ratio: float | None = None
    """The median of its rates divided, round by round, by those of its yardstick; None for that."""


class Machine(Struct, frozen=True):
    """Where it ran. ``load`` is the one-minute average at the start and at the end."""

    browser: str
    system: str
    cores: int
    load: tuple[float, float]


class Rounds:
    """What was measured: for each load and system one value a round, in order."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], list[Run]] = {}

    def add(self, load: str, system: str, run: Run) -> None:
        """One measurement."""
        self._taken.setdefault((load, system), []).append(run)

    def figure(self, load: str, system: str, yardstick: tuple[str, str] | None = None) -> Figure:
        """By medians. ``yardstick`` is the load and the system it is compared with."""
        runs = self._taken[load, system]
        ratio = None
        if yardstick is not None:
            ratio = ratio_by_rounds(runs, self._taken[yardstick])
        rates = [run.rate for run in runs]
        return Figure(
            load,
            system,
            median(rates),
            min(rates),
            max(rates),
            median(run.p50 for run in runs),
            median(run.p99 for run in runs),
            max(run.longest for run in runs),
            ratio,
        )


def ratio_by_rounds(runs: Sequence[Run], others: Sequence[Run]) -> float:
    """The median of the rounds' ratios: what else the machine did met both of a round."""
    return median(run.rate / other.rate for run, other in zip(runs, others, strict=True))
