"""What is linearizable and what is not, drawn; and both judged by brute force too."""

from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from raft_core.keyvalue import CompareAndSet, Delete, Put
from raft_core.testing.linearizability import (
    UNKNOWN,
    CounterModel,
    Get,
    KeyValueModel,
    Operation,
    Result,
    StateModel,
    check,
)
from raft_core.testing.linearizability.models import KeyValueInput, Value
from tests.unit.raft_core.testing.linearizability.written import KeyValueOperation, history

MODEL = KeyValueModel()


@pytest.mark.parametrize(
    "drawn",
    [
        """
        a |put 1| |get = 1|
        """,
        # A read that runs beside a write may see it or not.
        """
        a |put 1|  |---put 2 = 1----|
        b             |get = 1|
        c             |get = 2|
        """,
        # One order explains reads that seem to disagree.
        """
        a |put 1|   |----put 2 = 1----|
        b             |-get = 1-|
        c                 |-get = 2-|
        """,
        # Of two that compare, one wins.
        """
        a |put 0| |cas 0 1 = 0|
        b           |cas 0 2 = 1|
        c                         |get = 1|
        """,
        """
        a |put 1| |delete = 1| |get|
        """,
        """
        a |cas none 1| |cas none 2 = 1| |get = 1|
        """,
        # A write without an answer takes effect much later, ...
        """
        a |put 1|
        b   |put 2
        c           |get = 1| |get = 2|
        """,
        # ... or never.
        """
        a |put 1|
        b   |put 2
        c           |get = 1| |put 3 = 1|
        """,
        # Nor need a later one wait for it.
        """
        a   |put 1
        b       |put 2
        c           |get = 2| |get = 1|
        """,
    ],
)
def test_linearizable(drawn: str) -> None:
    verdict = check(MODEL, history(drawn))
    assert verdict.result is Result.LINEARIZABLE, verdict
    assert verdict.stuck is None


@pytest.mark.parametrize(
    "drawn, stuck",
    [
        pytest.param(
            """
            a |put 1| |put 2 = 1|
            b                      |get = 1|
            """,
            "b@23",
            id="a stale read",
        ),
        pytest.param(
            """
            a |put 0|
            b         |cas 0 1 = 0|
            c           |cas 0 2 = 0|
            """,
            "c@12",
            id="a lost update",
        ),
        pytest.param(
            """
            a |put 1|            |put 3 = 1|
            b         |put 2 = 1|
            """,
            "a@21",
            id="a write that is lost",
        ),
        pytest.param(
            """
            a |put 1| |put 2 = 1|
            b                      |put 3 = 2| |get = 2|
            """,
            "b@35",
            id="a write that applies twice",
        ),
        pytest.param(
            """
            a |put 1| |-----put 2 = 1-----|
            b           |get = 2|
            c                    |get = 1|
            """,
            "c@21",
            id="a read that goes back",
        ),
        pytest.param(
            """
            a |put 1| |get = 7|
            """,
            "a@10",
            id="a value out of nothing",
        ),
        pytest.param(
            """
            a |put 1|
            b          |get = 2|
            c                    |put 2
            """,
            "b@11",
            id="a write that is seen before it is made",
        ),
        pytest.param(
            """
            a |put 1|   |get = 2| |put 3 = 2| |get = 2|
            b    |put 2
            """,
            "a@34",
            id="a write without an answer that applies twice",
        ),
    ],
)
def test_not_linearizable(drawn: str, stuck: str) -> None:
    verdict = check(MODEL, history(drawn))
    assert verdict.result is Result.NOT_LINEARIZABLE
    assert verdict.stuck is not None
    assert f"{verdict.stuck.client}@{int(verdict.stuck.called)}" == stuck
    assert "no place for" in str(verdict)


def test_the_verdict_shows_the_longest_order_and_its_states() -> None:
    drawn = """
    a |put 1| |put 2 = 1| |get = 1| |put 5 = 2|
    b            |put 9
    """
    verdict = check(MODEL, history(drawn))
    assert [str(each.input) for each in verdict.order] == [
        "Put(key='x', value='1')",
        "Put(key='x', value='2')",
    ]
    assert list(verdict.states) == [("1",), ("2",)]
    assert verdict.key == "x"
    assert len(verdict.operations) == 5


def test_keys_have_nothing_to_do_with_each_other() -> None:
    one = history("a |put 1|           |get = 1|")
    other = history("b     |put 2| |get = 1|", "y")
    assert check(MODEL, one).result is Result.LINEARIZABLE
    verdict = check(MODEL, [*one, *other])
    assert verdict.result is Result.NOT_LINEARIZABLE
    assert verdict.key == "y"
    assert list(verdict.operations) == other


def test_operations_that_touch_count_as_concurrent() -> None:
    touching = [
        Operation("a", 0, 1, 2, 0.0, 1.0),
        Operation("b", 0, 1, 1, 1.0, 2.0),
    ]
    assert check(CounterModel(), touching).result is Result.LINEARIZABLE
    apart = [touching[0], Operation("b", 0, 1, 1, 1.5, 2.0)]
    assert check(CounterModel(), apart).result is Result.NOT_LINEARIZABLE


