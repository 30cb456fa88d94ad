"""A key/value store as a State: the example, and enough for many."""

from typing import TypeAlias

from msgspec import Struct


class Put(Struct, frozen=True, tag="put"):
    """Set ``key`` to ``value``. Result: the value before."""

    key: str
    value: str


class Delete(Struct, frozen=True, tag="delete"):
    """Remove ``key``, if it is there. Result: the value before."""

    key: str


class CompareAndSet(Struct, frozen=True, tag="cas"):
    """Set ``key`` to ``value`` if it is ``expected`` (None: absent). Result: the value before."""

    key: str
    expected: str | None
    value: str


KeyValueCommand: TypeAlias = Put | Delete | CompareAndSet


class KeyValue(Struct):
    """Strings by strings. Every command's result is the value that the key had before, or None."""

    items: dict[str, str] = {}

    def apply(self, command: KeyValueCommand) -> str | None:
        """Apply one command."""
        before = self.items.get(command.key)
        if isinstance(command, Put):
            self.items[command.key] = command.value
        elif isinstance(command, Delete):
            self.items.pop(command.key, None)
        elif before == command.expected:
            self.items[command.key] = command.value
        return before
