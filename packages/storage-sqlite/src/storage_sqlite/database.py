"""The file: made whole or not at all, looked at before SQLite may change it, opened by one only.

All of this is synchronous. `Database` belongs to one thread at a time: whoever opens it, and later
the thread that writes.
"""

import os
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from storage_sqlite.claim import Claim
from storage_sqlite.errors import (
    NotAJournal,
    OtherMember,
    OtherSession,
    SqliteStorageError,
    StorageAltered,
    StorageRefused,
    UnknownFormat,
    damaged,
    refusal,
)
from storage_sqlite.journal import (
    ROWS,
    TABLES,
    Incomplete,
    Journal,
    insert_records,
    member_checksum,
    read_journal,
    replace_all,
)
from storage_sqlite.write_ahead import LogDamaged, check_log

APPLICATION = 0x57526166
"""SQLite's `application_id` of our files, "WRaf"."""
FORMAT = 1
"""The version of the tables; SQLite's `user_version`."""

_MAGIC = b"SQLite format 3\0"
_LOG_LIMIT = 4 * 1024 * 1024
"""Bytes that are left of the write-ahead log after it was larger."""

LONG_LOG = 3 * 1024 * 1024
"""Bytes of the write-ahead log, about, after which it is folded into the file. It is less than what
is left of a log, so that a log is seldom cut: a commit that makes the file of the log longer takes
twice as long as one that writes over an old part of it."""

_FRAME = 4096 + 24
"""Bytes that a commit adds to the log at the least: a page and its header."""


class Database:
    """An open journal, held for this storage alone. Made if there is none.

    :param node_id: of a member that is new; None for a random one
    :raises SqliteStorageError: one of its kinds; nothing of the file was changed
    """

    def __init__(self, path: Path, session: str, node_id: str | None) -> None:
        self.path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._last = 0
        self._logged = 0
        """Bytes that the log has grown by since it was folded, about."""
        with _translated(path):
            if not path.exists():
                _create(path, session, node_id or secrets.token_hex(8))
            self._claim = Claim(path)
        try:
            _check_header(path, self._claim.file)
            with _translated(path):
                self._had_log = self._log.exists()
                check_log(self._log)
                self._connection = _open(path)
        except BaseException:
            self._claim.release()
            raise
        try:
            with _translated(path):
                self.node_id = self._check_member(session, node_id)
                self._check_log_is_there()
        except BaseException:
            self._let_go()
            raise

    def read(self) -> Journal:
        """All that is there.

        :raises StorageDamaged: something is missing or changed
        :raises SqliteStorageError: it cannot be read
        """
        try:
            with _translated(self.path):
                found, self._last = read_journal(self._connection)
        except BaseException:
            self._let_go()
            raise
        return found

    def begin(self) -> None:
        """Note that a member runs: from now on the write-ahead log must not be missing.

        It is emptied as well, so that no frames of a crash lie behind those that come.

        :raises SqliteStorageError: it cannot be noted
        """
        self._had_log = True
        with _translated(self.path):
            self._connection.execute("UPDATE life SET running = 1 WHERE NOT running")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def write(self, checkpoint: bytes | None, records: Sequence[bytes]) -> None:
        """Make durable, all or nothing: a checkpoint in place of all there is, then records.

        :raises SqliteStorageError: nothing of it is stored
        """
        with _translated(self.path):
            # Not by `stat`: since Linux 6.13 a file whose times were looked at notes the next write
            # to the nanosecond, and some file systems flush that with the commit, one write more.
            if not self._claim.is_valid() or not os.access(self._log, os.F_OK):
                raise StorageAltered(
                    f"The journal {self.path} or its -wal was removed or replaced while this "
                    "member ran, so it has stopped writing: put the files back, or start again as "
                    "a new member."
                )
            connection = self._connection
            if checkpoint is None and len(records) <= ROWS:
                # A statement alone is a transaction of its own, and what is waited for once.
                insert_records(connection, self._last + 1, records)
            else:
                self._write_in_turn(checkpoint, records)
            self._last += len(records)
            self._logged += _FRAME + len(checkpoint or b"") + sum(map(len, records))

    @property
    def is_log_long(self) -> bool:
        """Whether it is time to `fold`."""
        return self._logged >= LONG_LOG

    def fold(self) -> None:
        """Bring the log into the file, so that the next commit begins it anew.

        It waits for the disk several times, and loses nothing where it does not succeed: then the
        log grows on, until the disk is full for a write as well.
        """
        with suppress(sqlite3.Error):
            rows = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            if rows and rows[0][0] == 0 and rows[0][1] == rows[0][2]:
                self._logged = 0

    def close(self) -> None:
        """Note that the write-ahead log may go, and let go of the file."""
        with suppress(sqlite3.Error):
            if self._claim.is_valid():
                self._connection.execute("UPDATE life SET running = 0 WHERE running")
                self._had_log = False
        self._let_go()

    def _let_go(self) -> None:
        try:
            with suppress(sqlite3.Error):
                # This brings what the log has into the file, and removes it if that went well.
                self._connection.close()
            if self._had_log and self._claim.is_valid():
                with suppress(OSError):
                    # It is noted as needed still, and an empty one says that nothing is missing.
                    self._log.touch(0o600)
        finally:
            self._claim.release()

    def _write_in_turn(self, checkpoint: bytes | None, records: Sequence[bytes]) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            if checkpoint is not None:
                replace_all(connection, self._last, checkpoint)
            insert_records(connection, self._last + 1, records)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _check_log_is_there(self) -> None:
        rows = self._connection.execute("SELECT running FROM life").fetchall()
        if rows not in ([(0,)], [(1,)]):
            raise Incomplete("it does not say whether its member runs")
        if rows == [(1,)] and not self._had_log:
            raise Incomplete(
                f"{self._log.name} is missing, which has the newest records, since the member was "
                "killed. Put it back beside the file. If some other program has opened the file "
                "since, it has brought them in: then the README says what to do"
            )

    def _check_member(self, session: str, node_id: str | None) -> str:
        rows = self._connection.execute("SELECT session, node_id, checksum FROM member").fetchall()
        if len(rows) != 1:
            raise Incomplete(f"it names {len(rows)} members where there is one")
        ((stored_session, stored_id, checksum),) = rows
        if (
            not isinstance(stored_session, bytes)
            or not isinstance(stored_id, bytes)
            or checksum != member_checksum(stored_session, stored_id)
        ):
            raise Incomplete("its member's name is not what was written")
        if stored_session != session.encode():
            raise OtherSession(
                f"The journal {self.path} is of session {stored_session.decode()!r}, and not of "
                f"{session!r}. Nothing was changed: name the other session, or another file."
            )
        if node_id is not None and stored_id != node_id.encode():
            raise OtherMember(
                f"The journal {self.path} is of member {stored_id.decode()!r}, and not of "
                f"{node_id!r}. Nothing was changed: start that member, or name another file."
            )
        return stored_id.decode()


