"""The search for an order that explains a history.

Source: Wing and Gong, "Testing and verifying concurrent objects" (1993), with the memory of Lowe,
"Testing for linearizability" (2017): a set of operations placed that leads to a state seen before
need not be tried again. Keys are checked one by one (locality, Herlihy and Wing 1990, section 3.2).

    place any operation that no unplaced one precedes, if the model agrees; else take the last back

Operations of unknown outcome are tried last, and only where they change something: most of them
never happened, or do not matter. Of several that want the same the one called first goes first: it
could take the place of any other. An operation that changes nothing and fits is placed at once: it
is in nobody's way. That is for good, unless it would have changed another of the states that were
seen since: a write whose output tells nothing may write what is there already, or be the one that
is missing later. What fails is the smallest prefix of the history that does: the return at which it
ends is that of the operation which has no place.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any, Generic, TypeVar

from msgspec import Struct

from raft_core.testing.linearizability.models import Model
from raft_core.testing.linearizability.operations import UNKNOWN, Operation, Unknown

S = TypeVar("S")
Input = TypeVar("Input")
Output = TypeVar("Output")

LIMIT = 1_000_000
"""States looked at for a key before the search gives up, unless said otherwise."""


class Result(StrEnum):
    """What came of a check."""

    LINEARIZABLE = "linearizable"
    NOT_LINEARIZABLE = "not linearizable"
    GAVE_UP = "gave up"
    """The limit was reached: nobody knows."""


class Verdict(Struct, frozen=True):
    """What came of a check; without success the fields speak of the one key that failed."""

    result: Result
    explored: int
    """States looked at, of all keys."""
    key: Hashable = None
    operations: Sequence[Operation[Any, Any]] = ()
    """All of that key, by their calls."""
    order: Sequence[Operation[Any, Any]] = ()
    """An order of what was there before ``stuck`` returned."""
    states: Sequence[Any] = ()
    """After each operation of ``order``."""
    stuck: Operation[Any, Any] | None = None
    """Until it returned there was an order, then none: whoever has an operation like it is wrong,
    or an earlier one was. It may be in ``order`` too, if there is one without its output only."""

    def __str__(self) -> str:
        if self.result is Result.LINEARIZABLE:
            return f"linearizable ({self.explored} states)"
        if self.result is Result.GAVE_UP:
            return (
                f"gave up on key {self.key!r} with {len(self.operations)} operations after "
                f"{self.explored} states: nobody knows; raise the limit, or split the history"
            )
        stuck = self.stuck
        assert stuck is not None
        state = self.states[-1] if self.states else "the initial one"
        return (
            f"not linearizable: key {self.key!r}, {len(self.order)} of {len(self.operations)} "
            f"operations placed, state then {state}; no place for {stuck.client}: "
            f"{stuck.input} -> {stuck.output!r}, called {stuck.called}, returned {stuck.returned}"
        )


def check(
    model: Model[S, Input, Output],
    operations: Iterable[Operation[Input, Output]],
    *,
    limit: int = LIMIT,
) -> Verdict:
    """Whether one copy of the data could have shown this history.

    :param limit: how many states to look at for each key; what has no verdict then is GAVE_UP,
        unless another key fails
    :raises ValueError: an operation returned before it was called
    """
    by_key: dict[Hashable, list[Operation[Input, Output]]] = defaultdict(list)
    for operation in operations:
        if operation.returned is not None and operation.returned < operation.called:
            raise ValueError(f"returned before it was called: {operation}")
        by_key[operation.key].append(operation)
    explored = 0
    gave_up: Verdict | None = None
    for key, own in by_key.items():
        own.sort(key=lambda each: each.called)
        search = _Search(model, own)
        result = search.run(limit)
        explored += search.explored
        if result is Result.LINEARIZABLE:
            continue
        if result is Result.NOT_LINEARIZABLE:
            search, stuck = _smallest_failure(model, own, search, limit)
            return Verdict(result, explored, key, own, search.order, search.states, stuck)
        gave_up = gave_up or Verdict(result, explored, key, own, search.order, search.states)
    return gave_up or Verdict(Result.LINEARIZABLE, explored)


def _smallest_failure(
    model: Model[S, Input, Output],
    operations: Sequence[Operation[Input, Output]],
    failed: "_Search[S, Input, Output]",
    limit: int,
) -> tuple["_Search[S, Input, Output]", Operation[Input, Output]]:
    """The search of the longest prefix that holds, and what returns at its end.

    Where a prefix takes more than ``limit`` states, the answer may be too late a return.
    """
    ends = sorted(
        (each.returned, number)
        for number, each in enumerate(operations)
        if each.returned is not None
    )
    assert failed.reached is not None
    # All before the return that the failed search got to had a place, even with all known.
    holding = [number for _, number in ends].index(failed.reached)
    failing = len(ends)
    probe = holding + 1
    while failing - holding > 1:
        if _Search(model, operations, ends[:probe]).run(limit) is Result.NOT_LINEARIZABLE:
            failing = probe
        else:
            holding = probe
        probe = (holding + failing) // 2
    search = _Search(model, operations, ends[:holding])
    search.run(limit)
    return search, operations[ends[holding][1]]


_KNOWN = 0
_END = -1


class _Search(Generic[S, Input, Output]):
    """The history of one key, as two chains of events in the order of time.

    Events are numbers from 1. The chain of known operations holds their calls and returns, the
    other one the calls of those that never returned; a placed operation is taken out of its chain.
    """

    def __init__(
        self,
        model: Model[S, Input, Output],
        operations: Sequence[Operation[Input, Output]],
        ends: Iterable[tuple[float, int]] | None = None,
    ) -> None:
        """``ends``: the returns to go by, with the numbers of the operations; else all."""
        self.explored = 0
        self._model = model
        self._operations = operations
        if ends is None:
            ends = ((o.returned, n) for n, o in enumerate(operations) if o.returned is not None)
        returns = [(time, 1, number) for time, number in ends]
        self._known = {number for _, _, number in returns}
        events = sorted([*((o.called, 0, n) for n, o in enumerate(operations)), *returns])
        self._unknown = len(events) + 1
        """Head of the second chain."""
        self._operation_at = [_END, *(number for _, _, number in events)]
        self._is_return = [False, *(bool(kind) for _, kind, _ in events)]
        self._call = [0] * len(operations)
        self._return = [0] * len(operations)
        for event, (_, kind, number) in enumerate(events, 1):
            (self._return if kind else self._call)[number] = event
        self._next = [_END] * (len(events) + 2)
        self._previous = [_END] * (len(events) + 2)
        last = {True: _KNOWN, False: self._unknown}
        for event, (_, _, number) in enumerate(events, 1):
            chain = number in self._known
            self._join(last[chain], event)
            last[chain] = event
        self._twin = self._find_twins()
        self._left = len(self._known)
        self._trail: list[tuple[int, S]] = []
        """What is placed, each with the state before it."""
        self._states: dict[S, None] = {model.initial: None}
        """All that were seen, in that order."""
        self._harmless: dict[object, int] = {}
        """An input, or the number of an operation, and how many states it is known not to change:
        the first of those seen."""
        self._furthest: tuple[int, int, int] = (0, 0, 0)
        self._best: list[tuple[int, S]] = []

    def run(self, limit: int) -> Result:
        """Search until there is an order, or none, or too many states were seen."""
        known = self._known
        trail = self._trail
        state, placed = self._model.initial, 0
        seen: set[tuple[int, S]] = set()
        levels = [self._moves(state, placed)]
        while self._left:
            move = next(levels[-1], None)
            if move is None:
                levels.pop()
                if not trail:
                    return Result.NOT_LINEARIZABLE
                number, state = trail.pop()
                placed ^= 1 << number
                self._left += number in known
                self._put_back(number)
                continue
            number, after = move
            memory = (placed | 1 << number, after)
            if memory in seen:
                continue
            if len(seen) >= limit:
                return Result.GAVE_UP
            seen.add(memory)
            self._states.setdefault(after)
            self.explored += 1
            trail.append((number, state))
            placed, state = memory
            self._left -= number in known
            self._take_out(number)
            levels.append(self._moves(state, placed))
        self._note(len(self._next), state)
        return Result.LINEARIZABLE

    def _moves(self, state: S, placed: int) -> Iterator[tuple[int, S]]:
        """What may come next, with the state after it: the known ones, then the others."""
        step, operations, following = self._model.step, self._operations, self._next
        changing: list[tuple[int, S]] = []
        event = following[_KNOWN]
        while not self._is_return[event]:
            number = self._operation_at[event]
            operation = operations[number]
            after = step(state, operation.input, operation.output)  # type: ignore[arg-type] # None may be an output
            if after == state:
                yield number, state
                if not self._may_change(number):
                    return
            elif after is not None:
                changing.append((number, after))
            event = following[event]
        yield from changing
        self._note(event, state)
        blocked = event
        event = following[self._unknown]
        while event != _END and event < blocked:
            number = self._operation_at[event]
            if not self._twin[number] & ~placed:
                after = step(state, operations[number].input, UNKNOWN)
                if after is not None and after != state:
                    yield number, after
            event = following[event]

    def _may_change(self, number: int) -> bool:
        """Whether it fits another state that was seen, and changes it.

        Most are reads: those of one input are looked at together, whatever they showed.
        """
        operation = self._operations[number]
        wanted, output = operation.input, operation.output
        if _has_hash(wanted) and not self._changes((wanted,), wanted, UNKNOWN):
            return False
        return self._changes(number, wanted, output)  # type: ignore[arg-type] # None may be an output

    def _changes(self, what: object, wanted: Input, output: Output | Unknown) -> bool:
        looked = self._harmless.get(what, 0)
        for state in islice(self._states, looked, None):
            if self._model.step(state, wanted, output) not in (None, state):
                return True
            looked += 1
        self._harmless[what] = looked
        return False

    def _find_twins(self) -> list[int]:
        """Of each operation of unknown outcome the one before it that wants the same, as a bit.

        0 without one. Until that is placed, to place this one is nothing new.
        """
        twins = [0] * len(self._operations)
        latest: dict[Input, int] = {}
        for number, operation in enumerate(self._operations):
            wanted = operation.input
            if number not in self._known and _has_hash(wanted):
                if wanted in latest:
                    twins[number] = 1 << latest[wanted]
                latest[wanted] = number
        return twins

    # --- what came furthest ----------------------------------------------------------------------

    def _note(self, event: int, state: S) -> None:
        """Best is who came to the latest return, with most known operations and fewest others."""
        reached = (event, -self._left, -len(self._trail))
        if reached > self._furthest:
            self._furthest = reached
            numbers = [number for number, _ in self._trail]
            befores = [before for _, before in self._trail]
            afters = [*befores[1:], state][: len(befores)]
            self._best = list(zip(numbers, afters, strict=True))

    @property
    def order(self) -> Sequence[Operation[Input, Output]]:
        return [self._operations[number] for number, _ in self._best]

    @property
    def states(self) -> Sequence[S]:
        return [state for _, state in self._best]

    @property
    def reached(self) -> int | None:
        """The operation before whose return all that had returned before had a place."""
        event = self._furthest[0]
        return self._operation_at[event] if 0 < event < len(self._operation_at) else None

    # --- the chains ------------------------------------------------------------------------------

    def _join(self, one: int, other: int) -> None:
        self._next[one] = other
        if other != _END:
            self._previous[other] = one

    def _take_out(self, number: int) -> None:
        for event in (self._call[number], self._return[number]):
            if event:
                self._join(self._previous[event], self._next[event])

    def _put_back(self, number: int) -> None:
        """In the opposite order of ``_take_out``, so that the neighbours are what they were."""
        for event in (self._return[number], self._call[number]):
            if event:
                self._next[self._previous[event]] = event
                if self._next[event] != _END:
                    self._previous[self._next[event]] = event


def _has_hash(wanted: object) -> bool:
    """A Struct that can be changed only looks so: its hash raises."""
    try:
        hash(wanted)
    except TypeError:
        return False
    return True
