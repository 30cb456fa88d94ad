"""The replicated list: what each command does, and what holds whatever the commands."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo.state import (
    MAX_TITLE_LENGTH,
    Add,
    ClearCompleted,
    Command,
    Outcome,
    Remove,
    Result,
    Retitle,
    SetAllCompleted,
    SetCompleted,
    Todo,
    TodoState,
    clean_title,
    title_fault,
)

A, B, C = "000000000000000a", "000000000000000b", "000000000000000c"

# Few ids, so that commands meet; some that no window makes, since anyone may send them.
ids = st.sampled_from([A, B, C, "", "A" * 16, "000000000000000a\n"])
titles = st.sampled_from(["milk", " milk\t", "", " ", "x" * (MAX_TITLE_LENGTH + 1)]) | st.text()
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(Add, ids, titles),
    st.builds(Retitle, ids, titles),
    st.builds(SetCompleted, ids, st.booleans()),
    st.builds(SetAllCompleted, st.booleans()),
    st.builds(Remove, ids),
    st.builds(ClearCompleted),
)


def state_of(*commands: Command) -> TodoState:
    state = TodoState()
    for command in commands:
        state.apply(command)
    return state


def shown(state: TodoState) -> list[tuple[str, str, bool]]:
    return [(key, todo.title, todo.completed) for key, todo in state.todos.items()]


def outcome(state: TodoState, command: Command) -> Outcome:
    return state.apply(command).outcome


class TestAdd:
    def test_appends_an_active_item(self) -> None:
        state = state_of(Add(B, "first"))
        assert outcome(state, Add(A, "second")) is Outcome.DONE
        assert shown(state) == [(B, "first", False), (A, "second", False)]

    def test_trims_the_title(self) -> None:
        assert shown(state_of(Add(A, " \tbuy  milk\u00a0\ufeff"))) == [(A, "buy  milk", False)]

    def test_of_an_id_that_is_there_changes_nothing(self) -> None:
        state = state_of(Add(A, "one"), SetCompleted(A, completed=True))
        assert outcome(state, Add(A, "other")) is Outcome.UNCHANGED
        assert shown(state) == [(A, "one", True)]

    @pytest.mark.parametrize("title", ["", "   ", "\u3000\n"])
    def test_refuses_an_empty_title(self, title: str) -> None:
        state = state_of()
        assert outcome(state, Add(A, title)) is Outcome.TITLE_EMPTY
        assert shown(state) == []

    def test_takes_the_longest_title_and_refuses_a_longer_one(self) -> None:
        longest = "\N{GRINNING FACE}" * MAX_TITLE_LENGTH
        state = state_of()
        assert outcome(state, Add(A, f" {longest} ")) is Outcome.DONE
        assert outcome(state, Add(B, longest + "!")) is Outcome.TITLE_TOO_LONG
        assert list(state.todos) == [A]

    @pytest.mark.parametrize(
        "bad", ["", "a", A.upper(), "g" * 16, A + "0", A + "\n", "\N{FULLWIDTH DIGIT ONE}" * 16]
    )
    def test_refuses_what_is_no_id(self, bad: str) -> None:
        state = state_of()
        assert outcome(state, Add(bad, "milk")) is Outcome.BAD_ID
        assert shown(state) == []


class TestRetitle:
    def test_keeps_place_and_completion(self) -> None:
        state = state_of(Add(A, "one"), Add(B, "two"), SetCompleted(A, completed=True))
        assert outcome(state, Retitle(A, " uno ")) is Outcome.DONE
        assert shown(state) == [(A, "uno", True), (B, "two", False)]

    def test_to_the_same_title_changes_nothing(self) -> None:
        assert outcome(state_of(Add(A, "one")), Retitle(A, "one ")) is Outcome.UNCHANGED

    def test_refuses_bad_titles(self) -> None:
        state = state_of(Add(A, "one"))
        assert outcome(state, Retitle(A, " ")) is Outcome.TITLE_EMPTY
        assert outcome(state, Retitle(A, "x" * 501)) is Outcome.TITLE_TOO_LONG
        assert shown(state) == [(A, "one", False)]


class TestCompletion:
    def test_of_one_item(self) -> None:
        state = state_of(Add(A, "one"), Add(B, "two"))
        assert outcome(state, SetCompleted(B, completed=True)) is Outcome.DONE
        assert outcome(state, SetCompleted(B, completed=True)) is Outcome.UNCHANGED
        assert shown(state) == [(A, "one", False), (B, "two", True)]
        assert (state.active_count, state.completed_count) == (1, 1)
        assert outcome(state, SetCompleted(B, completed=False)) is Outcome.DONE
        assert (state.active_count, state.completed_count) == (2, 0)

    def test_of_all_items(self) -> None:
        state = state_of(Add(A, "one"), Add(B, "two"), SetCompleted(B, completed=True))
        assert outcome(state, SetAllCompleted(completed=True)) is Outcome.DONE
        assert outcome(state, SetAllCompleted(completed=True)) is Outcome.UNCHANGED
        assert state.active_count == 0
        assert outcome(state, SetAllCompleted(completed=False)) is Outcome.DONE
        assert state.completed_count == 0

    def test_clear_removes_the_completed_only(self) -> None:
        state = state_of(Add(A, "one"), Add(B, "two"), Add(C, "three"))
        assert outcome(state, ClearCompleted()) is Outcome.UNCHANGED
        state.apply(SetCompleted(B, completed=True))
        assert outcome(state, ClearCompleted()) is Outcome.DONE
        assert list(state.todos) == [A, C]


def test_remove_takes_the_item_it_names_and_no_other() -> None:
    state = state_of(Add(A, "one"), Add(B, "two"), Add(C, "three"), Remove(A))
    assert outcome(state, Remove(B)) is Outcome.DONE
    assert shown(state) == [(C, "three", False)]


@pytest.mark.parametrize("command", [Retitle(A, "x"), SetCompleted(A, completed=True), Remove(A)])
def test_a_command_for_an_item_that_is_gone_says_so_and_does_nothing(command: Command) -> None:
    state = state_of(Add(A, "one"), Add(B, "two"), Remove(A))
    assert outcome(state, command) is Outcome.UNKNOWN_ID
    assert shown(state) == [(B, "two", False)]


def test_every_result_has_the_revision_it_left() -> None:
    state = state_of()
    assert state.apply(Add(A, "one")) == Result(Outcome.DONE, 1)
    assert state.apply(Remove(B)) == Result(Outcome.UNKNOWN_ID, 2)
    assert state.revision == 2


def test_a_copy_changes_alone() -> None:
    state = state_of(Add(A, "one"))
    copy = state.copy()
    copy.apply(Retitle(A, "uno"))
    copy.apply(Add(B, "two"))
    assert shown(state) == [(A, "one", False)]
    assert state.revision == 1


@given(st.lists(commands))
def test_replicas_that_apply_the_same_commands_are_equal(history: list[Command]) -> None:
    one, other = TodoState(), TodoState()
    assert [one.apply(command) for command in history] == [
        other.apply(command) for command in history
    ]
    assert one == other
    assert list(one.todos) == list(other.todos)  # equal dicts may differ in order


@given(st.lists(commands), st.integers(0))
def test_a_replica_restored_from_a_snapshot_goes_on_like_the_others(
    history: list[Command], cut: int
) -> None:
    cut = min(cut, len(history))
    whole, before = state_of(*history), state_of(*history[:cut])
    restored = msgspec.msgpack.decode(msgspec.msgpack.encode(before), type=TodoState)
    for command in history[cut:]:
        restored.apply(command)
    assert shown(restored) == shown(whole)
    assert restored.revision == whole.revision


@pytest.mark.parametrize("codec", [msgspec.msgpack, msgspec.json])
@given(value=commands)
def test_commands_survive_encoding(codec: Any, value: Command) -> None:
    assert codec.decode(codec.encode(value), type=Command) == value


@given(st.lists(commands))
def test_results_survive_encoding(history: list[Command]) -> None:
    state = TodoState()
    for command in history:
        result = state.apply(command)
        decoded = msgspec.msgpack.decode(msgspec.msgpack.encode(result), type=Result)
        assert decoded == result
        assert decoded.outcome is result.outcome


@given(st.lists(commands))
def test_whatever_is_applied_the_list_keeps_its_rules(history: list[Command]) -> None:
    state = TodoState()
    added: list[str] = []
    for command in history:
        before = shown(state)
        result = state.apply(command)
        if result.outcome is not Outcome.DONE:
            assert shown(state) == before
        elif isinstance(command, Add):
            added = [key for key in added if key != command.id] + [command.id]
    for key, todo in state.todos.items():
        assert re.fullmatch("[0-9a-f]{16}", key)
        assert todo.title == clean_title(todo.title)
        assert title_fault(todo.title) is None
    # Each id is there once, and in the order of its (last) add.
    assert list(state.todos) == [key for key in added if key in state.todos]
    assert state.active_count + state.completed_count == len(state.todos)


@given(st.text(st.characters()))
def test_a_clean_title_can_be_encoded_and_stays_clean(text: str) -> None:
    title = clean_title(text)
    msgspec.msgpack.encode(title)
    assert clean_title(title) == title


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    assert clean_title("a\ud83d") == "a?"


def test_inner_blanks_and_invisible_joiners_stay() -> None:
    assert clean_title(" a \N{ZERO WIDTH JOINER} b ") == "a \N{ZERO WIDTH JOINER} b"
    assert Todo(clean_title("a\tb")).title == "a\tb"