class _translated:  # noqa: N801  it reads as a statement
    """What SQLite or the system raises inside becomes an error of ours."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Incomplete | LogDamaged):
            raise damaged(self._path, str(error)) from None
        if isinstance(error, sqlite3.Error | OSError | UnicodeError) and not isinstance(
            error, SqliteStorageError
        ):
            raise refusal(error, self._path) from error


def _create(path: Path, session: str, node_id: str) -> None:
    """Make an empty journal. A crash leaves it whole, or nothing of this name.

    The folder is not made: one that is missing is more often a disk that is not mounted.
    """
    if not path.parent.is_dir():
        raise StorageRefused(
            f"There is no folder {path.parent} for the journal {path.name}: make it, or see "
            "whether its disk is mounted."
        )
    draft = path.with_name(f"{path.name}-new-{secrets.token_hex(4)}")
    file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        _fill(draft, session.encode(), node_id.encode())
        os.fsync(file)
        # Unlike a renaming, this leaves alone what another process has made meanwhile.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.close(file)
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _fill(draft: Path, session: bytes, node_id: bytes) -> None:
    """Write an empty journal into a file that nobody else knows of; it is not synchronized here."""
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.executescript(
            f"PRAGMA synchronous = OFF; PRAGMA application_id = {APPLICATION};"
            f"PRAGMA user_version = {FORMAT}; BEGIN; {TABLES} COMMIT;"
        )
        checksum = member_checksum(session, node_id)
        connection.execute("INSERT INTO member VALUES (?, ?, ?)", (session, node_id, checksum))
        connection.execute("PRAGMA journal_mode = WAL")


def _check_header(path: Path, file: int) -> None:
    """Look whose file it is, by what SQLite's file format has in its first 100 bytes."""
    head = os.pread(file, 100, 0)
    application = int.from_bytes(head[68:72], "big")
    version = int.from_bytes(head[60:64], "big")
    if head[:16] != _MAGIC or len(head) < 100 or application != APPLICATION:
        raise NotAJournal(
            f"{path} is no journal of a member. Nothing was changed: name another file, or, if it "
            "was a journal, it is damaged: move it away and start again as a new member."
        )
    if version != FORMAT:
        raise UnknownFormat(
            f"The journal {path} is of format {version}, and this program reads {FORMAT}. Nothing "
            "was changed: run it with the version of storage-sqlite that wrote it."
        )


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        # Exclusive before the first access: then SQLite shares no memory with other processes.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise Incomplete(f"SQLite keeps it in journal mode {mode}, and not in wal")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # it would be a part of some commit
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except BaseException:
        connection.close()
        raise
    return connection
