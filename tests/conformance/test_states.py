"""The states that ship keep the promises of a state."""

from collections.abc import Sequence

from bench.state import KEYS, MAX_VALUE, BenchState
from bench.state import Command as BenchCommand
from bench.state import Put as Write
from raft_core.keyvalue import CompareAndSet, Delete, KeyValue, KeyValueCommand, Put
from raft_core.testing.conformance import StateConformance
from todo.state import (
    MAX_TITLE_LENGTH,
    Add,
    ClearCompleted,
    Command,
    Remove,
    Retitle,
    SetAllCompleted,
    SetCompleted,
    TodoState,
)


class TestKeyValue(StateConformance):
    def make(self) -> KeyValue:
        return KeyValue()

    def commands(self) -> Sequence[KeyValueCommand]:
        return [
            Put("a", "1"),
            Put("a", "2"),
            Put("", ""),
            Put("é€😀", "\0"),
            Delete("a"),
            Delete("a"),
            CompareAndSet("a", None, "3"),
            CompareAndSet("a", None, "4"),
            CompareAndSet("a", "3", "5"),
            CompareAndSet("never", "there", "6"),
        ]


class TestTodoState(StateConformance):
    def make(self) -> TodoState:
        return TodoState()

    def commands(self) -> Sequence[Command]:
        first, second, third, absent = (f"{number:016x}" for number in range(4))
        return [
            Add(first, "  milk "),
            Add(first, "milk again"),
            Add(second, "bread"),
            Add(third, "x" * MAX_TITLE_LENGTH),
            Add("no id", "title"),
            Add(absent, " \u2003 "),
            Add(absent, "x" * (MAX_TITLE_LENGTH + 1)),
            Retitle(second, "rye bread"),
            Retitle(absent, "nothing"),
            SetCompleted(first, completed=True),
            SetCompleted(absent, completed=True),
            ClearCompleted(),
            SetAllCompleted(completed=True),
            SetCompleted(second, completed=False),
            Remove(third),
            Remove(third),
        ]


class TestBenchState(StateConformance):
    def make(self) -> BenchState:
        return BenchState()

    def commands(self) -> Sequence[BenchCommand]:
        return [
            Write(0, "1"),
            Write(0, "2"),
            Write(KEYS - 1, ""),
            Write(1, "x" * MAX_VALUE),
            Write(1, "x" * (MAX_VALUE + 1)),
            Write(KEYS, "no such register"),
            Write(-1, "no such register"),
            Write(2, "é€😀"),
        ]