def test_an_operation_of_no_length_has_a_place() -> None:
    moment = [Operation("a", 0, 1, 1, 1.0, 1.0), Operation("a", 0, 1, 2, 1.0, 1.0)]
    assert check(CounterModel(), moment).result is Result.LINEARIZABLE


def test_an_operation_that_returns_before_its_call_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="returned before it was called"):
        check(CounterModel(), [Operation("a", 0, 1, 1, 2.0, 1.0)])


HARD = [
    *(Operation(f"{n}", 0, 2**n, None, 0.0, None) for n in range(12)),
    Operation("reader", 0, 0, -1, 1.0, 2.0),
]
"""Every subset of a dozen additions may have happened, and none explains what was read."""


def test_a_search_that_is_too_long_is_given_up_and_says_so() -> None:
    verdict = check(CounterModel(), HARD, limit=500)
    assert verdict.result is Result.GAVE_UP
    assert verdict.explored == 500
    assert "nobody knows" in str(verdict)


def test_unknown_operations_that_want_the_same_take_each_others_place() -> None:
    """Not every subset of them is tried: how many matters, and the one called first is first."""
    lost = [Operation[int, int](f"lost {n}", 0, 1, None, float(n), None) for n in range(40)]
    reads = [Operation("reader", 0, 0, n, 50.0 + 2 * n, 51.0 + 2 * n) for n in (3, 9, 25)]
    verdict = check(CounterModel(), [*lost, *reads], limit=200)
    assert verdict.result is Result.LINEARIZABLE, verdict
    back = Operation("reader", 0, 0, 24, 200.0, 201.0)
    verdict = check(CounterModel(), [*lost, *reads, back], limit=200)
    assert verdict.result is Result.NOT_LINEARIZABLE
    early = Operation("reader", 0, 0, 5, 3.5, 3.7)
    assert check(CounterModel(), [*lost, early]).result is Result.NOT_LINEARIZABLE


def test_reads_at_the_same_time_are_in_nobodys_way() -> None:
    reads = [Operation(f"reader {n}", 0, 0, n % 5, 0.0, 100.0) for n in range(40)]
    writes = [Operation("writer", 0, 1, n, 2.0 * n, 2.0 * n + 1) for n in range(1, 5)]
    assert check(CounterModel(), [*reads, *writes], limit=200).result is Result.LINEARIZABLE
    wrong = Operation("writer", 0, 1, 7, 50.0, 51.0)
    verdict = check(CounterModel(), [*reads, *writes, wrong], limit=200)
    assert verdict.result is Result.NOT_LINEARIZABLE
    assert verdict.stuck == wrong


def test_a_failure_of_another_key_counts_more_than_one_given_up() -> None:
    wrong = Operation("a", 1, 1, 2, 0.0, 1.0)
    assert check(CounterModel(), [*HARD, wrong], limit=500).result is Result.NOT_LINEARIZABLE


def test_no_operations_are_fine() -> None:
    assert check(MODEL, []).result is Result.LINEARIZABLE


# --- against brute force ------------------------------------------------------------------------

values = st.sampled_from(["1", "2"])
inputs = st.one_of(
    st.just(Get("x")),
    st.just(Delete("x")),
    st.builds(Put, st.just("x"), values),
    st.builds(CompareAndSet, st.just("x"), st.none() | values, values),
)


@st.composite
def operations(draw: st.DrawFn) -> list[KeyValueOperation]:
    found: list[KeyValueOperation] = []
    for client in "abcdef"[: draw(st.integers(0, 6))]:
        called = draw(st.integers(0, 12))
        returned = draw(st.none() | st.integers(called, 14))
        output = None if returned is None else draw(st.none() | values)
        found.append(Operation(client, "x", draw(inputs), output, called, returned))
    return found


class Silent(KeyValueModel):
    """Its writes tell nothing: whether one has changed something shows later, or never."""

    def apply(self, state: Value, wanted: KeyValueInput, /) -> tuple[Value, str | None]:
        after, before = super().apply(state, wanted)
        return after, before if isinstance(wanted, Get) else None


SILENT = Silent()


@st.composite
def silent_operations(draw: st.DrawFn) -> list[KeyValueOperation]:
    return [
        each if isinstance(each.input, Get) else replace(each, output=None)
        for each in draw(operations())
    ]


def by_brute_force(found: list[KeyValueOperation], model: KeyValueModel = MODEL) -> bool:
    """Try every subset of the unknown ones in every order."""
    known = [each for each in found if each.returned is not None]
    unknown = [each for each in found if each.returned is None]
    subsets: list[list[KeyValueOperation]] = [[]]
    for each in unknown:
        subsets += [[*subset, each] for subset in subsets]
    return any(
        explains(order, model) for subset in subsets for order in permutations([*known, *subset])
    )


