"""How a journal lies in a database: the tables, the checksums, and reading all of it back.

A record is a row of `journal`, a checkpoint as many rows of `checkpoint` as it has megabytes. Every
row has a checksum over all that is in it, and rows are numbered without a gap, so that a page that
was changed or lost under SQLite is found.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from struct import pack
from zlib import crc32

from msgspec import Struct

TABLES = """
CREATE TABLE member (session BLOB NOT NULL, node_id BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE life (running INTEGER NOT NULL);
CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, record BLOB NOT NULL
);
CREATE TABLE checkpoint (
    part INTEGER PRIMARY KEY, parts INTEGER NOT NULL, covers INTEGER NOT NULL,
    checksum INTEGER NOT NULL, content BLOB NOT NULL
);
INSERT INTO life VALUES (0);
"""

PART = 1024 * 1024
"""Bytes of a checkpoint in one row: while SQLite copies them, no other thread runs."""

ROWS = 100
"""Records in one statement at the most."""


class Journal(Struct):
    """What a member wrote: the newest checkpoint and every record after it, oldest first."""

    records: Sequence[bytes]
    checkpoint: bytes | None = None
    may_tear: bool = False
    """Always false: SQLite stores a record whole or not at all."""


class Incomplete(Exception):
    """Something of the journal is missing or changed; the message says what."""


def member_checksum(session: bytes, node_id: bytes) -> int:
    """Of the row of `member`."""
    return crc32(node_id, crc32(session + b"\0"))


def insert_records(connection: sqlite3.Connection, first: int, records: Sequence[bytes]) -> None:
    """Add records, numbered from `first`.

    One statement for many of them: between two, this thread gives way to all others.
    """
    for start in range(0, len(records), ROWS):
        values: list[int | bytes] = []
        some = records[start : start + ROWS]
        for sequence, record in enumerate(some, first + start):
            values += sequence, _record_checksum(sequence, record), record
        connection.execute(f"INSERT INTO journal VALUES {_rows(len(some))}", values)  # noqa: S608


def replace_all(connection: sqlite3.Connection, covers: int, content: bytes) -> None:
    """Put a checkpoint in place of all there is; `covers` is the number of the newest record."""
    connection.execute("DELETE FROM journal")
    connection.execute("DELETE FROM checkpoint")
    view = memoryview(content)
    parts = max(1, -(-len(content) // PART))
    for part in range(parts):
        piece = view[part * PART : (part + 1) * PART]
        checksum = _part_checksum(part, parts, covers, piece)
        connection.execute(
            "INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?)", (part, parts, covers, checksum, piece)
        )


def read_journal(connection: sqlite3.Connection) -> tuple[Journal, int]:
    """All that is there, and the number of the newest record.

    :raises Incomplete: something is missing or changed
    :raises sqlite3.Error: SQLite cannot read it
    """
    # All rows at once: a cursor that an error keeps alive would keep the file open, too.
    for (problem,) in connection.execute("PRAGMA quick_check(1)").fetchall():
        if problem != "ok":
            raise Incomplete(f"SQLite says: {' '.join(str(problem).split())}")
    covers, checkpoint = _read_checkpoint(connection)
    rows = connection.execute(
        "SELECT sequence, checksum, record FROM journal ORDER BY sequence"
    ).fetchall()
    records = list(_checked(rows, covers + 1))
    return Journal(records, checkpoint), covers + len(records)


def _checked(rows: Iterable[tuple[object, object, object]], first: int) -> Iterator[bytes]:
    for expected, (sequence, checksum, record) in enumerate(rows, first):
        if sequence != expected:
            raise Incomplete(f"record {expected} is missing, and record {sequence} is there")
        if not isinstance(record, bytes) or checksum != _record_checksum(expected, record):
            raise Incomplete(f"record {expected} is not what was written")
        yield record


def _read_checkpoint(connection: sqlite3.Connection) -> tuple[int, bytes | None]:
    pieces: list[bytes] = []
    covers = parts = 0
    rows = connection.execute(
        "SELECT part, parts, covers, checksum, content FROM checkpoint ORDER BY part"
    ).fetchall()
    for expected, (part, *numbers, checksum, content) in enumerate(rows):
        if part != expected:
            raise Incomplete(f"part {expected} of the checkpoint is missing")
        if not isinstance(content, bytes) or not all(isinstance(one, int) for one in numbers):
            raise Incomplete(f"part {expected} of the checkpoint is not what was written")
        parts, covers = numbers
        if checksum != _part_checksum(part, parts, covers, content):
            raise Incomplete(f"part {expected} of the checkpoint is not what was written")
        pieces.append(content)
    if len(pieces) != parts:
        raise Incomplete(f"the checkpoint has {len(pieces)} parts of {parts}")
    return covers, b"".join(pieces) if pieces else None


def _rows(count: int) -> str:
    return ",".join(["(?,?,?)"] * count)


def _record_checksum(sequence: int, record: bytes) -> int:
    return crc32(record, sequence & 0xFFFFFFFF)


def _part_checksum(part: int, parts: int, covers: int, content: bytes | memoryview) -> int:
    head = pack(">QQQ", *(number & 0xFFFFFFFFFFFFFFFF for number in (part, parts, covers)))
    return crc32(content, crc32(head))
