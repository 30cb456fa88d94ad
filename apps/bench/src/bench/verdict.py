"""Tells whether a single copy of the registers could have shown what a run saw: linearizability.

Every write's answer is its number among all writes, and every read says how many there had been.
So the order is known, which a checker for any kind of data has to search for, and to look whether
it holds takes little more than to sort. An order that explains the history exists if and only if

1. no two writes have one number, and no write has two;
2. whatever was called after another returned has its place behind it: writes a higher number, reads
   no lower one (Herlihy and Wing 1990, real-time order);
3. a read saw in its register the last of that register's writes up to its own number;
4. nobody saw a write that was refused.

It holds for any part of a history, so a sample can prove a fault and never invents one; writes of
others, whose numbers are missing, are no gap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from bench.history import Operation, Outcome

LINEARIZABLE: Final = "linearizable"
NOT_LINEARIZABLE: Final = "not linearizable"
NOTHING: Final = "nothing to judge"


class Verdict(Struct, frozen=True, kw_only=True):
    """What came of it."""

    result: str = NOTHING
    judged: int = 0
    """Operations looked at."""
    keys: int = 0
    """Registers that they belong to."""
    of: int = 0
    """Operations of the whole run, warm-up included."""
    sentence: str = ""
    """Of a history that fails: what nobody can explain."""


class _Fault(Exception):
    """The history has no order; the sentence says why."""


def judge(operations: Sequence[Operation], of: int | None = None) -> Verdict:
    """Judge them; `of` is how many there were, if these are a sample."""
    total = len(operations) if of is None else of
    keys = len({each.key for each in operations})
    if not operations:
        return Verdict(of=total)
    sentence = ""
    try:
        writes = _Writes(operations)
        _check_order(operations, writes)
        _check_reads(operations, writes)
    except _Fault as fault:
        sentence = str(fault)
    return Verdict(
        result=NOT_LINEARIZABLE if sentence else LINEARIZABLE,
        judged=len(operations),
        keys=keys,
        of=total,
        sentence=sentence,
    )


class _Writes:
    """All writes whose numbers are known: from their answers, and because a read saw them."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._by_number: dict[int, tuple[int, str]] = {}
        self._number_of: dict[str, int] = {}
        refused = {each.value for each in operations if each.outcome is Outcome.REFUSED}
        for each in operations:
            if each.outcome is not Outcome.DONE:
                continue
            if each.value is not None:
                self._place(each.writes, each.key, each.value)
            elif each.seen is not None:
                seen = each.seen
                if seen.value in refused:
                    raise _Fault(f"a read of key {each.key} saw a write that was refused")
                self._place(seen.write, each.key, seen.value)
        self._numbers: dict[int, list[int]] = defaultdict(list)
        for number in sorted(self._by_number):
            self._numbers[self._by_number[number][0]].append(number)

    def _place(self, number: int, key: int, value: str) -> None:
        if self._by_number.setdefault(number, (key, value)) != (key, value):
            raise _Fault(f"two writes are number {number}, one of them to key {key}")
        if self._number_of.setdefault(value, number) != number:
            raise _Fault(
                f"one write to key {key} took effect twice, as numbers "
                f"{self._number_of[value]} and {number}"
            )

    def number_of(self, value: str) -> int | None:
        """The number of the write of this value, which is unique; None if nobody knows."""
        return self._number_of.get(value)

    def last(self, key: int, number: int) -> int | None:
        """The last known write to `key` up to `number`."""
        numbers = self._numbers[key]
        place = bisect_right(numbers, number)
        return numbers[place - 1] if place else None


def _check_order(operations: Sequence[Operation], writes: _Writes) -> None:
    """Rule 2. Goes through the calls, and before each through the returns that preceded it."""
    returned = sorted(
        (each for each in operations if each.outcome is Outcome.DONE),
        key=lambda each: each.returned,
    )
    ended, highest = 0, 0
    for each in sorted(operations, key=lambda each: each.called):
        while ended < len(returned) and returned[ended].returned < each.called:
            highest = max(highest, returned[ended].writes)
            ended += 1
        if each.value is None:
            if each.writes < highest:
                raise _Fault(
                    f"a read of key {each.key} saw {each.writes} writes after somebody had seen "
                    f"{highest}"
                )
            continue
        number = each.writes if each.outcome is Outcome.DONE else writes.number_of(each.value)
        if number is not None and number <= highest:
            raise _Fault(
                f"a write to key {each.key} is number {number}, and was begun when {highest} had "
                "been seen"
            )


def _check_reads(operations: Sequence[Operation], writes: _Writes) -> None:
    """Rule 3."""
    for each in operations:
        if each.value is not None:
            continue
        seen = None if each.seen is None else each.seen.write
        right = writes.last(each.key, each.writes)
        if seen != right:
            raise _Fault(
                f"a read of key {each.key} after {each.writes} writes saw "
                f"{_write(seen)}, not {_write(right)}"
            )


def _write(number: int | None) -> str:
    return "none" if number is None else f"write {number}"
