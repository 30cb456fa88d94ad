"""The storage of the mode "browser": quick, lazy about the disk, and honest about it.

The journal lies in local storage, which takes a record in microseconds and loses its newest seconds
if the browser is killed. Beside it a small place in IndexedDB keeps, on the disk, what must never
be lost: the newest vital record, and the number of the last start. A stop in order leaves that
number in local storage, behind all records. Whoever finds it there at the next start has lost
nothing; whoever does not may have, and says so (`Loaded.suspect`).

One start, in order:

1. its number is on the disk, before anything is written. If it is given up before that is known, it
   leaves the word that this start or the one before ended in order. Numbers are drawn: if a later
   start had the same one, wrote, and lost that, it could find this word again and believe it;
2. a vital record is in IndexedDB first and in local storage then, and is acknowledged then; what
   comes behind it waits, so that the journal keeps its order;
3. `stop` (the page goes) or `close`: "start n ended in order" goes into local storage. A start that
   found a doubt and has stored no vital record leaves no word: its member has told nobody of the
   doubt yet, and the next start must find it again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from typing import TypeVar

from msgspec import Struct

from storage_indexeddb import IndexedDbError, VitalPlace
from storage_localstorage import QUOTA, LocalStorage, StorageClosed

Done = Callable[[Exception | None], None]
_T = TypeVar("_T")

_DRAWN = 2**32
"""Out of how many numbers that of a start is drawn."""


class _Kind(Enum):
    RECORD = 1
    VITAL = 2
    CHECKPOINT = 3


class _Waiting(Struct, frozen=True):
    kind: _Kind
    record: bytes
    done: Done


class Loaded(Struct):
    """A journal that may have lost its end, in the form that `raft_core` takes."""

    records: Sequence[bytes]
    checkpoint: bytes | None
    suspect: bool
    """The last start was not stopped in order: records that were acknowledged may be missing."""
    vital: bytes | None
    """The newest vital record; it is not lost, even if the journal has lost it."""
    may_tear: bool = False


class BrowserStorage:
    """A journal in local storage, with a durable place for what is vital.

    `load` comes first, once. Every refusal, by either, is final for this object.

    :param open_vital: makes the durable place, given whom it has to tell of a loss
    :param lost: told at once if the browser takes the durable place away (a site's data cleared);
        nothing is written any more then, and the member must stop
    """

    quota = QUOTA
    """Code units that local storage has for all of the site."""

    def __init__(
        self,
        journal: LocalStorage,
        open_vital: Callable[[Callable[[IndexedDbError], None]], VitalPlace],
        *,
        lost: Callable[[IndexedDbError], None] | None = None,
    ) -> None:
        self._journal = journal
        self._vital = open_vital(self._on_lost)
        self._lost = lost
        self._starts: tuple[int, ...] = ()
        """This one's number; the last one's before it, as long as either may be on the disk."""
        self._doubt = False
        """This start is suspect, and nothing says so yet but the missing word."""
        self._problem: Exception | None = StorageClosed("The journal is not loaded yet.")
        self._waiting: deque[_Waiting] = deque()
        """A vital record on its way into the durable place, and what came behind it."""
        self._keeping = False
        self._idle: asyncio.Event | None = None

    @property
    def used(self) -> int:
        """Code units of local storage's quota that the journal takes now."""
        return self._journal.units

    async def load(self) -> Loaded:
        """Read both places, and begin the next start.

        :raises IndexedDbError, LocalStorageError: one of them is not as it was left
        """
        unloaded = self._problem
        kept = await self._vital.load()
        self._go_on_if(unloaded)
        found = await self._journal.load()
        # Without a vital record nothing was acknowledged: the first record of all is one.
        self._doubt = kept.record is not None and kept.start not in _starts(found.mark)
        start = kept.start + 1 + secrets.randbelow(_DRAWN)
        self._starts = kept.start, start
        try:
            await self._vital.begin(start)
            self._go_on_if(unloaded)
        except BaseException:
            self._leave_word()
            raise
        self._starts = (start,)
        self._problem = None
        return Loaded(found.records, found.checkpoint, self._doubt, kept.record)

    def _go_on_if(self, unloaded: Exception | None) -> None:
        if self._problem is not unloaded and self._problem is not None:
            raise self._problem  # stopped, or taken away meanwhile

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        """Store a record after all others.

        `done(None)`: it survives a crash of the page; a vital one that of the machine, too. Else as
        `LocalStorage.append`, and before this returns, if no vital record is under way.
        """
        if vital or self._waiting or self._problem is not None:
            self._take(_Kind.VITAL if vital else _Kind.RECORD, record, done)
        else:
            self._journal.append(record, done)

    def checkpoint(self, record: bytes, done: Done) -> None:
        """Replace all that was stored before by one record; else as `append`.

        What is vital in it was in a vital record before.
        """
        if self._waiting or self._problem is not None:
            self._take(_Kind.CHECKPOINT, record, done)
        else:
            self._journal.checkpoint(record, done)

    def room(self) -> int:
        """Bytes of records that local storage still takes, roughly."""
        return self._journal.room()

    def takes_checkpoint(self, size: int) -> bool:
        """Whether one of so many bytes surely fits into local storage now."""
        return self._journal.takes_checkpoint(size)

    def stop(self) -> None:
        """The page goes: leave the word that all is in order, and write nothing any more.

        At once, since a page that goes has no time to wait. What waits for the durable place is
        given up: nobody was told of it.
        """
        if self._problem is None or len(self._starts) > 1:
            self._problem = StorageClosed("The journal was left in order: reload to go on.")
            self._waiting.clear()
            self._leave_word()

    async def close(self) -> None:
        """Store what was given, tell of it, leave the word, and let go; idempotent."""
        if self._problem is None:
            closing = StorageClosed("The journal was closed: make a new storage and load it.")
            self._problem = closing
            if self._waiting:
                self._idle = asyncio.Event()
                await self._idle.wait()
            if self._problem is closing:
                self._leave_word()
        await self._journal.close()
        await self._vital.close()

    def _leave_word(self) -> None:
        if not self._doubt:
            self._journal.stop(_mark(self._starts))

    def _take(self, kind: _Kind, record: bytes, done: Done) -> None:
        problem = self._problem or self._journal.problem
        if problem is not None:
            done(problem)
            return
        self._waiting.append(_Waiting(kind, record, done))
        self._keep_next()

    def _keep_next(self) -> None:
        """Have the vital record that is next in turn kept, unless one is on its way."""
        if self._waiting and not self._keeping:
            self._keeping = True
            self._vital.put(self._waiting[0].record, self._on_kept)

    def _on_kept(self, error: Exception | None) -> None:
        if error is not None:
            self._keeping = False
            self._fail(error)
            return
        vital = True
        # What a done appends meanwhile comes behind all that waits, and none of it is kept now:
        # what is first may be no vital record, and would be kept in the place of one.
        while self._waiting and (vital or self._waiting[0].kind is not _Kind.VITAL):
            vital = False
            _guarded(self._write, self._waiting.popleft())
        self._keeping = False
        self._keep_next()
        if self._idle is not None and not self._waiting:
            self._idle.set()

    def _write(self, waiting: _Waiting) -> None:
        if waiting.kind is _Kind.CHECKPOINT:
            self._journal.checkpoint(waiting.record, waiting.done)
            return
        if waiting.kind is _Kind.VITAL and self._journal.problem is None:
            self._doubt = False
        self._journal.append(waiting.record, waiting.done)

    def _fail(self, error: Exception) -> None:
        """The durable place takes nothing any more, so nothing is acknowledged any more."""
        self._problem = error
        refused, self._waiting = self._waiting, deque()
        for waiting in refused:
            _guarded(waiting.done, error)
        if self._idle is not None:
            self._idle.set()

    def _on_lost(self, error: IndexedDbError) -> None:
        self._fail(error)
        if self._lost is not None:
            self._lost(error)


def _guarded(tell: Callable[[_T], None], what: _T) -> None:
    """One caller's mistake must not keep others waiting."""
    try:
        tell(what)
    except Exception as error:  # noqa: BLE001  the code of whoever waits
        asyncio.get_running_loop().call_exception_handler(
            {"message": "a done of a write has raised", "exception": error}
        )


def _mark(starts: Sequence[int]) -> str:
    return "start " + " or ".join(map(str, starts))


def _starts(mark: str | None) -> list[int]:
    """Of which starts it says that one of them was the last, and ended in order."""
    return [int(word) for word in (mark or "").split() if word.isdecimal()]
