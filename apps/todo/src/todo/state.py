"""The list that all members share, and the commands that change it.

Nothing here knows of a page: it runs the same on every Python. What belongs to one window (its
filter, half-typed text, writes under way) is in `page` and the modules that it imports.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from typing import TypeAlias, assert_never

from msgspec import Struct, field

TodoId: TypeAlias = str
"""64 random bits as 16 lower-case hex characters, made by the window that adds the item."""

MAX_TITLE_LENGTH = 500
"""Longest title, in characters (code points) after trimming."""

# str.strip() follows the Unicode tables of the Python at hand, and members may run different ones:
# a fixed list keeps apply() the same on all. It has JavaScript's blanks and Unicode's White_Space.
_BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_ID = re.compile(r"[0-9a-f]{16}")


class Add(Struct, frozen=True, tag="add"):
    """Append an active item. The id must be new: a repeated `Add` changes nothing."""

    id: TodoId
    title: str


class Retitle(Struct, frozen=True, tag="retitle"):
    """Give one item another title."""

    id: TodoId
    title: str


class SetCompleted(Struct, frozen=True, tag="set_completed"):
    """Mark one item as completed, or as active again."""

    id: TodoId
    completed: bool


class SetAllCompleted(Struct, frozen=True, tag="set_all_completed"):
    """Mark every item that is there when this is applied."""

    completed: bool


class Remove(Struct, frozen=True, tag="remove"):
    """Remove one item."""

    id: TodoId


class ClearCompleted(Struct, frozen=True, tag="clear_completed"):
    """Remove every item that is completed when this is applied."""


Command: TypeAlias = Add | Retitle | SetCompleted | SetAllCompleted | Remove | ClearCompleted


class Outcome(StrEnum):
    """What came of a command. Only `DONE` changed the list."""

    DONE = "done"
    UNCHANGED = "unchanged"  # the list was so already, by a repeated Add too
    UNKNOWN_ID = "unknown_id"  # the item is gone, or never was
    BAD_ID = "bad_id"  # not 16 lower-case hex characters
    TITLE_EMPTY = "title_empty"
    TITLE_TOO_LONG = "title_too_long"  # over MAX_TITLE_LENGTH


class Result(Struct, frozen=True):
    """What `TodoState.apply` gives back: the outcome, and the state's revision right after it.

    A replica shows the command's effect, or what became of it since, from that revision on.
    """

    outcome: Outcome
    revision: int


class Todo(Struct, frozen=True):
    """One item. Its id is its key in `TodoState.todos`."""

    title: str
    completed: bool = False


class TodoState(Struct):
    """The replicated list: items by id, in the order in which they were added."""

    todos: dict[TodoId, Todo] = field(default_factory=dict)
    revision: int = 0  # how many commands were applied

    def apply(self, command: Command) -> Result:
        """Carry out `command`. Never raises, and what cannot be done changes no item."""
        self.revision += 1
        return Result(self._outcome(command), self.revision)

    def copy(self) -> TodoState:
        """A copy that can be changed without changing this one."""
        return TodoState(dict(self.todos), self.revision)

    @property
    def active_count(self) -> int:
        return sum(not todo.completed for todo in self.todos.values())

    @property
    def completed_count(self) -> int:
        return len(self.todos) - self.active_count

    def _outcome(self, command: Command) -> Outcome:
        if isinstance(command, Add):
            return self._add(command)
        if isinstance(command, Retitle):
            return self._retitle(command)
        if isinstance(command, SetCompleted):
            return self._set_completed([command.id], completed=command.completed)
        if isinstance(command, SetAllCompleted):
            return self._set_completed(list(self.todos), completed=command.completed)
        if isinstance(command, Remove):
            return self._remove([command.id])
        if isinstance(command, ClearCompleted):
            return self._remove([key for key, todo in self.todos.items() if todo.completed])
        assert_never(command)

    def _add(self, command: Add) -> Outcome:
        title = clean_title(command.title)
        if not _ID.fullmatch(command.id):
            return Outcome.BAD_ID
        if command.id in self.todos:
            return Outcome.UNCHANGED
        if fault := title_fault(title):
            return fault
        self.todos[command.id] = Todo(title)
        return Outcome.DONE

    def _retitle(self, command: Retitle) -> Outcome:
        title = clean_title(command.title)
        todo = self.todos.get(command.id)
        if todo is None:
            return Outcome.UNKNOWN_ID
        if fault := title_fault(title):
            return fault
        if todo.title == title:
            return Outcome.UNCHANGED
        self.todos[command.id] = Todo(title, todo.completed)
        return Outcome.DONE

    def _set_completed(self, ids: Collection[TodoId], *, completed: bool) -> Outcome:
        if not self.todos.keys() >= set(ids):
            return Outcome.UNKNOWN_ID
        changing = [key for key in ids if self.todos[key].completed != completed]
        for key in changing:
            self.todos[key] = Todo(self.todos[key].title, completed)
        return Outcome.DONE if changing else Outcome.UNCHANGED

    def _remove(self, ids: Collection[TodoId]) -> Outcome:
        if not self.todos.keys() >= set(ids):
            return Outcome.UNKNOWN_ID
        for key in ids:
            del self.todos[key]
        return Outcome.DONE if ids else Outcome.UNCHANGED


def clean_title(text: str) -> str:
    """Text as a title: without blanks around it, and with half a surrogate pair replaced by "?".

    JavaScript's strings can hold such halves, and nothing that has one can be encoded.
    """
    return text.encode("utf-8", "replace").decode().strip(_BLANKS)


def title_fault(title: str) -> Outcome | None:
    """Why a cleaned title cannot be taken, or None if it can."""
    if not title:
        return Outcome.TITLE_EMPTY
    return Outcome.TITLE_TOO_LONG if len(title) > MAX_TITLE_LENGTH else None
