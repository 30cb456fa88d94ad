"""What this window has asked for: writes under way, and text that failed to be written.

The page shows the list as it will be once the writes under way are through, and marks every item
that one of them touches. Text that failed stays until the person sends it again or discards it.
Nothing here knows of JavaScript.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from raft_core.errors import NoLeader, Overloaded, ProposalTooLarge, RaftError
from todo.state import (
    Add,
    ClearCompleted,
    Command,
    Outcome,
    Remove,
    Result,
    Retitle,
    SetAllCompleted,
    Todo,
    TodoId,
    TodoState,
)

if TYPE_CHECKING:
    from raft_web.app import Member

logger = logging.getLogger(__name__)

NOT_SAVED = "Not saved."
NOT_CONFIRMED = "Not confirmed, perhaps not saved."
DELETED = "Not saved: deleted in another window."
NOT_ACCEPTED = "Not saved: not accepted."


class Item(Struct, frozen=True):
    """One item as the page shows it."""

    id: TodoId
    title: str
    completed: bool = False
    pending: bool = False  # a write to it is under way
    problem: str = ""  # why its text may not be saved, in a short sentence
    missing: bool = False  # not in the replica: being added, failed to be added, or gone


class View(Struct, frozen=True):
    """The list as it will be once the writes under way are through.

    `items` are in the order of the list. Two kinds of them are not counted: items on their way out,
    and failed text of items that are not in the list.
    """

    items: list[Item]
    active_count: int
    completed_count: int


class Writes:
    """The writes of one window. `changed` is called whenever `view` may have changed by them."""

    def __init__(self, member: Member, changed: Callable[[], None]) -> None:
        self._member = member
        self._changed = changed
        self._under_way: list[_Write] = []
        self._failed: dict[TodoId, _Failure] = {}
        self._unconfirmed: set[TodoId] = set()  # what was to be added, and may be there or not
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, command: Command) -> None:
        """Send `command` after all earlier ones. Text for an item replaces what failed for it."""
        if isinstance(command, Add | Retitle):
            self._failed.pop(command.id, None)
        if isinstance(command, Add):
            self._unconfirmed.add(command.id)
        write = _Write(command)
        self._under_way.append(write)
        task = asyncio.ensure_future(self._carry_out(write))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._changed()

    def retry(self, item: TodoId, title: str | None = None) -> None:
        """Send text that failed once more, or `title` in its place.

        What failed to be added keeps its id, so that it is there once even if the first command
        arrives after all. Text for an item that is gone becomes a new item.
        """
        failure = self._failed.pop(item, None)
        if failure is None:
            return
        title = failure.title if title is None else title
        if item not in self._replica.todos:
            item = item if item in self._unconfirmed else new_id()
            self.submit(Add(item, title))
        # After an Add too: the first one may have arrived with the text that was there before.
        self.submit(Retitle(item, title))

    def discard(self, item: TodoId) -> None:
        """Forget text that failed."""
        self._failed.pop(item, None)
        self._changed()

    def has_failed(self, item: TodoId) -> bool:
        return item in self._failed

    def view(self) -> View:
        """What to show. Writes that the replica shows by itself are forgotten."""
        replica = self._replica
        self._forget(replica)
        wanted = replica.copy()
        text: dict[TodoId, str] = {}
        touched: set[TodoId] = set()
        for write in self._under_way:
            command = write.command
            wanted.apply(command)
            if isinstance(command, Add | Retitle):
                text[command.id] = command.title
            touched |= _targets(command)
        items = []
        for key in dict.fromkeys([*replica.todos, *wanted.todos, *text, *self._failed]):
            mine, theirs = wanted.todos.get(key), replica.todos.get(key)
            todo = mine or theirs or Todo(text.get(key, ""))
            failure = self._failed.get(key)
            items.append(
                Item(
                    id=key,
                    title=failure.title if failure else todo.title,
                    completed=todo.completed,
                    pending=key in touched or mine != theirs,
                    problem=failure.problem if failure else "",
                    missing=theirs is None,
                )
            )
        return View(items, wanted.active_count, wanted.completed_count)

    @property
    def _replica(self) -> TodoState:
        replica: TodoState = self._member.state
        return replica

    def _forget(self, replica: TodoState) -> None:
        self._under_way = [
            write
            for write in self._under_way
            if write.revision is None or write.revision > replica.revision
        ]
        for key, failure in list(self._failed.items()):
            todo = replica.todos.get(key)
            if todo and todo.title == failure.title:  # it has come through after all
                del self._failed[key]

    async def _carry_out(self, write: _Write) -> None:
        try:
            result: Result = await self._member.propose(write.command)
        except (NoLeader, Overloaded, ProposalTooLarge):
            self._fail(write, NOT_SAVED)
        except RaftError:
            self._fail(write, NOT_CONFIRMED)
        except Exception:
            # No failure that is foreseen, but the text must not wait for ever.
            logger.exception("A write failed: %r", write.command)
            self._fail(write, NOT_CONFIRMED)
        else:
            self._answered(write, result)
        self._changed()

    def _answered(self, write: _Write, result: Result) -> None:
        command = write.command
        if result.outcome in {Outcome.DONE, Outcome.UNCHANGED}:
            # Another member may have answered: then this one's replica is still to follow.
            write.revision = result.revision
            if isinstance(command, Add):
                self._unconfirmed.discard(command.id)
        elif result.outcome == Outcome.UNKNOWN_ID:
            added = not _targets(command) & self._unconfirmed
            self._fail(write, DELETED if added else NOT_CONFIRMED)
        else:
            self._fail(write, NOT_ACCEPTED)

    def _fail(self, write: _Write, problem: str) -> None:
        position = self._under_way.index(write)
        later = self._under_way[position + 1 :]
        del self._under_way[position]
        command = write.command
        if not isinstance(command, Add | Retitle):
            return
        if any(_replaces(other.command, command) for other in later):
            return
        newer = self._failed.get(command.id)  # or that has failed before this did
        self._failed[command.id] = _Failure(newer.title if newer else command.title, problem)


class _Write(Struct, eq=False):
    command: Command
    revision: int | None = None  # acknowledged: the replica shows it from this revision on


class _Failure(Struct, frozen=True):
    title: str
    problem: str


def new_id() -> TodoId:
    """An id for an item that this window adds."""
    return secrets.token_hex(8)


def _targets(command: Command) -> set[TodoId]:
    """The one item that the command names, if it names one."""
    return set() if isinstance(command, SetAllCompleted | ClearCompleted) else {command.id}


def _replaces(later: Command, command: Add | Retitle) -> bool:
    """The person has written something newer, or wants the item gone."""
    return isinstance(later, Add | Retitle | Remove) and later.id == command.id
