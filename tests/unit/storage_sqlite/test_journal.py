import sqlite3
from collections.abc import Iterator

import pytest

from storage_sqlite import journal
from storage_sqlite.journal import (
    ROWS,
    TABLES,
    Incomplete,
    Journal,
    insert_records,
    read_journal,
    replace_all,
)


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    monkeypatch.setattr(journal, "PART", 10)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(TABLES)
    yield connection
    connection.close()


def many(count: int) -> list[bytes]:
    return [b"record %d" % number for number in range(count)]


def test_records_come_back_in_order_whatever_their_number(connection: sqlite3.Connection) -> None:
    records = many(2 * ROWS + 7)
    insert_records(connection, 1, records)
    insert_records(connection, len(records) + 1, [b"", b"last"])
    assert read_journal(connection) == (Journal([*records, b"", b"last"]), len(records) + 2)


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 35])
def test_a_checkpoint_comes_back_whatever_its_size(
    connection: sqlite3.Connection, size: int
) -> None:
    content = bytes(range(size))
    insert_records(connection, 1, many(4))
    replace_all(connection, 4, b"an older and longer one " * 3)
    replace_all(connection, 4, content)
    insert_records(connection, 5, many(2))
    assert read_journal(connection) == (Journal(many(2), content), 6)
    (rows,) = connection.execute("SELECT count(*) FROM checkpoint").fetchone()
    assert rows == max(1, (size + 9) // 10)


@pytest.mark.parametrize(
    "change,what",
    [
        ("DELETE FROM journal WHERE sequence = 6", "record 6 is missing"),
        ("DELETE FROM journal WHERE sequence = 5", "record 5 is missing"),
        ("UPDATE journal SET sequence = 9 WHERE sequence = 8", "record 8 is missing"),
        ("UPDATE journal SET record = x'00' WHERE sequence = 7", "record 7 is not what"),
        ("UPDATE journal SET record = 'text' WHERE sequence = 7", "record 7 is not what"),
        ("UPDATE journal SET checksum = checksum + 1 WHERE sequence = 7", "record 7 is not what"),
        ("DELETE FROM checkpoint", "record 1 is missing"),
        ("DELETE FROM checkpoint WHERE part = 0", "part 0 of the checkpoint is missing"),
        ("DELETE FROM checkpoint WHERE part = 1", "part 1 of the checkpoint is missing"),
        ("DELETE FROM checkpoint WHERE part = 2", "has 2 parts of 3"),
        ("UPDATE checkpoint SET covers = 3", "part 0 of the checkpoint is not what"),
        ("UPDATE checkpoint SET covers = 'x'", "part 0 of the checkpoint is not what"),
        ("UPDATE checkpoint SET content = x'' WHERE part = 2", "part 2 of the checkpoint is not"),
        ("UPDATE checkpoint SET content = 5 WHERE part = 2", "part 2 of the checkpoint is not"),
        ("UPDATE checkpoint SET parts = 2 WHERE part < 2", "part 0 of the checkpoint is not"),
    ],
)
def test_what_is_missing_or_changed_is_named(
    connection: sqlite3.Connection, change: str, what: str
) -> None:
    replace_all(connection, 4, b"0123456789" * 3)
    insert_records(connection, 5, many(4))
    connection.execute(change)
    with pytest.raises(Incomplete, match=what):
        read_journal(connection)


def test_two_records_that_changed_places_are_noticed(connection: sqlite3.Connection) -> None:
    insert_records(connection, 1, many(3))
    for old, new in ((1, 9), (2, 1), (9, 2)):
        connection.execute("UPDATE journal SET sequence = ? WHERE sequence = ?", (new, old))
    with pytest.raises(Incomplete, match="record 1 is not what was written"):
        read_journal(connection)
