"""The figures of a run: medians of rounds, their spread, and ratios taken round by round."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from msgspec import Struct
from msgspec.structs import astuple

OURS: Final = "ours"
LIMIT: Final = "limit"
THRIFTY: Final = "limit, thrifty"
VISIBLE: Final = "ours, all in sight"
HIDDEN: Final = "ours, leader hidden"


class Spent(Struct, frozen=True):
    """Seconds of the processor, by kinds of the browsers' processes."""

    pages: float
    """What runs the pages: JavaScript, Python, and the data channels' threads in them."""
    network: float
    """What sends and receives for all pages."""
    storage: float
    """What keeps `localStorage` for all pages."""
    rest: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.pages + self.network + self.storage + self.rest

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))


class Run(Struct, frozen=True):
    """One measurement. Seconds; the limit's latencies are those of its messages."""

    operations: int
    seconds: float
    p50: float
    p99: float
    longest: float
    failed: int = 0
    spent: Spent | None = None
    """Meanwhile, by the browsers; None if they do not tell."""

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.operations / self.seconds

    @property
    def cost(self) -> Spent | None:
        """What was spent, an operation."""
        if self.spent is None:
            return None
        return Spent(*(each / self.operations for each in astuple(self.spent)))


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
    failed: int
    """Of all rounds."""
    cost: Spent | None
    """An operation's, each part by its own median."""
    ratio: float | None = None
    """The median of its rates divided, round by round, by those of its yardstick; None for that."""
    cost_ratio: float | None = None
    """The yardstick's processor time an operation, divided by its own: what a busy machine spoils
    less than the rates. More is better, as with these."""


class Rounds:
    """What was measured: for each load and system one value a round, in order."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], list[Run]] = {}

    def add(self, load: str, system: str, run: Run) -> None:
        """One measurement."""
        self._taken.setdefault((load, system), []).append(run)

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._taken

    def figure(self, load: str, system: str, yardstick: tuple[str, str] | None = None) -> Figure:
        """By medians. ``yardstick`` is the load and the system it is compared with."""
        runs = self._taken[load, system]
        others = [] if yardstick is None else self._taken.get(yardstick, [])
        rates = [run.rate for run in runs]
        costs = [run.cost for run in runs if run.cost is not None]
        theirs = [run.cost for run in others if run.cost is not None]
        return Figure(
            load,
            system,
            median(rates),
            min(rates),
            max(rates),
            median(run.p50 for run in runs),
            median(run.p99 for run in runs),
            max(run.longest for run in runs),
            sum(run.failed for run in runs),
            Spent(*map(median, zip(*map(astuple, costs), strict=True))) if costs else None,
            ratio(rates, [other.rate for other in others]),
            ratio([cost.total for cost in theirs], [cost.total for cost in costs]),
        )


def ratio(ones: Sequence[float], others: Sequence[float]) -> float | None:
    """The median of the rounds' ratios: what else the machine did met both of a round.

    None if one of them was not measured.
    """
    if not ones or not others:
        return None
    return median(one / other for one, other in zip(ones, others, strict=True))
