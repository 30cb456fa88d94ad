"""What the figures are meant to reach, and whether they do. It changes no exit status."""

from collections.abc import Sequence

from msgspec import Struct

from benchmarks.browser.figures import HIDDEN, OURS, Figure
from benchmarks.browser.loads import MANY_MIXED, MANY_WRITES, ONE, ONE_MIXED
from benchmarks.browser.sustained import QUOTA, Sustained


class Aim(Struct, frozen=True):
    """A number that is wanted, and the one there is; None if it was not measured."""

    what: str
    wanted: float
    reached: float | None
    at_most: bool = False
    """Less is better: ``wanted`` is the most there may be."""
    unit: str = ""

    @property
    def met(self) -> bool | None:
        """None if it was not measured."""
        if self.reached is None:
            return None
        return self.reached <= self.wanted if self.at_most else self.reached >= self.wanted


def aims(
    figures: Sequence[Figure], hidden: Sequence[Figure], sustained: Sustained | None
) -> list[Aim]:
    """All of them."""
    ours = {figure.load: figure for figure in figures if figure.system == OURS}

    def ratio(load: str) -> float | None:
        return ours[load].ratio if load in ours else None

    def tail(load: str) -> float | None:
        return ours[load].p99 / ours[load].p50 if load in ours and ours[load].p50 else None

    unseen = [figure.ratio for figure in hidden if figure.system == HIDDEN and figure.ratio]
    return [
        Aim("one outstanding: of the limit", 0.7, ratio(ONE.name)),
        Aim("one outstanding: of the limit, hoped for", 1.0, ratio(ONE.name)),
        Aim("256 outstanding: of the limit", 0.3, ratio(MANY_WRITES.name)),
        Aim("256 outstanding: of the limit, hoped for", 0.5, ratio(MANY_WRITES.name)),
        Aim("one, half of it reads: of writes alone", 1.0, ratio(ONE_MIXED.name)),
        Aim("256, half of it reads: of writes alone", 1.0, ratio(MANY_MIXED.name)),
        Aim("one outstanding: p99 / p50", 5.0, tail(ONE.name), at_most=True),
        Aim("256 outstanding: p99 / p50", 5.0, tail(MANY_WRITES.name), at_most=True),
        Aim("leader hidden: of all in sight, the worst", 0.5, min(unseen, default=None)),
        *_sustained(sustained),
    ]


def _sustained(sustained: Sustained | None) -> list[Aim]:
    if sustained is None:
        return [Aim("sustained", 1.0, None)]
    still = None if sustained.longest_task is None else sustained.longest_task * 1e3
    return [
        Aim("sustained: the end, of the beginning", 0.9, sustained.flatness),
        Aim(
            "sustained: the most stored, of the quota", 1.0, sustained.stored / QUOTA, at_most=True
        ),
        Aim(
            "sustained: a window stands still",
            200.0,
            still,
            at_most=True,
            unit=" ms",
        ),
        Aim(
            "sustained: the slowest write", 200.0, sustained.longest * 1e3, at_most=True, unit=" ms"
        ),
        Aim("sustained: writes that failed", 0.0, float(sustained.failed), at_most=True),
    ]
