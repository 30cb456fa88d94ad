"""The log that SQLite itself writes, whole, torn and damaged."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from storage_sqlite.write_ahead import LogDamaged, check_log
from tests.unit.storage_sqlite.support import flip

HEADER, FRAME = 32, 24


@pytest.fixture(params=[1024, 4096])
def page_size(request: pytest.FixtureRequest) -> int:
    assert isinstance(request.param, int)
    return request.param


@pytest.fixture
def log(tmp_path: Path, page_size: int) -> Path:
    """Ten commits of one page each."""
    with_log = tmp_path / "a.db"
    connection = sqlite3.connect(with_log, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {page_size}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (n INTEGER)")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for number in range(10):
        connection.execute("INSERT INTO t VALUES (?)", (number,))
    copy = tmp_path / "copy-wal"
    shutil.copyfile(f"{with_log}-wal", copy)
    connection.close()
    assert copy.stat().st_size == HEADER + 10 * (FRAME + page_size)
    return copy


def test_a_log_that_sqlite_left_is_whole(log: Path) -> None:
    check_log(log)


def test_none_and_an_empty_one_are_whole(tmp_path: Path) -> None:
    check_log(tmp_path / "missing")
    for size in (0, 20, HEADER):
        (tmp_path / "short").write_bytes(bytes(size))
        check_log(tmp_path / "short")


def test_a_last_commit_that_is_cut_is_a_crash(log: Path) -> None:
    size = log.stat().st_size
    for cut in (1, 100, FRAME + 5, size - HEADER - 3):
        log.write_bytes(log.read_bytes()[: size - cut])
        check_log(log)


def test_a_last_commit_that_is_wrong_is_taken_for_a_crash(log: Path) -> None:
    flip(log, log.stat().st_size - 5)
    check_log(log)


@pytest.mark.parametrize("frame", [0, 4, 7])
@pytest.mark.parametrize("offset", [0, 6, 8, 15, 16, 23, FRAME, FRAME + 700])
def test_a_commit_that_others_follow_is_damaged(
    log: Path, page_size: int, frame: int, offset: int
) -> None:
    flip(log, HEADER + frame * (FRAME + page_size) + offset)
    with pytest.raises(LogDamaged, match=f"page {frame + 1} of its write-ahead log"):
        check_log(log)


@pytest.mark.parametrize("offset", [0, 3, 9, 17, 25, 31])
def test_a_header_that_frames_follow_is_damaged(log: Path, offset: int) -> None:
    flip(log, offset)
    with pytest.raises(LogDamaged, match="header"):
        check_log(log)


def test_what_is_left_of_an_earlier_use_is_not_looked_at(log: Path, page_size: int) -> None:
    """A log is used again from its beginning, with a new salt; old frames lie behind."""
    used_again = log.with_name("b.db")
    connection = sqlite3.connect(used_again, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {page_size}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (n INTEGER)")
    for number in range(20):
        connection.execute("INSERT INTO t VALUES (?)", (number,))
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    for number in range(3):
        connection.execute("INSERT INTO t VALUES (?)", (number,))
    shutil.copyfile(f"{used_again}-wal", log)
    connection.close()
    check_log(log)
    for frame in range(3, 20):
        flip(log, HEADER + frame * (FRAME + page_size) + 100)
    check_log(log)
    flip(log, HEADER + FRAME + 100)
    with pytest.raises(LogDamaged):
        check_log(log)
