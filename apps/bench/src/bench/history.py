"""What a run's operations saw, kept for the verdict: a sample that never grows beyond a bound.

Sampled is by the lowest bits of an operation's number, which are its key: at first all operations,
then, each time that there are too many, those of half as many keys, and of the last key half as
many operations. What is kept is spread over the whole run.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from bench.state import KEYS, Register

MOST: Final = 8192
"""Operations kept at most: to judge them takes a page some tens of milliseconds."""


class Outcome(StrEnum):
    """What is known of an operation."""

    DONE = "done"
    UNKNOWN = "unknown"
    """A write that may have taken effect, or may do so later, or never."""
    REFUSED = "refused"
    """A write that is known never to take effect."""


class Operation(Struct, frozen=True, gc=False):
    """One operation. Times are numbers of events in the order in which the caller saw them."""

    number: int
    key: int
    called: int
    returned: int
    outcome: Outcome
    value: str | None
    """What was to be written; None: it is a read."""
    writes: int
    """If done: a write's number among all writes, or how many a read saw."""
    seen: Register | None = None
    """What a read saw of its register."""


class History:
    """Records operations by their numbers; whoever records asks `mask` whether one is wanted.

    :param mask: to begin with. Where more will come than can be kept, to record all of the first
        costs the run a twentieth of its speed, and most of it is thrown away again
    """

    def __init__(self, most: int = MOST, *, mask: int = 0) -> None:
        self.mask = mask
        """Wanted are operations with `number & mask == 0`. It only ever gets pickier."""
        self.operations: list[Operation] = []
        self._most = most
        self._events = 0

    def event(self) -> int:
        """Something happens now: its number."""
        self._events += 1
        return self._events

    def wrote(self, number: int, called: int, value: str, write: int) -> None:
        """A write that began at the event `called` was acknowledged as the `write`th of all."""
        self._keep(
            Operation(number, number % KEYS, called, self.event(), Outcome.DONE, value, write)
        )

    def failed(self, number: int, called: int, value: str, outcome: Outcome) -> None:
        """A write was not acknowledged."""
        self._keep(Operation(number, number % KEYS, called, self.event(), outcome, value, 0))

    def read(self, number: int, called: int, writes: int, seen: Register | None) -> None:
        """A read was answered, when there had been so many writes."""
        self._keep(
            Operation(number, number % KEYS, called, self.event(), Outcome.DONE, None, writes, seen)
        )

    def _keep(self, operation: Operation) -> None:
        if operation.number & self.mask:
            return  # it was wanted when it began
        self.operations.append(operation)
        if len(self.operations) > self._most:
            self.mask = mask = self.mask * 2 + 1
            self.operations = [each for each in self.operations if not each.number & mask]
