"""What a single copy of the data would do, one operation after the other."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from raft_core.interfaces import State
from raft_core.keyvalue import CompareAndSet, Delete, Put
from raft_core.testing.linearizability.operations import UNKNOWN, Unknown

S = TypeVar("S")
Input_contra = TypeVar("Input_contra", contravariant=True)
Output_contra = TypeVar("Output_contra", contravariant=True)
Input = TypeVar("Input")
Output = TypeVar("Output")


class Model(Protocol[S, Input_contra, Output_contra]):
    """A sequential specification. States are hashable, never changed, and never None."""

    @property
    def initial(self) -> S:
        """The state of a key before its first operation."""
        ...

    def step(self, state: S, wanted: Input_contra, output: Output_contra | Unknown, /) -> S | None:
        """The state after an operation; None if it could not have had that output.

        ``UNKNOWN`` is an output that nobody saw: any will do.
        """
        ...


class SequentialModel(ABC, Generic[S, Input, Output]):
    """A ``Model`` whose every operation has exactly one output: say which, that is all."""

    @property
    @abstractmethod
    def initial(self) -> S:
        """See ``Model``."""

    @abstractmethod
    def apply(self, state: S, wanted: Input, /) -> tuple[S, Output]:
        """The state after an operation, and its output."""

    def step(self, state: S, wanted: Input, output: Output | Unknown, /) -> S | None:
        """See ``Model``."""
        after, right = self.apply(state, wanted)
        return after if output is UNKNOWN or output == right else None


class Get(Struct, frozen=True, tag="get"):
    """Read ``key``. Result: its value, None without one."""

    key: str


KeyValueInput: TypeAlias = Get | Put | Delete | CompareAndSet
Value: TypeAlias = tuple[str, ...]


class KeyValueModel(SequentialModel[Value, KeyValueInput, str | None]):
    """One key of ``raft_core.keyvalue``: every result is the value that the key had before.

    The state is ``(value,)``, or ``()`` without one. It is a register, too: put and get.
    """

    @property
    def initial(self) -> Value:
        return ()

    def apply(self, state: Value, wanted: KeyValueInput, /) -> tuple[Value, str | None]:
        before = state[0] if state else None
        if isinstance(wanted, Put):
            return (wanted.value,), before
        if isinstance(wanted, Delete):
            return (), before
        if isinstance(wanted, CompareAndSet) and before == wanted.expected:
            return (wanted.value,), before
        return state, before


class CounterModel(SequentialModel[int, int, int]):
    """A counter: the input is what to add (0: a read), the result what it comes to."""

    def __init__(self, initial: int = 0) -> None:
        self._initial = initial

    @property
    def initial(self) -> int:
        return self._initial

    def apply(self, state: int, wanted: int, /) -> tuple[int, int]:
        return state + wanted, state + wanted


class Append(Struct, frozen=True, tag="append"):
    """Add to the end. Result: its place, from 1."""

    item: str


class ReadAll(Struct, frozen=True, tag="read"):
    """Result: all items, in order."""


Items: TypeAlias = tuple[str, ...]


class ListModel(SequentialModel[Items, Append | ReadAll, int | Items]):
    """A list that grows: what shows lost, doubled and swapped writes best."""

    @property
    def initial(self) -> Items:
        return ()

    def apply(self, state: Items, wanted: Append | ReadAll, /) -> tuple[Items, int | Items]:
        if isinstance(wanted, Append):
            return (*state, wanted.item), len(state) + 1
        return state, state


class StateModel(SequentialModel[bytes, Input, Output]):
    """Any ``State`` that msgspec can encode, as the specification of itself; one key for all.

    ``make`` returns a new one. Every step decodes and encodes it: good for small states.
    """

    def __init__(self, make: Callable[[], State[Input, Output]]) -> None:
        state: Any = make()
        self._initial = msgspec.msgpack.encode(state)
        self._decode: Callable[[bytes], Any] = msgspec.msgpack.Decoder(type(state)).decode

    @property
    def initial(self) -> bytes:
        return self._initial

    def apply(self, state: bytes, wanted: Input, /) -> tuple[bytes, Output]:
        copy = self._decode(state)
        output: Output = copy.apply(wanted)
        return msgspec.msgpack.encode(copy), output
