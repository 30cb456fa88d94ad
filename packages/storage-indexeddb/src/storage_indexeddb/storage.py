"""The journal of a living member: each record on the disk before its `done`.

A commit that the disk has taken needs milliseconds, however much is in it. So all that is appended
while one is under way becomes the next one. A second one is begun beside it only for much: of two
small ones each waits for the other, and takes half as many records (measured, see the README).

Every transaction adds a key that must be new, so that of two windows with one journal the first to
write goes on, and the other is refused. The key that the other would add is the first one's first,
so that one stays taken when a checkpoint has replaced what lay there.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from storage_indexeddb.browser import Browser
from storage_indexeddb.connection import HEAD, STORE, Connection, open_connection
from storage_indexeddb.errors import IndexedDbError, closed, not_loaded, refusal
from storage_indexeddb.journal import Checkpoint, Journal, Records, encode_block, read_blocks
from storage_indexeddb.names import JOURNAL, check_name
from storage_indexeddb.room import Room

Done = Callable[[Exception | None], None]

UNDER_WAY = 2
"""Transactions at a time, at most."""
MUCH = 64 * 1024
"""Bytes of records that are worth a second transaction: to hand them over takes its time, too."""
_SPARE = 1024 * 1024
"""Bytes for what a browser writes beside a checkpoint."""


class IndexedDbStorage:
    """One member's journal in the database `name` of `journal_name`, made if there is none.

    `load` comes first, once. Every refusal is final for this object: to go on, load a new one.

    :param lost: told at once, and once, if the database is taken away (cleared, removed by another
        window) while this object is used; every later write is refused anyway
    :raises InvalidName: `name` is none of `journal_name`
    """

    __slots__ = (
        "_acknowledged",
        "_browser",
        "_checkpoint",
        "_connection",
        "_dones",
        "_first",
        "_fresh",
        "_idle",
        "_last",
        "_limit",
        "_lost",
        "_name",
        "_on_complete",
        "_problem",
        "_records",
        "_room",
        "_size",
        "_telling",
        "_under_way",
        "_writer",
        "used",
    )

    used: int
    """Bytes that the journal takes now, as it is written; the browser takes more."""

    def __init__(
        self,
        browser: Browser,
        name: str,
        *,
        lost: Callable[[IndexedDbError], None] | None = None,
        purpose: str = JOURNAL,
    ) -> None:
        self._browser = browser
        self._name = check_name(name, purpose)
        self._lost = lost
        self._fresh = True
        self._problem: IndexedDbError | None = not_loaded()
        self._connection: Connection | None = None
        self._on_complete: Any = None
        self._room = Room(browser)
        self.used = 0
        self._last = self._acknowledged = 0
        # What waits: a checkpoint, if there is one, then records.
        self._checkpoint: bytes | None = None
        self._records: list[bytes] = []
        self._size = 0
        """Bytes of these records."""
        self._dones: list[Done] = []
        self._under_way: deque[tuple[Any, int, list[Done]]] = deque()
        """Transactions, oldest first: the last number in each, and whom to tell of it."""
        self._limit = UNDER_WAY
        self._writer = 1 << 31 | secrets.randbits(31)  # of one length: five bytes
        self._telling = False
        self._idle: asyncio.Event | None = None

    async def load(self) -> Journal:
        """Read the journal, and check all of it.

        :raises StorageDamaged: what is there is no complete journal; nothing of it was changed
        :raises StorageForeign: it is another member's, or of another version
        :raises StorageUnavailable, StorageFull, StorageRefused: it cannot be read or made
        :raises RuntimeError: it was loaded or closed before
        """
        if not self._fresh:
            raise RuntimeError("a storage loads once: make a new one")
        self._fresh = False
        connection = await open_connection(
            self._browser, self._name, lost=self._on_lost, aborted=self._fail
        )
        try:
            blocks = await connection.read(self._name)
            found = read_blocks(self._name, blocks)
            if found.refused:
                await connection.remove_above(found.last)
            await self._room.ask()
        except BaseException as error:
            connection.close()
            self._room.close()
            if connection.problem is not None and isinstance(error, IndexedDbError):
                raise connection.problem from error
            raise
        if connection.problem is not None:
            connection.close()
            raise connection.problem
        self._connection = connection
        self._on_complete = connection.proxy(self._complete)
        self.used = sum(map(len, blocks))
        self._last = self._acknowledged = found.last
        self._first = found.last + 1
        self._problem = None
        return found.journal

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:  # noqa: ARG002
        """Store a record after all others; never waits.

        `done(None)`: it is on the disk. `done(error)`: it is refused, all that was acknowledged
        before is intact, and every later write is refused, too. `vital` changes nothing: all is
        committed alike.
        """
        if self._problem is not None:
            done(self._problem)
            return
        self._records.append(record)
        self._size += len(record)
        self._dones.append(done)
        if not self._under_way or self._size >= MUCH:
            self._begin()

    def checkpoint(self, record: bytes, done: Done) -> None:
        """Replace all that was stored before by one record; else as `append`."""
        if self._problem is not None:
            done(self._problem)
            return
        # What it replaces need not be written first: nobody was told of it yet.
        self._checkpoint = record
        self._records.clear()
        self._size = 0
        self._dones.append(done)
        self._begin()

    def room(self) -> int | None:
        """Bytes that the browser still grants this site, roughly; None: it does not say."""
        return self._room.left()

    @property
    def quota(self) -> int | None:
        """Bytes that the browser grants this site in all; None: it does not say."""
        return self._room.quota

    def takes_checkpoint(self, size: int) -> bool:
        """Whether one of so many bytes surely fits now.

        It lies beside what it replaces, and in the browser's own log first.
        """
        left = self._room.left()
        return left is None or 2 * size + _SPARE <= left

    async def close(self) -> None:
        """Store what was given, tell of it, and let go of the database; idempotent."""
        self._fresh = False
        if self._problem is None:
            self._problem = closed()
        if self._under_way or self._dones:
            self._idle = self._idle or asyncio.Event()
            await self._idle.wait()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            self._room.close()

    def _begin(self) -> None:
        """Begin a transaction with all that waits.

        One with a checkpoint is alone under way: behind one that fails, records without a gap would
        be taken for good. So it begins when all before it is complete, and keeps others waiting.
        """
        connection = self._connection
        if connection is None or self._telling or len(self._under_way) >= self._limit:
            return
        if self._checkpoint is not None and self._under_way:
            return
        last = self._last
        transaction: Any = None
        try:
            transaction = connection.begin(self._on_complete)
            store = transaction.objectStore(STORE)
            if self._checkpoint is not None:
                last = self._put_checkpoint(store, self._checkpoint, last)
                self._limit = 1
            if self._records:
                block = encode_block(
                    Records(last + 1, self._acknowledged, self._records, self._writer)
                )
                store.add(self._browser.to_js(block), last + 1)
                last += len(self._records)
                self._room.wrote(len(block))
                self.used += len(block)
            # Otherwise the browser asks the page first whether there is more to come.
            transaction.commit()
        except Exception as error:  # noqa: BLE001  JsException exists only inside Pyodide
            if transaction is not None:
                _give_up(transaction)
            self._fail(refusal(error))
            return
        self._last = last
        self._under_way.append((transaction, last, self._dones))
        self._none_waits()

    def _none_waits(self) -> None:
        self._checkpoint, self._records, self._dones, self._size = None, [], [], 0

    def _put_checkpoint(self, store: Any, content: bytes, last: int) -> int:
        number = last + 1
        block = encode_block(Checkpoint(number, content, self._writer))
        store.add(self._browser.to_js(block), number)
        self.used = len(block)
        if last > HEAD:
            store.delete(self._browser.key_range.bound(HEAD + 1, last))
        if self._first <= last:
            taken = encode_block(Checkpoint(self._first, b""))
            store.add(self._browser.to_js(taken), self._first)
            self.used += len(taken)
        self._room.wrote(self.used)
        return number

    def _complete(self, _event: Any) -> None:
        """The oldest transaction is on the disk: they are complete in the order of their begin."""
        _, self._acknowledged, dones = self._under_way.popleft()
        self._limit = UNDER_WAY
        # What is appended inside a done goes with the rest of them into one transaction.
        self._telling = True
        _tell(dones, None)
        self._telling = False
        if self._dones and (not self._under_way or self._size >= MUCH):
            self._begin()
        self._look_whether_idle()

    def _fail(self, error: IndexedDbError) -> None:
        """Refuse all that is not acknowledged, and all that comes.

        A transaction that was begun behind the one that failed may succeed still. What it leaves
        lies behind a gap, and the next load removes it.
        """
        if self._problem is None:
            self._problem = error
        refused = [done for _, _, dones in self._under_way for done in dones] + self._dones
        for transaction, _, _ in self._under_way:
            transaction.oncomplete = None
        self._under_way.clear()
        self._none_waits()
        _tell(refused, error)
        self._look_whether_idle()

    def _look_whether_idle(self) -> None:
        if self._idle is not None and not self._under_way and not self._dones:
            self._idle.set()

    def _on_lost(self, error: IndexedDbError) -> None:
        self._fail(error)
        self._problem = error  # It says more than the aborts that came with it.
        if self._lost is not None:
            self._lost(error)


def _give_up(transaction: Any) -> None:
    """Have nothing stored of what it was asked for, which may be a half, and be told nothing."""
    transaction.oncomplete = None
    with suppress(Exception):  # JsException exists only inside Pyodide
        transaction.abort()


def _tell(dones: list[Done], answer: Exception | None) -> None:
    for done in dones:
        try:
            done(answer)
        except Exception as error:  # noqa: BLE001  one caller's mistake must not keep others waiting
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a done of a write has raised", "exception": error}
            )
