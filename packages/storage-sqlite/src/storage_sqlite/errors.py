"""Every error of the package, and what a refusal by SQLite or the system becomes.

    SqliteStorageError
    |-- StorageInUse         another storage, here or in another process, has the file open
    |-- StorageForeign       the file is no journal of this session, member or version
    |   |-- NotAJournal      it is something else, and no journal of ours
    |   |-- UnknownFormat    another version of this package wrote it
    |   |-- OtherSession     it is a journal of another session
    |   `-- OtherMember      it is the journal of another member than the one asked for
    |-- StorageDamaged       it is no complete journal any more; nothing of it was changed
    |-- StorageFull          the disk refused a write; what was stored before is intact
    |-- StorageRefused       the system refused an access; what was stored before is intact
    |-- StorageAltered       the file was removed or replaced while this member ran
    |-- StorageClosed        the storage is not loaded, or was closed
    `-- InvalidName          the caller's fault (a ValueError): no name of a session or member

Each message is for the person who runs the member: what happened, what is intact, what to do.
"""

import sqlite3
from pathlib import Path


class SqliteStorageError(Exception):
    """Base of all errors of this package."""


class StorageInUse(SqliteStorageError):
    """Another storage, in this process or another one, has the file open."""


class StorageForeign(SqliteStorageError):
    """The file is no journal of this session, member or version. Nothing of it was changed."""


class NotAJournal(StorageForeign):
    """The file is something else."""


class UnknownFormat(StorageForeign):
    """Another version of this package wrote the file."""


class OtherSession(StorageForeign):
    """The file is a journal of another session."""


class OtherMember(StorageForeign):
    """The file is the journal of another member than the one asked for."""


class StorageDamaged(SqliteStorageError):
    """The file is no complete journal any more. Nothing of it was changed."""


class StorageFull(SqliteStorageError):
    """The disk refused a write for want of room. What was stored before is intact."""


class StorageRefused(SqliteStorageError):
    """The system refused an access, not for want of room. What was stored before is intact."""


class StorageAltered(SqliteStorageError):
    """The file was removed or replaced while this member ran."""


class StorageClosed(SqliteStorageError):
    """The storage is not loaded yet, or was closed."""


class InvalidName(SqliteStorageError, ValueError):
    """This cannot name a session or a member."""


def damaged(path: Path, what: str) -> StorageDamaged:
    """The error for a journal of which something is missing or changed."""
    return StorageDamaged(
        f"The journal {path} is damaged: {what}. Nothing was changed. If the session has other "
        f"members, they have the data: move {path.name} and {path.name}-wal away, start again as a "
        "new member, and remove this one from the cluster."
    )


def refusal(error: Exception, path: Path) -> SqliteStorageError:
    """The error of ours for what SQLite or the system has raised."""
    if isinstance(error, SqliteStorageError):
        return error
    refused: SqliteStorageError
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        refused = StorageFull(
            f"The disk of {path} is full, so this member has stopped writing. Everything stored "
            "before is intact: make room, then start it again."
        )
    elif code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        refused = in_use(path)
    elif code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB} or _is_not_ours(error, code):
        refused = damaged(path, f"SQLite says: {error}")
    elif code == sqlite3.SQLITE_READONLY:
        refused = StorageRefused(
            f"The journal {path} or its folder must not be written to ({error}), so this member "
            "cannot run on it. Everything stored before is intact: let this user write to both."
        )
    else:
        refused = StorageRefused(
            f"The system refused an access to {path} ({error}), so this member has stopped "
            "writing. Everything stored before is intact: see whether its disk is mounted, healthy "
            "and writable for this user, then start it again."
        )
    refused.__cause__ = error
    return refused


def _is_not_ours(error: Exception, code: int) -> bool:
    """Whether SQLite found no table or no value where there is one: nothing is wrong with ours."""
    return isinstance(error, sqlite3.OperationalError) and code in {0, sqlite3.SQLITE_ERROR}


def in_use(path: Path) -> StorageInUse:
    """The error for a file that somebody else has open."""
    return StorageInUse(
        f"The journal {path} is open already, in another process or in this one: a member runs "
        "once. Go on there, or end that one first; a further member needs a file of its own."
    )
