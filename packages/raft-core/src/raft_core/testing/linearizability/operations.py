"""What clients did and saw: one Struct an operation, and a recorder that makes them."""

from collections.abc import Hashable, Sequence
from enum import Enum
from typing import Final, Generic, TypeVar

from msgspec import Struct

Input = TypeVar("Input")
Output = TypeVar("Output")


class Unknown(Enum):
    """The type of ``UNKNOWN``, for annotations."""

    UNKNOWN = "?"


UNKNOWN: Final = Unknown.UNKNOWN
"""The output of an operation that nobody saw end."""


class Operation(Struct, Generic[Input, Output], frozen=True):
    """One operation of one client, as its caller saw it.

    Times are numbers of any one clock that never goes back: seconds, or the number of the event. Of
    two operations the one that returned before the other was called comes first; those that touch
    in one instant count as concurrent, which is the weaker claim.

    ``returned`` is None where the outcome is unknown (a time-out, a client that died): the
    operation may take effect at any time after ``called``, or never. ``output`` counts for nothing
    then. What is known never to take effect (a refusal) belongs in no history.
    """

    client: str
    key: Hashable
    """Operations of different keys have nothing to do with each other."""
    input: Input
    output: Output | None
    called: float
    returned: float | None


class Recorder(Generic[Input, Output]):
    """Makes a history while it happens. Its clock is the order of the calls made here."""

    def __init__(self) -> None:
        self._events = 0
        self._open: dict[int, Operation[Input, Output]] = {}
        self._done: list[Operation[Input, Output]] = []

    def called(self, client: str, key: Hashable, wanted: Input) -> int:
        """A client begins an operation; the number names it to the methods below."""
        self._events += 1
        self._open[self._events] = Operation(client, key, wanted, None, self._events, None)
        return self._events

    def returned(self, call: int, output: Output) -> None:
        """It ended, with this output.

        :raises KeyError: it has ended already, or never began
        """
        begun = self._open.pop(call)
        self._events += 1
        self._done.append(
            Operation(begun.client, begun.key, begun.input, output, begun.called, self._events)
        )

    def refused(self, call: int) -> None:
        """It had no effect, and never will: leave it out.

        :raises KeyError: it has ended already, or never began
        """
        del self._open[call]

    @property
    def operations(self) -> Sequence[Operation[Input, Output]]:
        """All so far, by their calls; what has not returned is of unknown outcome."""
        return sorted([*self._done, *self._open.values()], key=lambda each: each.called)
