"""The storage of a member that runs outside a browser: its journal, in one SQLite file."""

import asyncio
import os
import warnings
from pathlib import Path

from storage_sqlite.database import Database
from storage_sqlite.errors import InvalidName, SqliteStorageError, StorageClosed
from storage_sqlite.journal import Journal
from storage_sqlite.writer import Done, Job, Writer

_LONGEST_NAME = 200
_SPARE = 256 * 1024
"""Bytes for what pages, their headers and a record beside a checkpoint take."""


class SqliteStorage:
    """A member's journal in the file `path`, which is made if there is none.

    It is held for this object alone from now until `close`, so close it also when it is not loaded.
    `load` comes first, once, in the event loop that everything else is called in. Every refusal is
    final for this object: to go on, make a new one.

    :param session: whose data it is; a name that may be read by others, never a secret. A file
        keeps the one that it was made for
    :param node_id: the member's, if it is new and you give out ids yourself; else a random one
    :raises StorageInUse: it is open already
    :raises StorageForeign: the file is no journal of this session, member or version
    :raises StorageDamaged: it is no complete journal any more
    :raises StorageFull: there is no room to make it
    :raises StorageRefused: the system lets it not be opened, or its folder is missing
    :raises InvalidName: `session` or `node_id` is empty or over 200 characters
    """

    def __init__(
        self, path: str | os.PathLike[str], *, session: str, node_id: str | None = None
    ) -> None:
        self._problem: SqliteStorageError | None = StorageClosed("The journal is not loaded yet.")
        self._database: Database | None = None
        self._writer: Writer | None = None
        _check_name("a session", session)
        if node_id is not None:
            _check_name("a member", node_id)
        # A link's target has the write-ahead log beside it, whatever name it is opened by.
        self.path = Path(path).resolve()
        self._database = Database(self.path, session, node_id)
        self.node_id = self._database.node_id
        """The member's id, made with the file and kept in it."""

    async def load(self) -> Journal:
        """Read the journal, off the event loop, and check all of it.

        :raises StorageDamaged: what is there is no complete journal; nothing of it was changed
        :raises StorageRefused: the system does not let it be read
        :raises RuntimeError: it was loaded or closed before
        """
        database = self._database
        if database is None or self._writer is not None:
            raise RuntimeError("a storage loads once: make a new one")
        self._writer = Writer(database, asyncio.get_running_loop())
        self._database = None
        journal = await self._writer.loaded
        if self._writer.is_open:
            self._problem = None
        return journal

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:  # noqa: ARG002
        """Store a record after all others; never blocks.

        `done(None)`, in the event loop: it is on the disk. `done(error)`: nothing of it is stored,
        all that was stored before is intact, and every later write is refused with the same error.
        `vital` changes nothing: all is committed alike.
        """
        self._put(Job(record, done))

    def checkpoint(self, record: bytes, done: Done) -> None:
        """Replace all that was stored before by one record; else as `append`."""
        self._put(Job(record, done, replaces=True))

    def room(self) -> int:
        """Bytes that are free on the file's disk.

        :raises OSError: the folder is gone
        """
        disk = os.statvfs(self.path.parent)
        return disk.f_bavail * disk.f_frsize

    def takes_checkpoint(self, size: int) -> bool:
        """Whether one of so many bytes fits now.

        It lies in the write-ahead log first, beside all there is, and then in place of that.
        """
        growth = max(size - self.path.stat().st_size, 0)
        return size + growth + size // 64 + _SPARE <= self.room()

    async def close(self) -> None:
        """Store what was given, tell of it, and let go of the file; idempotent."""
        self._problem = StorageClosed("The journal was closed: make a new storage and load it.")
        database, self._database = self._database, None
        if database is not None:
            database.close()
        elif self._writer is not None:
            await self._writer.end()

    def __del__(self) -> None:
        if self._database is None and (self._writer is None or not self._writer.is_open):
            return
        warnings.warn(f"unclosed journal {self.path}", ResourceWarning, source=self, stacklevel=2)
        if self._database is not None:
            self._database.close()
        elif self._writer is not None:
            self._writer.ask_to_end()

    def _put(self, job: Job) -> None:
        if self._problem is None and self._writer is not None:
            self._writer.put(job)
        else:
            job.done(self._problem)


def _check_name(what: str, name: str) -> None:
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise InvalidName(
            f"{name!r} cannot name {what}: take 1 to {_LONGEST_NAME} printable characters"
        )
