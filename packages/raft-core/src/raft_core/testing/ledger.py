"""The State of simulated members: a list that remembers every command, so that nothing can hide."""

from msgspec import Struct


class Note(Struct, frozen=True):
    """A command. Every one has a name of its own, so that one applied twice shows."""

    name: int


class Ledger(Struct):
    """The names in the order of their application. The result of a command is its place, from 1."""

    names: list[int] = []

    def apply(self, command: Note) -> int:
        self.names.append(command.name)
        return len(self.names)
