import sqlite3
from pathlib import Path

import pytest

from storage_sqlite import errors
from storage_sqlite.errors import (
    SqliteStorageError,
    StorageDamaged,
    StorageFull,
    StorageInUse,
    StorageRefused,
    refusal,
)

PATH = Path("/data/member.db")


def sqlite_error(code: int, text: str = "what SQLite says") -> sqlite3.Error:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


def test_every_error_is_drawn_in_the_tree() -> None:
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, SqliteStorageError)
    }
    drawn = errors.__doc__ or ""
    assert {name for name in defined if f"{name} " in drawn or f"{name}\n" in drawn} == defined
    assert len(defined) > 12


@pytest.mark.parametrize(
    "code,kind,words",
    [
        (sqlite3.SQLITE_FULL, StorageFull, "is full"),
        (sqlite3.SQLITE_BUSY, StorageInUse, "open already"),
        (sqlite3.SQLITE_BUSY_RECOVERY, StorageInUse, "open already"),
        (sqlite3.SQLITE_CORRUPT, StorageDamaged, "what SQLite says"),
        (sqlite3.SQLITE_NOTADB, StorageDamaged, "what SQLite says"),
        (sqlite3.SQLITE_ERROR, StorageDamaged, "what SQLite says"),
        (sqlite3.SQLITE_READONLY, StorageRefused, "must not be written to"),
        (sqlite3.SQLITE_IOERR_FSYNC, StorageRefused, "what SQLite says"),
        (sqlite3.SQLITE_CANTOPEN, StorageRefused, "what SQLite says"),
    ],
)
def test_what_sqlite_says_becomes_a_sentence(code: int, kind: type, words: str) -> None:
    error = sqlite_error(code)
    refused = refusal(error, PATH)
    assert type(refused) is kind
    assert words in str(refused)
    assert "/data/member.db" in str(refused)
    assert refused.__cause__ is error


def test_what_the_system_says_becomes_a_sentence() -> None:
    refused = refusal(PermissionError(13, "Permission denied"), PATH)
    assert isinstance(refused, StorageRefused)
    assert "Permission denied" in str(refused)
    assert "intact" in str(refused)


def test_our_own_errors_stay_as_they_are() -> None:
    damaged = StorageDamaged("at x")
    assert refusal(damaged, PATH) is damaged
