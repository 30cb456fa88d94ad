"""A failure made small: the fewest troubles that still bring it about, and as few steps.

Every trouble of the failing history has a name and chance of its own (``troubles``), so it can be
run again with some of them left out. Halves are left out first, then quarters, and so on down to
single ones, as long as the same property breaks (the delta debugging of Zeller and Hildebrandt,
2002, in its greedy form). No trouble that the first history did not have can come in. Whole kinds
go in the same way, since all of a kind are neighbours. It is deterministic: the same failure gives
the same answer.

What is left is needed in this sense only: without any one of them this seed does not fail the same
way. A changed history takes other turns, so a smaller failure may exist that was not found.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct

from raft_core.testing.campaign import SimulationFailed, simulate

Item = TypeVar("Item")

ATTEMPTS = 600
"""Histories run to make one small, at most, unless said otherwise."""

_DETAIL = ("step", "send", "peers")
"""Lines of a trace that are no part of a schedule: what members do."""

_MESSAGE_DOTS = 3
"""In the name of a message's trouble: what, from, to, and the how manieth it was."""


class Shrunk(Struct, frozen=True):
    """A failure made small."""

    failure: SimulationFailed
    only: Sequence[str]
    """The troubles it needs."""
    before: int
    """How many there were."""
    attempts: int
    """Histories run for it."""
    schedule: Sequence[str]
    """What happened in the small history, a line an event, with its time in seconds."""

    def __str__(self) -> str:
        failure = self.failure
        return (
            f"made small in {self.attempts} attempts: {len(self.only)} of {self.before} troubles, "
            f"{failure.world.steps} steps\n{failure}\nwhat happens:\n"
            + "\n".join(f"  {line}" for line in self.schedule)
        )


def shrink(failure: SimulationFailed, *, attempts: int = ATTEMPTS) -> Shrunk:
    """Make a failure small, in so many attempts at most."""
    search = _Search(failure, attempts)
    only = fewest(search.by_kind(), search.fails)
    search.shorten(only)
    failure = search.best
    lines: list[str] = []
    try:
        simulate(
            failure.seed,
            profile=failure.profile,
            steps=failure.steps,
            trace=lines.append,
            only=only,
        )
    except SimulationFailed as again:
        failure = again
    return Shrunk(failure, only, search.before, search.attempts, _schedule(lines))


def _schedule(trace: Sequence[str]) -> Sequence[str]:
    """What of a trace is no member's doing; a fault says more of itself than its name.

    Some are told twice, by who makes them and by who suffers them.
    """
    told = []
    for line in dict.fromkeys(line.rstrip() for line in trace):
        what, *about = line.split()[1:]
        of_a_message = what == "trouble" and about[0].count(".") == _MESSAGE_DOTS
        if of_a_message or what not in (*_DETAIL, "trouble"):
            told.append(line)
    return told


def fewest(items: Sequence[Item], holds: Callable[[Sequence[Item]], bool]) -> Sequence[Item]:
    """A part of ``items`` for which ``holds``, without any one of which it does not.

    ``holds`` is true of all of them. If it is false just because it is called no more (a limit),
    the answer is what had been found.
    """
    size = len(items)
    while size > 1 and items:
        size = max(1, (size + 1) // 2)
        items, smaller = _leave_out(items, size, holds)
        while smaller and size == 1:
            items, smaller = _leave_out(items, size, holds)
    if len(items) == 1 and holds(()):
        return ()
    return items


def _leave_out(
    items: Sequence[Item], size: int, holds: Callable[[Sequence[Item]], bool]
) -> tuple[Sequence[Item], bool]:
    """Leave out each run of ``size`` that is not needed, the last ones first."""
    smaller = False
    for end in range(len(items), 0, -size):
        rest = [*items[: max(end - size, 0)], *items[end:]]
        if holds(rest):
            items = rest
            smaller = True
    return items, smaller


class _Search:
    """Runs histories of one seed, and remembers the smallest failure."""

    def __init__(self, failure: SimulationFailed, limit: int) -> None:
        self.best = failure
        self.attempts = 0
        self.before = len(failure.world.troubles.happened)
        self._limit = limit
        self._invariant = failure.invariant
        self._names = list(failure.world.troubles.happened)
        self._shorten_to_the_end()

    def by_kind(self) -> Sequence[str]:
        """All troubles, those of a kind together, and in the order of time among themselves."""
        kinds = dict.fromkeys(name.partition(".")[0] for name in self._names)
        order = {kind: place for place, kind in enumerate(kinds)}
        return sorted(self._names, key=lambda name: order[name.partition(".")[0]])

    def fails(self, only: Sequence[str]) -> bool:
        """Whether the same property breaks with these troubles alone."""
        return self._try(only, self.best.steps)

    def shorten(self, only: Sequence[str]) -> None:
        """Fewer steps with faults, for a failure that comes after them."""
        steps = self.best.steps
        while steps > 1 and self._try(only, steps // 2):
            steps = self.best.steps

    def _shorten_to_the_end(self) -> None:
        """Faults after the failure play no part."""
        failure = self.best
        failure.steps = min(failure.steps, failure.world.steps)

    def _try(self, only: Sequence[str], steps: int) -> bool:
        if self.attempts == self._limit:
            return False
        self.attempts += 1
        failure = self.best
        try:
            simulate(failure.seed, profile=failure.profile, steps=steps, only=only)
        except SimulationFailed as found:
            if found.invariant == self._invariant:
                self.best = found
                self._shorten_to_the_end()
                return True
        return False
