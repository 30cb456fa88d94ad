"""The state suite rejects a state that breaks a promise."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import pytest
from msgspec import Struct

from raft_core.interfaces import State
from raft_core.testing.conformance import StateConformance
from tests.conformance.running import names, rejection, rejections

_numbers = itertools.count()
"""Stands for a clock, or randomness: what no two members have in common."""


class Increment(Struct, tag="increment"):
    by: int = 1


class Counter(Struct):
    """What the broken ones are made of."""

    value: int = 0

    def apply(self, command: Increment) -> int:
        self.value += command.by
        return self.value


class WithoutTypes(Struct):
    value: int = 0

    def apply(self, command, _more=None):  # type: ignore[no-untyped-def]
        self.value += 1


class NumberedAtBirth(Counter):
    value: int = 0

    def __post_init__(self) -> None:
        self.value = next(_numbers)


class TakingObjects(Struct):
    """Takes what comes back from the log as another type."""

    value: int = 0

    def apply(self, command: dict[str, Any]) -> int:
        self.value += 1
        return self.value


class PromisingText(Struct):
    value: int = 0

    def apply(self, command: Increment) -> str:
        self.value += command.by
        return self.value  # type: ignore[return-value]


class ReturningTuples(Struct):
    """Announces a list; a tuple comes back as one, and is not equal to it."""

    value: int = 0

    def apply(self, command: Increment) -> list[int]:
        self.value += command.by
        return (self.value,)  # type: ignore[return-value]


class Timing(Counter):
    def apply(self, command: Increment) -> int:
        super().apply(command)
        return next(_numbers)


class FailingByChance(Counter):
    def apply(self, command: Increment) -> int:
        super().apply(command)
        raise ValueError(f"at {next(_numbers)}")


class KeepingTheTime(Counter):
    changed: int = 0

    def apply(self, command: Increment) -> int:
        self.changed = next(_numbers)
        return super().apply(command)


class Sharing:
    """Keeps its items in its class."""

    items: ClassVar[list[int]] = []

    def apply(self, command: Increment) -> int:
        self.items.append(command.by)
        return command.by

    def snapshot(self) -> bytes:
        return bytes(self.items)

    def restore(self, data: bytes) -> None:
        self.items[:] = data


class ChangingCommands(Counter):
    def apply(self, command: Increment) -> int:
        result = super().apply(command)
        command.by = 0
        return result


class Idle(Counter):
    def apply(self, command: Increment) -> int:
        return 0


class SavingHalf(Counter):
    """Holds more than it saves."""

    count: int = 0

    def apply(self, command: Increment) -> int:
        self.count += 1
        return super().apply(command)

    def snapshot(self) -> bytes:
        return b"%d" % self.value

    def restore(self, data: bytes) -> None:
        self.value = int(data)


class HidingHalf(SavingHalf):
    """What it does not save shows in no encoding, but in its results."""

    def apply(self, command: Increment) -> int:
        return super().apply(command) + self.count


class CountingSaves(Counter):
    saves: int = 0

    def snapshot(self) -> bytes:
        self.saves += 1
        return b"%d" % self.value

    def restore(self, data: bytes) -> None:
        self.value = int(data)


class Refusing(Counter):
    """Sound: raises for some commands, on every member alike."""

    def apply(self, command: Increment) -> int:
        if command.by < 0:
            raise ValueError("only upwards")
        return super().apply(command)


BROKEN = [
    (WithoutTypes, "apply_says_its_types"),
    (NumberedAtBirth, "two_new_states_are_equal"),
    (TakingObjects, "commands_come_back_from_the_log_equal"),
    (PromisingText, "results_come_back_equal"),
    (ReturningTuples, "results_come_back_equal"),
    (Timing, "equal_logs_give_equal_results"),
    (FailingByChance, "equal_logs_give_equal_results"),
    (KeepingTheTime, "equal_logs_give_equal_states"),
    (Sharing, "states_have_nothing_in_common"),
    (ChangingCommands, "apply_leaves_its_command_as_it_was"),
    (SavingHalf, "a_snapshot_restores_what_the_state_holds"),
    (HidingHalf, "a_restored_state_goes_on_like_the_one_that_was_saved"),
    (CountingSaves, "saving_changes_nothing"),
    (Idle, "the_commands_have_an_effect"),
]


def suite_of(state: Callable[[], State[Any, Any]]) -> type[StateConformance]:
    class Suite(StateConformance):
        def make(self) -> State[Any, Any]:
            return state()

        def commands(self) -> Sequence[Any]:
            return [Increment(), Increment(-5), Increment(2**40)]

        def encode(self, state: State[Any, Any]) -> bytes:
            return (
                repr(state.items).encode() if isinstance(state, Sharing) else super().encode(state)
            )

    return Suite


@pytest.fixture(autouse=True)
def _nothing_shared_yet() -> None:
    Sharing.items.clear()


@pytest.mark.parametrize("broken, test", BROKEN)
async def test_a_broken_state_is_rejected(broken: type[State[Any, Any]], test: str) -> None:
    assert await rejection(suite_of(broken), test)


@pytest.mark.parametrize("sound", [Counter, Refusing])
async def test_a_sound_state_is_not(sound: type[State[Any, Any]]) -> None:
    assert await rejections(suite_of(sound)) == {}


def test_every_test_of_the_suite_rejects_something() -> None:
    assert {test for _, test in BROKEN} == names(StateConformance)


async def test_a_state_that_changes_its_commands_is_rejected_whatever_ran_before() -> None:
    """Also where the author gives the same objects at every call, as a list of a module."""
    given = [Increment(1), Increment(2)]

    class Suite(suite_of(ChangingCommands)):  # type: ignore[misc] # made by a function
        def commands(self) -> Sequence[Any]:
            return given

    assert "apply_leaves_its_command_as_it_was" in await rejections(Suite)
    assert given == [Increment(1), Increment(2)]


async def test_who_holds_what_msgspec_cannot_tell_is_asked_to_say_it() -> None:
    class Suite(StateConformance):
        def make(self) -> Sharing:
            return Sharing()

        def commands(self) -> Sequence[Any]:
            return [Increment()]

    assert "def encode(self, state)" in (await rejection(Suite, "two_new_states_are_equal") or "")


async def test_no_commands_are_no_proof() -> None:
    class Suite(StateConformance):
        def make(self) -> Counter:
            return Counter()

        def commands(self) -> Sequence[Increment]:
            return []

    assert await rejection(Suite, "equal_logs_give_equal_results") == "commands() gave none"


def test_without_hooks_the_reason_is_given() -> None:
    with pytest.raises(NotImplementedError, match="def make"):
        StateConformance().make()
    with pytest.raises(NotImplementedError, match="def commands"):
        StateConformance().commands()
