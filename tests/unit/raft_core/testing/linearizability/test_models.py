"""Each model says what a single copy does, and that of keyvalue what KeyValue does."""

from hypothesis import given
from hypothesis import strategies as st

from raft_core.keyvalue import CompareAndSet, Delete, KeyValue, KeyValueCommand, Put
from raft_core.testing.linearizability import (
    UNKNOWN,
    Append,
    CounterModel,
    Get,
    KeyValueModel,
    ListModel,
    Model,
    Operation,
    ReadAll,
    Result,
    StateModel,
    check,
)

commands = st.one_of(
    st.builds(Put, st.just("x"), st.sampled_from("12")),
    st.builds(Delete, st.just("x")),
    st.builds(CompareAndSet, st.just("x"), st.none() | st.sampled_from("12"), st.just("3")),
)


@given(st.lists(commands))
def test_the_model_of_a_key_gives_what_the_state_gives(wanted: list[KeyValueCommand]) -> None:
    real, model = KeyValue(), KeyValueModel()
    state = model.initial
    for command in wanted:
        state, output = model.apply(state, command)
        assert output == real.apply(command)
        assert model.apply(state, Get("x")) == (state, real.items.get("x"))


@given(st.lists(commands))
def test_a_state_is_a_model_of_itself(wanted: list[KeyValueCommand]) -> None:
    real = KeyValue()
    model: StateModel[KeyValueCommand, str | None] = StateModel(KeyValue)
    state = model.initial
    for command in wanted:
        after = model.step(state, command, real.apply(command))
        assert after is not None
        assert model.step(state, command, "never") is None
        state = after


def test_a_counter_comes_to_its_sum() -> None:
    model = CounterModel()
    assert model.apply(3, 4) == (7, 7)
    assert model.apply(3, 0) == (3, 3)


def test_a_list_grows_at_its_end() -> None:
    model = ListModel()
    assert model.apply(("a",), Append("b")) == (("a", "b"), 2)
    assert model.apply(("a",), ReadAll()) == (("a",), ("a",))


def test_an_append_that_applies_twice_is_seen_in_a_list() -> None:
    found: list[Operation[Append | ReadAll, int | tuple[str, ...]]] = [
        Operation("a", "list", Append("x"), 1, 0, 1),
        Operation("b", "list", ReadAll(), ("x", "x"), 2, 3),
    ]
    assert check(ListModel(), found).result is Result.NOT_LINEARIZABLE


def test_any_output_will_do_where_nobody_saw_it() -> None:
    assert KeyValueModel().step(("1",), Put("x", "2"), UNKNOWN) == ("2",)
    assert KeyValueModel().step(("1",), Put("x", "2"), None) is None


class LocalReads:
    """A model that is no ``SequentialModel``: its reads may be old."""

    initial = 0

    def step(self, state: int, wanted: int, output: object) -> int | None:
        if wanted == 0 and isinstance(output, int):
            return state if output <= state else None
        return state + wanted


def test_a_model_may_allow_several_outputs() -> None:
    model: Model[int, int, int] = LocalReads()
    found = [Operation("a", 0, 5, 5, 0, 1), Operation("b", 0, 0, 0, 2, 3)]
    assert check(model, found).result is Result.LINEARIZABLE
    assert check(CounterModel(), found).result is Result.NOT_LINEARIZABLE
