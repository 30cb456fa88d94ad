"""The rounds: the limit and ours in turn, so that what else the machine does meets both."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from benchmarks.browser.figures import LIMIT, OURS, THRIFTY, Figure, Rounds, Run
from benchmarks.browser.limit import Limit, Sizes
from benchmarks.browser.loads import (
    LOADS,
    MANY_MIXED,
    MANY_WRITES,
    ONE,
    ONE_MIXED,
    Load,
)
from benchmarks.browser.ours import Ours
from benchmarks.browser.processor import Processor


class Plan(Struct, frozen=True):
    """How much of what. Seconds."""

    rounds: int
    seconds: float
    warm_up: float
    """Of each of ours before anything counts: the first seconds are slower."""


class Bench:
    """Both clusters, and what has been measured of them. One of them is quiet at any time."""

    def __init__(self, plan: Plan, ours: Ours, limit: Limit, processor: Processor) -> None:
        self._rounds = Rounds()
        self.sizes: dict[str, Sizes] = {}
        """By the name of the leader's load."""
        self._plan = plan
        self._ours = ours
        self._limit = limit
        self._processor = processor

    async def warm_up(self) -> None:
        """Run each load once, and see what ours sends: the limit sends as much."""
        seconds = self._plan.warm_up
        for load in (ONE, MANY_WRITES):
            await self._ours.run(load, seconds)
            sizes = await self._ours.sizes(load, seconds)
            await self._limit.run(load, sizes, seconds)
            self.sizes[load.name] = sizes

    async def measure(self, say: Callable[[str], None]) -> None:
        """All rounds; ``say`` is told how far they are."""
        for number in range(self._plan.rounds):
            say(f"round {number + 1} of {self._plan.rounds}")
            for load in LOADS:
                await self._round(load)

    async def _round(self, load: Load) -> None:
        seconds = self._plan.seconds
        sizes = self.sizes[(ONE if load.outstanding == 1 else MANY_WRITES).name]
        if not load.reads:
            await self._add(load, LIMIT, self._limit.run(load, sizes, seconds))
        await self._add(load, OURS, self._ours.run(load, seconds))
        if load is ONE:
            thrifty = self._limit.run(load, sizes, seconds, thrifty=True)
            await self._add(load, THRIFTY, thrifty)

    async def _add(self, load: Load, system: str, measure: Awaitable[Run]) -> None:
        self._rounds.add(load.name, system, await self._processor.during(measure))

    def figures(self) -> list[Figure]:
        """By medians, in the order of the loads."""
        return [
            self._rounds.figure(load.name, system, _yardstick(load, system))
            for load in LOADS
            for system in (LIMIT, OURS, THRIFTY)
            if (load.name, system) in self._rounds
        ]


def _yardstick(load: Load, system: str) -> tuple[str, str] | None:
    """What it is compared with: the limit; and a load with reads with that of writes alone."""
    if load.reads:
        writes = {ONE_MIXED: ONE, MANY_MIXED: MANY_WRITES}[load]
        return writes.name, OURS
    return None if system == LIMIT else (load.name, LIMIT)
