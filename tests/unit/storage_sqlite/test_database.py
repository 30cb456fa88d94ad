"""Files that are ours, files that are not, and files that cannot be written."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage_sqlite import (
    NotAJournal,
    OtherMember,
    OtherSession,
    SqliteStorageError,
    StorageDamaged,
    StorageInUse,
    StorageRefused,
    UnknownFormat,
)
from storage_sqlite.database import APPLICATION, Database
from tests.unit.storage_sqlite.support import SESSION, files, killed, loaded


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "member.db"


def made(path: Path, node_id: str | None = None) -> str:
    database = Database(path, SESSION, node_id)
    database.close()
    return database.node_id


def refused(path: Path, session: str = SESSION, node_id: str | None = None) -> SqliteStorageError:
    """The error for opening it; nothing was changed."""
    before = files(path)
    with pytest.raises(SqliteStorageError) as caught:
        Database(path, session, node_id).close()
    assert files(path) == before
    assert str(path) in str(caught.value)
    return caught.value


def alter(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()


def test_a_new_file_is_a_member_of_its_own(path: Path) -> None:
    node_id = made(path)
    assert len(node_id) == 16
    assert int(node_id, 16) >= 0
    assert made(path) == node_id
    assert made(path.with_name("other.db")) != node_id


def test_a_member_can_be_named(path: Path) -> None:
    assert made(path, "anna") == "anna"
    assert made(path) == "anna"
    assert made(path, "anna") == "anna"


def test_a_new_file_is_for_its_user_only_and_has_nothing_beside_it(path: Path) -> None:
    made(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(files(path)) == [path.name]
    database = Database(path, SESSION, None)
    database.read()
    database.begin()
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}
    database.close()


def test_a_folder_that_is_missing_is_not_made(path: Path) -> None:
    with pytest.raises(StorageRefused, match=r"no folder .*missing.*mounted"):
        made(path.parent / "missing" / "member.db")
    assert list(path.parent.iterdir()) == []


def test_a_crash_while_a_file_is_made_leaves_none(path: Path) -> None:
    """Killed at the statement that fills it, and before it gets its name."""
    for how in ("database._fill", "os.link"):
        code = (
            "import os, pathlib, sys\nfrom storage_sqlite import database\n"
            f"{how} = lambda *_: os._exit(3)\n"
            f"database.Database(pathlib.Path(sys.argv[1]), {SESSION!r}, None)"
        )
        ended = subprocess.run([sys.executable, "-c", code, path], check=False)
        assert ended.returncode == 3
        assert not path.exists()
    made(path)


def test_two_that_make_the_same_file_agree_on_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process makes it between our look and our making."""
    others = []
    link = os.link

    def slow_link(draft: Path, name: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        others.append(made(path))
        link(draft, name)

    monkeypatch.setattr(os, "link", slow_link)
    assert made(path) == others[0]
    assert list(files(path)) == [path.name]


def test_another_session_is_named(path: Path) -> None:
    made(path)
    error = refused(path, "fedcba9876543210")
    assert isinstance(error, OtherSession)
    assert SESSION in str(error)
    assert "fedcba9876543210" in str(error)


def test_another_member_is_named(path: Path) -> None:
    made(path, "anna")
    error = refused(path, node_id="bert")
    assert isinstance(error, OtherMember)
    assert "'anna'" in str(error)
    assert "'bert'" in str(error)


@pytest.mark.parametrize("content", [b"", b"x", b"a text\n" * 100, b"SQLite format 3\0"])
def test_something_else_is_no_journal(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert isinstance(refused(path), NotAJournal)


def test_another_programs_database_is_no_journal(path: Path) -> None:
    alter(path, "CREATE TABLE journal (sequence INTEGER PRIMARY KEY)")
    assert isinstance(refused(path), NotAJournal)


def test_another_format_is_named(path: Path) -> None:
    made(path)
    alter(path, "PRAGMA user_version = 7")
    error = refused(path)
    assert isinstance(error, UnknownFormat)
    assert "format 7" in str(error)


@pytest.mark.parametrize(
    "statement,what",
    [
        ("DELETE FROM member", "names 0 members"),
        ("INSERT INTO member SELECT * FROM member", "names 2 members"),
        ("UPDATE member SET node_id = x'41'", "name is not what was written"),
        ("UPDATE member SET session = 5", "name is not what was written"),
        ("DROP TABLE member", "no such table"),
        ("DROP TABLE life", "no such table"),
        ("DELETE FROM life", "does not say whether"),
    ],
)
def test_a_file_without_its_member_is_damaged(path: Path, statement: str, what: str) -> None:
    made(path)
    alter(path, statement)
    error = refused(path)
    assert isinstance(error, StorageDamaged), error
    assert what in str(error)


def test_what_another_program_has_open_is_in_use(path: Path) -> None:
    made(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageInUse):
        made(path)
    other.execute("ROLLBACK")
    other.close()
    made(path)


def test_other_programs_are_kept_out_also_after_an_attempt_from_here(path: Path) -> None:
    """Whoever opens and closes a file loses the locks that its process has on it."""
    database = Database(path, SESSION, None)
    with pytest.raises(StorageInUse):
        made(path)
    code = (
        "import sqlite3, sys\nsqlite3.connect(sys.argv[1], timeout=0).execute('SELECT * FROM life')"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, path], check=False, capture_output=True, text=True
    )
    database.close()
    assert "database is locked" in other.stderr


def test_every_commit_waits_for_the_disk(path: Path) -> None:
    database = Database(path, SESSION, None)
    asked = {
        name: database._connection.execute(f"PRAGMA {name}").fetchone()
        for name in ("journal_mode", "synchronous", "locking_mode")
    }
    database.close()
    assert asked == {"journal_mode": ("wal",), "synchronous": (2,), "locking_mode": ("exclusive",)}


async def test_a_killed_members_log_must_not_be_missing(path: Path) -> None:
    """To copy or move the file alone would forget what was acknowledged."""
    await killed(path, [b"first", b"second"])
    log = path.with_name("member.db-wal")
    kept = log.read_bytes()
    log.unlink()
    error = refused(path)
    assert isinstance(error, StorageDamaged)
    assert "member.db-wal is missing" in str(error)
    log.write_bytes(kept)
    assert (await loaded(path)).records == [b"first", b"second"]


async def test_a_log_may_be_missing_when_another_program_has_brought_it_in(path: Path) -> None:
    """What the README says to do then."""
    await killed(path, [b"first", b"second"])
    alter(path, "SELECT * FROM life")
    assert isinstance(refused(path), StorageDamaged)
    alter(path, "UPDATE life SET running = 0")
    assert (await loaded(path)).records == [b"first", b"second"]


async def test_a_killed_members_file_can_be_refused_and_loaded_afterwards(path: Path) -> None:
    await killed(path, [b"first", b"second"])
    for _ in range(2):
        with pytest.raises(OtherSession):
            Database(path, "another", None)
    assert (await loaded(path)).records == [b"first", b"second"]


async def test_a_log_that_is_damaged_is_left_as_it_is(path: Path) -> None:
    await killed(path, [b"first", b"second", b"third"])
    log = path.with_name("member.db-wal")
    log.write_bytes(b"\0" * 10 + log.read_bytes()[10:])
    assert isinstance(refused(path), StorageDamaged)


@pytest.fixture
def unchangeable(path: Path) -> Iterator[Path]:
    """The journal, which nobody may write to: by its mode, or for root by chattr."""
    made(path)
    how = None
    if os.geteuid():
        path.chmod(0o400)
    else:
        chattr = shutil.which("chattr")
        if chattr is None or subprocess.run([chattr, "+i", path], check=False).returncode:
            pytest.skip("root may write to everything here: no chattr, or no file system for it")
        how = chattr
    yield path
    if how:
        subprocess.run([how, "-i", path], check=True)


def test_a_file_that_must_not_be_written_is_refused(unchangeable: Path) -> None:
    error = refused(unchangeable)
    assert isinstance(error, StorageRefused)
    assert "writ" in str(error)


def test_a_folder_that_must_not_be_written_is_refused(path: Path) -> None:
    made(path)
    folder = path.parent
    if os.geteuid():
        folder.chmod(0o500)
        undo = ["chmod", "700", str(folder)]
    else:
        chattr = shutil.which("chattr")
        if chattr is None or subprocess.run([chattr, "+i", folder], check=False).returncode:
            pytest.skip("root may write to everything here: no chattr, or no file system for it")
        undo = [chattr, "-i", str(folder)]
    try:
        assert isinstance(refused(path), StorageRefused)
        with pytest.raises(StorageRefused):
            made(folder / "new.db")
    finally:
        subprocess.run(undo, check=True)
    made(path)


def test_the_application_is_written_where_sqlite_has_it(path: Path) -> None:
    made(path)
    assert path.read_bytes()[68:72] == APPLICATION.to_bytes(4, "big") == b"WRaf"
