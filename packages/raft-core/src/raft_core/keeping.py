"""How a user's State becomes bytes and back: by its own methods, or by its fields."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, Protocol

import msgspec

from raft_core.errors import InvalidState
from raft_core.interfaces import SnapshotState
from raft_core.nesting import may_be_deep, require_shallow


class Keeper(Protocol):
    """Saves one state, and loads it again into the same object, which others hold."""

    def save(self) -> bytes:
        """:raises TypeError, ValueError: it could not be loaded again: nothing may rely on it"""
        ...

    def load(self, data: bytes, /) -> None: ...


class _OwnMethods:
    def __init__(self, state: SnapshotState) -> None:
        self.save: Callable[[], bytes] = state.snapshot
        self.load: Callable[[bytes], None] = state.restore


class _Fields:
    """Of a Struct or a dataclass, which msgspec reads and writes."""

    def __init__(self, state: Any, names: tuple[str, ...]) -> None:
        self._state = state
        self._names = names
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(type(state)).decode
        self._may_be_deep = may_be_deep(type(state))

    def save(self) -> bytes:
        data = self._encode(self._state)
        # Annotations bind nobody at run time; what they do not allow could never be loaded again.
        if self._may_be_deep:
            require_shallow(data)
        self._decode(data)
        return data

    def load(self, data: bytes) -> None:
        require_shallow(data)
        self._take(self._decode(data))

    def check(self) -> None:
        """Raise what saving and loading would, and leave the state as it is."""
        self.save()
        self._take(self._state)

    def _take(self, other: Any) -> None:
        for name in self._names:
            setattr(self._state, name, getattr(other, name))


def keeper_of(state: object) -> Keeper:
    """The way to save and load this state.

    :raises InvalidState: there is none; the sentence says what to add
    """
    if isinstance(state, SnapshotState):
        return _OwnMethods(state)
    name = type(state).__name__
    if isinstance(state, msgspec.Struct):
        names = state.__struct_fields__
    elif is_dataclass(state):
        names = tuple(field.name for field in fields(state))
    else:
        raise InvalidState(
            f"{name} cannot be saved: make it a msgspec.Struct or a dataclass, or give it methods "
            "snapshot(self) -> bytes and restore(self, data: bytes) -> None"
        )
    others = sorted(getattr(state, "__dict__", {}).keys() - names)
    if others:
        raise InvalidState(
            f"{name} would be saved by its fields, and so without {', '.join(others)}: make fields "
            "of them, or give it methods snapshot(self) -> bytes and restore(self, data: bytes) "
            "-> None"
        )
    try:
        keeper = _Fields(state, names)
        keeper.check()
    except (TypeError, ValueError, AttributeError, NotImplementedError) as error:
        raise InvalidState(
            f"{name} cannot be saved by its fields ({error}): give it methods "
            "snapshot(self) -> bytes and restore(self, data: bytes) -> None"
        ) from error
    return keeper
