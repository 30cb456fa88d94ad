"""A member's journal in one SQLite file, with one atomic checkpoint: `SqliteStorage`."""

from storage_sqlite.errors import (
    InvalidName,
    NotAJournal,
    OtherMember,
    OtherSession,
    SqliteStorageError,
    StorageAltered,
    StorageClosed,
    StorageDamaged,
    StorageForeign,
    StorageFull,
    StorageInUse,
    StorageRefused,
    UnknownFormat,
)
from storage_sqlite.journal import Journal
from storage_sqlite.storage import SqliteStorage

__all__ = [
    "InvalidName",
    "Journal",
    "NotAJournal",
    "OtherMember",
    "OtherSession",
    "SqliteStorage",
    "SqliteStorageError",
    "StorageAltered",
    "StorageClosed",
    "StorageDamaged",
    "StorageForeign",
    "StorageFull",
    "StorageInUse",
    "StorageRefused",
    "UnknownFormat",
]