def explains(order: tuple[KeyValueOperation, ...], model: KeyValueModel = MODEL) -> bool:
    state: tuple[str, ...] | None = ()
    for position, each in enumerate(order):
        if any(
            later.returned is not None and later.returned < each.called
            for later in order[position + 1 :]
        ):
            return False
        assert state is not None
        state = model.step(state, each.input, UNKNOWN if each.returned is None else each.output)
        if state is None:
            return False
    return True


@given(operations())
def test_it_agrees_with_brute_force(found: list[KeyValueOperation]) -> None:
    verdict = check(MODEL, found)
    assert (verdict.result is Result.LINEARIZABLE) == by_brute_force(found), verdict


@given(silent_operations())
def test_it_agrees_where_writes_tell_nothing(found: list[KeyValueOperation]) -> None:
    verdict = check(SILENT, found)
    assert (verdict.result is Result.LINEARIZABLE) == by_brute_force(found, SILENT), verdict


def test_a_write_that_changes_nothing_now_may_be_the_one_that_does_later() -> None:
    found: list[KeyValueOperation] = [
        Operation("a", "x", Delete("x"), None, 1, 10),
        Operation("b", "x", Put("x", "1"), None, 2, 3),
        Operation("c", "x", Get("x"), None, 4, 5),
    ]
    assert check(SILENT, found).result is Result.LINEARIZABLE
    found[2] = replace(found[2], output="2")
    assert check(SILENT, found).result is Result.NOT_LINEARIZABLE


class Add(Struct):
    """A command that can be changed has no hash."""

    number: int


class Sum(Struct):
    total: int = 0

    def apply(self, command: Add) -> int:
        self.total += command.number
        return self.total


def test_commands_without_a_hash_are_judged_like_others() -> None:
    lost: Operation[Add, int] = Operation("a", "sum", Add(1), None, 1, None)
    known = Operation("b", "sum", Add(1), 3, 2, 3)
    nothing = Operation("c", "sum", Add(0), 3, 4, 5)
    model: StateModel[Add, int] = StateModel(Sum)
    assert check(model, [lost, lost, known, nothing]).result is Result.LINEARIZABLE
    assert check(model, [lost, known, nothing]).result is Result.NOT_LINEARIZABLE


@given(operations())
def test_a_failure_is_that_of_its_smallest_prefix(found: list[KeyValueOperation]) -> None:
    verdict = check(MODEL, found)
    if verdict.result is Result.LINEARIZABLE:
        return
    stuck = verdict.stuck
    assert stuck is not None
    assert stuck.returned is not None
    at = stuck.returned
    assert check(MODEL, before(found, at, inclusive=True)).result is Result.NOT_LINEARIZABLE
    assert check(MODEL, before(found, at, inclusive=False)).result is Result.LINEARIZABLE
    assert explains(tuple(before(list(verdict.order), at, inclusive=False)))


def before(
    found: list[KeyValueOperation], time: float, *, inclusive: bool
) -> list[KeyValueOperation]:
    """What was known then: later returns are unknown, later calls not there."""
    return [
        each
        if each.returned is not None
        and (each.returned < time or (inclusive and each.returned == time))
        else Operation(each.client, each.key, each.input, None, each.called, None)
        for each in found
        if each.called <= time
    ]


# --- with many operations -----------------------------------------------------------------------


def made(rng: Random, count: int, *, keys: int, clients: int) -> list[KeyValueOperation]:
    """A history that a single copy showed: every operation takes effect at a moment of its own."""
    free = [0.0] * clients
    planned = []
    for _ in range(count):
        client = min(range(clients), key=free.__getitem__)
        called = free[client] + rng.random()
        effect = called + rng.random()
        free[client] = effect + rng.random()
        planned.append((effect, client, called, free[client], rng.random() < 0.02))
    states: dict[str, tuple[str, ...]] = {}
    found: list[KeyValueOperation] = []
    for effect, client, called, returned, lost in sorted(planned):
        key = f"k{rng.randrange(keys)}"
        choice: list[KeyValueInput] = [
            Get(key),
            Put(key, f"{effect}"),
            CompareAndSet(key, "0", f"{effect}"),
        ]
        wanted = rng.choice(choice)
        states[key], output = MODEL.apply(states.get(key, ()), wanted)
        found.append(
            Operation(
                f"{client}",
                key,
                wanted,
                None if lost else output,
                called,
                None if lost else returned,
            )
        )
    return found


@pytest.mark.parametrize("keys", [1, 20])
def test_thousands_of_operations_take_few_more_states_than_there_are(keys: int) -> None:
    found = made(Random(1), 4000, keys=keys, clients=8)
    verdict = check(MODEL, found)
    assert verdict.result is Result.LINEARIZABLE
    assert verdict.explored < 40_000


def test_one_wrong_read_among_thousands_is_found() -> None:
    found = made(Random(2), 4000, keys=20, clients=8)
    reads = [n for n, each in enumerate(found) if each.returned and isinstance(each.input, Get)]
    wrong = reads[len(reads) // 2]
    each = found[wrong]
    found[wrong] = Operation(each.client, each.key, each.input, "never", each.called, each.returned)
    verdict = check(MODEL, found)
    assert verdict.result is Result.NOT_LINEARIZABLE
    assert verdict.stuck == found[wrong]
