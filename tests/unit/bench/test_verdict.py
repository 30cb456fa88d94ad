"""The verdict: right histories pass, each kind of wrong one fails, and a slower judge agrees."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any, TypeAlias

import pytest
from msgspec import Struct
from msgspec.structs import replace

from bench.history import Operation, Outcome
from bench.state import BenchState, Put, Register
from bench.verdict import LINEARIZABLE, NOT_LINEARIZABLE, NOTHING, judge
from raft_core.testing import linearizability
from tests.unit.bench.world import Bench


def wrote(key: int, value: str, called: int, returned: int, number: int) -> Operation:
    return Operation(0, key, called, returned, Outcome.DONE, value, number)


def read(key: int, called: int, returned: int, writes: int, seen: Register | None) -> Operation:
    return Operation(0, key, called, returned, Outcome.DONE, None, writes, seen)


def failed(key: int, value: str, called: int, returned: int, outcome: Outcome) -> Operation:
    return Operation(0, key, called, returned, outcome, value, 0)


A, B = Register("a", 1), Register("b", 2)


@pytest.mark.parametrize(
    "history",
    [
        pytest.param([wrote(1, "a", 1, 2, 1), read(1, 3, 4, 1, A)], id="seen after"),
        pytest.param([wrote(1, "a", 1, 4, 1), read(1, 2, 3, 0, None)], id="not yet seen meanwhile"),
        pytest.param([wrote(1, "a", 1, 4, 1), read(1, 2, 3, 1, A)], id="seen meanwhile"),
        pytest.param([wrote(1, "a", 1, 4, 2), wrote(2, "b", 2, 3, 1)], id="at once, other order"),
        pytest.param([wrote(1, "a", 1, 2, 7), read(2, 3, 4, 9, None)], id="others write as well"),
        pytest.param(
            [wrote(1, "a", 1, 2, 1), read(1, 3, 4, 2, Register("theirs", 2))], id="theirs is seen"
        ),
        pytest.param(
            [failed(1, "a", 1, 2, Outcome.UNKNOWN), read(1, 3, 4, 0, None)], id="unknown: never"
        ),
        pytest.param(
            [failed(1, "a", 1, 2, Outcome.UNKNOWN), read(1, 3, 4, 0, None), read(1, 5, 6, 1, A)],
            id="unknown: later",
        ),
        pytest.param([failed(1, "a", 1, 2, Outcome.REFUSED), read(1, 3, 4, 0, None)], id="refused"),
    ],
)
def test_a_history_that_one_copy_could_show(history: list[Operation]) -> None:
    verdict = judge(history)
    assert (verdict.result, verdict.sentence) == (LINEARIZABLE, "")
    assert verdict.judged == len(history)


@pytest.mark.parametrize(
    "history,sentence",
    [
        pytest.param(
            [wrote(1, "a", 1, 2, 1), read(1, 3, 4, 0, None)],
            "a read of key 1 saw 0 writes after somebody had seen 1",
            id="stale read",
        ),
        pytest.param(
            [wrote(1, "a", 1, 2, 1), wrote(1, "b", 3, 4, 2), read(1, 5, 6, 2, A)],
            "a read of key 1 after 2 writes saw write 1, not write 2",
            id="old value",
        ),
        pytest.param(
            [wrote(1, "a", 1, 2, 1), read(1, 3, 4, 1, None)],
            "a read of key 1 after 1 writes saw none, not write 1",
            id="lost write",
        ),
        pytest.param(
            [read(1, 1, 2, 2, B), read(1, 3, 4, 1, A)],
            "a read of key 1 saw 1 writes after somebody had seen 2",
            id="reads go back",
        ),
        pytest.param(
            [wrote(1, "a", 1, 2, 2), wrote(2, "b", 3, 4, 1)],
            "a write to key 2 is number 1, and was begun when 2 had been seen",
            id="a later write before",
        ),
        pytest.param(
            [read(1, 1, 2, 1, A), wrote(1, "a", 3, 4, 1)],
            "a write to key 1 is number 1, and was begun when 1 had been seen",
            id="seen before it was begun",
        ),
        pytest.param(
            [wrote(1, "a", 1, 4, 1), wrote(2, "b", 2, 3, 1)], "two writes are number 1", id="twins"
        ),
        pytest.param(
            [wrote(1, "a", 1, 2, 1), read(1, 3, 4, 3, Register("a", 3))],
            "one write to key 1 took effect twice, as numbers 1 and 3",
            id="applied twice",
        ),
        pytest.param(
            [failed(1, "a", 1, 2, Outcome.REFUSED), read(1, 3, 4, 1, A)],
            "a read of key 1 saw a write that was refused",
            id="refused and applied",
        ),
        pytest.param(
            [failed(1, "a", 3, 4, Outcome.UNKNOWN), read(1, 1, 2, 1, A)],
            "a write to key 1 is number 1, and was begun when 1 had been seen",
            id="unknown, seen before it was begun",
        ),
        pytest.param(
            [read(1, 1, 3, 2, A), read(1, 2, 4, 2, B)],
            "a read of key 1 after 2 writes saw write 1, not write 2",
            id="two reads of one moment differ",
        ),
        pytest.param(
            [read(1, 1, 2, 1, B)],
            "a read of key 1 after 1 writes saw write 2, not none",
            id="a write of the future",
        ),
    ],
)
def test_a_history_that_no_copy_could_show(history: list[Operation], sentence: str) -> None:
    verdict = judge(history)
    assert verdict.result == NOT_LINEARIZABLE
    assert sentence in verdict.sentence


def test_without_operations_there_is_nothing_to_judge() -> None:
    assert judge([]).result == NOTHING


def test_it_says_how_many_it_judged_of_how_many() -> None:
    verdict = judge([wrote(1, "a", 1, 2, 1), read(2, 3, 4, 1, None)], of=500)
    assert (verdict.judged, verdict.keys, verdict.of) == (2, 2, 500)


# --- the slower judge -----------------------------------------------------------------------------


class Get(Struct, frozen=True):
    key: int


Wanted: TypeAlias = Put | Get
Answer: TypeAlias = int | tuple[int, Register | None]
Memory: TypeAlias = tuple[int, tuple[Register | None, ...]]
KEYS = 2
ELSEWHERE = KEYS
"""A key that is never read: where the writes of others go."""


class Registers(linearizability.SequentialModel[Memory, Wanted, Answer]):
    """The state as its own specification, for the search that needs no numbers."""

    @property
    def initial(self) -> Memory:
        return 0, (None,) * (KEYS + 1)

    def apply(self, state: Memory, wanted: Wanted, /) -> tuple[Memory, Answer]:
        count, registers = state
        if isinstance(wanted, Get):
            return state, (count, registers[wanted.key])
        changed = list(registers)
        changed[wanted.key] = Register(wanted.value, count + 1)
        return (count + 1, tuple(changed)), count + 1


def searched(history: list[Operation], numbers: int) -> bool:
    """Whether the search of raft_core.testing finds an order; others may write, too."""
    theirs: list[linearizability.Operation[Any, Any]] = [
        linearizability.Operation("they", 0, Put(ELSEWHERE, "theirs"), None, 0, None)
        for _ in range(numbers)
    ]
    ours: list[linearizability.Operation[Any, Any]] = [
        linearizability.Operation(
            "we",
            0,
            Get(each.key) if each.value is None else Put(each.key, each.value),
            each.writes if each.value is not None else (each.writes, each.seen),
            each.called,
            each.returned if each.outcome is Outcome.DONE else None,
        )
        for each in history
        if each.outcome is not Outcome.REFUSED
    ]
    result = linearizability.check(Registers(), [*theirs, *ours]).result
    assert result is not linearizability.Result.GAVE_UP
    return result is linearizability.Result.LINEARIZABLE


def made_up(rng: Random) -> list[Operation]:
    """What clients at the same time see of one copy: each takes effect within its time."""
    state = BenchState()
    count = rng.randrange(2, 8)
    spans = [sorted(rng.sample(range(1000), 3)) for _ in range(count)]
    history: dict[int, Operation] = {}
    for number in sorted(range(count), key=lambda each: spans[each][1]):
        called, _, returned = spans[number]
        key, value = rng.randrange(KEYS), f"value {number}"
        if rng.random() < 0.5:
            seen = state.read(key)
            history[number] = read(key, called, returned, state.writes, seen)
        elif (fate := rng.random()) < 0.7:
            history[number] = wrote(key, value, called, returned, state.apply(Put(key, value)))
        else:
            if fate < 0.85:
                state.apply(Put(key, value))
            outcome = Outcome.REFUSED if fate > 0.95 else Outcome.UNKNOWN
            history[number] = failed(key, value, called, returned, outcome)
    return list(history.values())


def spoilt(rng: Random, history: list[Operation]) -> list[Operation]:
    """One answer is another, or came at another time."""
    changed = list(history)
    place = rng.randrange(len(changed))
    one = changed[place]
    seen = [None, *(each.seen for each in history if each.seen is not None)]
    seen += [Register(each.value, each.writes) for each in history if each.value and each.writes]
    match rng.randrange(3):
        case 0 if one.value is None:
            changed[place] = replace(one, seen=rng.choice(seen))
        case 1 if one.outcome is Outcome.DONE:
            changed[place] = replace(one, writes=max(0, one.writes + rng.choice([-1, 1])))
        case _:
            called, returned = sorted(rng.sample(range(1000), 2))
            changed[place] = replace(one, called=called, returned=returned)
    if changed[place].outcome is Outcome.DONE and changed[place].value and one.writes == 1:
        changed[place] = one  # writes have numbers from 1
    return changed


def test_a_search_that_needs_no_numbers_agrees() -> None:
    found: Counter[bool] = Counter()
    for seed in range(800):
        rng = Random(seed)
        history = made_up(rng)
        assert judge(history).result == LINEARIZABLE, seed
        for _ in range(rng.randrange(1, 3)):
            history = spoilt(rng, history)
        right = searched(history, numbers=len(history) + 3)
        assert (judge(history).result == LINEARIZABLE) == right, (seed, history, judge(history))
        found[right] += 1
    assert min(found[True], found[False]) > 150, found


# --- what a load records --------------------------------------------------------------------------


def test_a_run_on_one_copy_is_linearizable() -> None:
    load = Bench(outstanding=20, reads=0.5, seconds=0.5).run()
    verdict = judge(load.history.operations, load.begun)
    assert verdict.result == LINEARIZABLE
    assert verdict.judged == verdict.of == load.begun
    assert verdict.keys == 64


def test_a_cluster_that_shows_old_state_is_found_out() -> None:
    bench = Bench(outstanding=20, reads=0.5, seconds=0.5)
    bench.cluster.stale = BenchState()
    verdict = judge(bench.run().history.operations)
    assert verdict.result == NOT_LINEARIZABLE


def test_a_cluster_that_loses_a_write_is_found_out() -> None:
    bench = Bench(outstanding=20, reads=0.5, seconds=0.5)
    bench.start()
    bench.loop.run(0.2)
    bench.cluster.state.registers.clear()
    verdict = judge(bench.finish().history.operations)
    assert verdict.result == NOT_LINEARIZABLE
