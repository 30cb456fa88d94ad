"""What the figures are meant to reach, and whether they do. It changes no exit status."""

from msgspec import Struct

from benchmarks.browser.loads import MANY_MIXED, MANY_WRITES, ONE, ONE_MIXED
from benchmarks.browser.results import OURS, Figure


class Aim(Struct, frozen=True):
    """A number that was wanted, and the one there is; None if it was not measured."""

    what: str
    wanted: float
    reached: float | None
    at_most: bool = False
    """Less is better: ``wanted`` is the most there may be."""

    @property
    def met(self) -> bool | None:
        """None if it was not measured."""
        if self.reached is None:
            return None
        return self.reached <= self.wanted if self.at_most else self.reached >= self.wanted


def aims(figures: list[Figure]) -> list[Aim]:
    """Those of issue 5 on speed that these figures tell of."""
    ours = {figure.load: figure for figure in figures if figure.system == OURS}

    def ratio(load: str) -> float | None:
        return ours[load].ratio if load in ours else None

    def spread(load: str) -> float | None:
        return ours[load].p99 / ours[load].p50 if load in ours and ours[load].p50 else None

    return [
        Aim("one outstanding, of the limit", 0.7, ratio(ONE.name)),
        Aim("one outstanding, of the limit: better", 1.0, ratio(ONE.name)),
        Aim("256 outstanding, of the limit", 0.3, ratio(MANY_WRITES.name)),
        Aim("256 outstanding, of the limit: better", 0.5, ratio(MANY_WRITES.name)),
        Aim("one, half reads, of writes alone", 1.0, ratio(ONE_MIXED.name)),
        Aim("256, half reads, of writes alone", 1.0, ratio(MANY_MIXED.name)),
        Aim("one outstanding, p99 / p50", 5.0, spread(ONE.name), at_most=True),
        Aim("256 outstanding, p99 / p50", 5.0, spread(MANY_WRITES.name), at_most=True),
    ]
