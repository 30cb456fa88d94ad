"""How a user's State becomes bytes and back."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec import DecodeError, Struct, ValidationError

from raft_core.errors import InvalidState
from raft_core.keeping import keeper_of
from raft_core.nesting import MAX_NESTING


class Counted(Struct):
    value: int = 0
    names: list[str] = []


@dataclass
class Plain:
    value: int = 0
    names: list[str] = field(default_factory=list)


class Own:
    def __init__(self) -> None:
        self.names = {"a"}

    def snapshot(self) -> bytes:
        return ",".join(sorted(self.names)).encode()

    def restore(self, data: bytes) -> None:
        self.names = set(data.decode().split(","))


@pytest.mark.parametrize("kind", [Counted, Plain])
def test_the_fields_of_a_struct_or_dataclass_are_saved(kind: type[Any]) -> None:
    data = keeper_of(kind(3, ["x"])).save()
    other = kind(9, ["y", "z"])
    keeper_of(other).load(data)
    assert other == kind(3, ["x"])


def test_it_stays_the_object_that_others_hold() -> None:
    state = Counted(3)
    names = state.names
    keeper_of(state)
    assert state.names is names


def test_methods_of_its_own_come_first() -> None:
    state = Own()
    state.names = {"b", "a"}
    data = keeper_of(state).save()
    assert data == b"a,b"
    other = Own()
    keeper_of(other).load(data)
    assert other.names == {"a", "b"}


def test_a_struct_may_have_methods_of_its_own() -> None:
    class Short(Counted):
        def snapshot(self) -> bytes:
            return b"%d" % self.value

        def restore(self, data: bytes) -> None:
            self.value = int(data)

    assert keeper_of(Short(7, ["x"])).save() == b"7"


def test_bytes_of_another_form_are_an_error_and_change_nothing() -> None:
    state = Counted(3, ["x"])
    with pytest.raises(ValidationError):
        keeper_of(state).load(keeper_of(Plain()).save()[:1] + b"\xa5value\xa1x")
    assert state == Counted(3, ["x"])


class Frozen(Struct, frozen=True):
    value: int = 0


class Unreadable(Struct):
    value: object = object()


class Bare:
    value = 0


@pytest.mark.parametrize(
    "state,lacks",
    [
        (Bare(), "Bare cannot be saved: make it a msgspec.Struct or a dataclass, or give it"),
        (Frozen(), "Frozen cannot be saved by its fields .*: give it methods snapshot"),
        (Unreadable(), "Unreadable cannot be saved by its fields .*: give it methods snapshot"),
    ],
)
def test_what_cannot_be_saved_says_what_to_add(state: object, lacks: str) -> None:
    with pytest.raises(InvalidState, match=lacks):
        keeper_of(state)


def test_bytes_nested_too_deeply_are_not_even_tried() -> None:
    with pytest.raises(DecodeError, match="nested over 500 levels"):
        keeper_of(Counted()).load(b"\x81\xa5later" + b"\x91" * 100_000)


class Chain(Struct):
    value: int = 0
    next: "Chain | None" = None


def test_what_could_not_be_loaded_again_is_not_saved() -> None:
    state = Chain()
    keeper = keeper_of(state)
    for _ in range(MAX_NESTING - 1):
        state.next = Chain(1, state.next)
    keeper_of(Chain()).load(keeper.save())
    state.next = Chain(1, state.next)
    with pytest.raises(DecodeError, match="nested over 500 levels"):
        keeper.save()


def test_what_is_kept_beside_the_fields_would_be_lost() -> None:
    state = Plain(3)
    state.index = {}  # type: ignore[attr-defined]
    with pytest.raises(InvalidState, match="would be saved by its fields, and so without index"):
        keeper_of(state)
