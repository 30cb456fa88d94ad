"""The storage as its owner uses it, over real files."""

import asyncio
import os
import threading
from pathlib import Path

import pytest
import uvloop

from raft_core.interfaces import BoundedStorage, Storage
from storage_sqlite import (
    InvalidName,
    SqliteStorage,
    StorageAltered,
    StorageClosed,
    StorageDamaged,
    StorageFull,
    StorageInUse,
)
from tests.unit.storage_sqlite.support import (
    SESSION,
    append,
    checkpoint,
    connection_of,
    files,
    loaded,
    names,
    opened,
    replace_bytes,
    size,
    until,
    written,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "member.db"


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name == "storage-sqlite"]


async def test_it_is_a_storage_with_a_limit(path: Path) -> None:
    storage: Storage = SqliteStorage(path, session=SESSION)
    assert isinstance(storage, BoundedStorage)
    await storage.close()


async def test_a_member_keeps_its_id(path: Path) -> None:
    async with opened(path) as storage:
        node_id = storage.node_id
    async with opened(path) as storage:
        assert storage.node_id == node_id


@pytest.mark.parametrize("name", ["", "x" * 201, "two\nlines", "nul\0"])
async def test_a_name_must_be_one(path: Path, name: str) -> None:
    with pytest.raises(InvalidName, match="cannot name a session"):
        SqliteStorage(path, session=name)
    with pytest.raises(InvalidName, match="cannot name a member"):
        SqliteStorage(path, session=SESSION, node_id=name)
    assert names(path.parent) == []


async def test_it_is_held_from_the_start_until_it_is_closed(path: Path) -> None:
    storage = SqliteStorage(path, session=SESSION)
    for _ in range(2):
        with pytest.raises(StorageInUse):
            SqliteStorage(path, session=SESSION)
    await storage.load()
    with pytest.raises(StorageInUse):
        SqliteStorage(path, session=SESSION)
    await storage.close()
    assert (await loaded(path)).records == []


async def test_a_link_leads_to_the_same_journal(path: Path) -> None:
    link = path.with_name("link.db")
    await written(path, [b"record"])
    link.symlink_to(path)
    async with opened(link) as storage:
        with pytest.raises(StorageInUse):
            SqliteStorage(path, session=SESSION)
        await append(storage, b"by the link")
        assert path.with_name("member.db-wal").exists()
    assert (await loaded(path)).records == [b"record", b"by the link"]


async def test_it_loads_once(path: Path) -> None:
    async with opened(path) as storage:
        with pytest.raises(RuntimeError, match="loads once"):
            await storage.load()
    with pytest.raises(RuntimeError, match="loads once"):
        await storage.load()


async def test_nothing_is_written_before_it_is_loaded_or_after_it_is_closed(path: Path) -> None:
    storage = SqliteStorage(path, session=SESSION)
    assert isinstance(await append(storage, b"too early"), StorageClosed)
    await storage.load()
    await storage.close()
    assert isinstance(await append(storage, b"too late"), StorageClosed)
    assert isinstance(await checkpoint(storage, b"too late"), StorageClosed)
    assert (await loaded(path)).records == []


async def test_what_waits_is_one_commit(path: Path) -> None:
    """A commit is what is waited for, so a hundred records must not be a hundred commits."""
    statements: list[str] = []
    async with opened(path) as storage:
        assert await append(storage, b"so that the thread has begun") is None
        connection_of(storage).set_trace_callback(statements.append)
        assert await append(storage, *(b"%d" % number for number in range(90))) is None
        # The thread may have begun with the first ones.
        assert len(statements) <= 3
        connection_of(storage).set_trace_callback(None)


async def test_what_a_checkpoint_replaces_at_once_is_not_written(path: Path) -> None:
    answers: list[str] = []
    statements: list[str] = []
    async with opened(path) as storage:
        assert await append(storage, b"so that the thread has begun") is None
        go_on = threading.Event()
        connection_of(storage).set_trace_callback(statements.append)
        connection_of(storage).set_progress_handler(lambda: not go_on.wait(), 1)
        storage.append(b"in the way", lambda _: answers.append("first"))
        await until(lambda: bool(statements))
        storage.append(b"replaced", lambda _: answers.append("second"))
        storage.checkpoint(b"all", lambda _: answers.append("checkpoint"))
        storage.append(b"after", lambda _: answers.append("third"))
        go_on.set()
    assert answers == ["first", "second", "checkpoint", "third"]
    assert sum("INSERT INTO journal" in one for one in statements) == 2
    journal = await loaded(path)
    assert (journal.checkpoint, journal.records) == (b"all", [b"after"])


async def test_a_refusal_is_final_and_close_still_ends_in_order(path: Path) -> None:
    async with opened(path) as storage:
        await append(storage, b"before")
        connection = connection_of(storage)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        first = await append(storage, bytes(50_000))
        connection.execute("PRAGMA max_page_count = 100000")
        assert isinstance(first, StorageFull)
        assert await append(storage, b"small") is first
        assert await checkpoint(storage, b"small") is first
    assert names(path.parent) == ["member.db"]
    assert (await loaded(path)).records == [b"before"]


@pytest.mark.parametrize("name", ["member.db", "member.db-wal"])
async def test_a_file_that_is_removed_takes_nothing_more(path: Path, name: str) -> None:
    async with opened(path) as storage:
        assert await append(storage, b"before") is None
        path.with_name(name).unlink()
        assert isinstance(await append(storage, b"into nothing"), StorageAltered)


async def test_a_commit_does_not_ask_for_the_times_of_the_log(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would be noted more finely then, and some file systems flush them with each commit."""
    asked: list[str] = []
    stat = os.stat

    def watched(name: str | Path, **options: bool) -> os.stat_result:
        asked.append(Path(name).name)
        return stat(name, **options)

    async with opened(path) as storage:
        assert await append(storage, b"so that the thread has begun") is None
        monkeypatch.setattr(os, "stat", watched)
        assert await append(storage, b"record") is None
        monkeypatch.undo()
    assert asked == [path.name], "the file itself, which no commit writes to"


async def test_a_file_that_is_replaced_takes_nothing_more(path: Path) -> None:
    other = path.with_name("other.db")
    await written(other, [b"the other's"])
    async with opened(path) as storage:
        await append(storage, b"before")
        other.replace(path)
        content = files(path)[path.name]
        assert isinstance(await append(storage, b"to whom?"), StorageAltered)
    assert files(path)[path.name] == content


async def test_a_done_that_raises_keeps_nobody_waiting(path: Path) -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: told.append(str(context["exception"]))
    )

    def bad(_: Exception | None) -> None:
        raise ValueError("my mistake")

    async with opened(path) as storage:
        storage.append(b"first", bad)
        assert await append(storage, b"second") is None
    assert told == ["my mistake"]


async def test_close_tells_of_all_that_was_given_and_leaves_no_thread(path: Path) -> None:
    answers: list[Exception | None] = []
    async with opened(path) as storage:
        assert threads()
        for number in range(500):
            storage.append(b"%d" % number, answers.append)
    assert answers == [None] * 500
    assert not threads()
    assert len((await loaded(path)).records) == 500


async def test_two_that_close_at_once_both_wait(path: Path) -> None:
    async with opened(path) as storage:
        storage.append(bytes(100_000), lambda _: None)
        await asyncio.gather(storage.close(), storage.close())
        assert not threads()
        await loaded(path)


async def test_a_close_that_is_cancelled_ends_all_the_same(path: Path) -> None:
    async with opened(path) as storage:
        storage.append(b"given", lambda _: None)
        closing = asyncio.ensure_future(storage.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
    assert (await loaded(path)).records == [b"given"]


async def test_a_load_that_is_cancelled_can_be_closed(path: Path) -> None:
    storage = SqliteStorage(path, session=SESSION)
    loading = asyncio.ensure_future(storage.load())
    await asyncio.sleep(0)
    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading
    await storage.close()
    await loaded(path)


async def test_a_load_that_fails_lets_go_of_the_file(path: Path) -> None:
    await written(path, [b"first", b"second"])
    replace_bytes(path, b"second", b"sekond")
    storage = SqliteStorage(path, session=SESSION)
    with pytest.raises(StorageDamaged, match="record 2 is not what was written"):
        await storage.load()
    assert isinstance(await append(storage, b"x"), StorageClosed)
    replace_bytes(path, b"sekond", b"second")
    assert (await loaded(path)).records == [b"first", b"second"]
    await storage.close()


def test_one_that_is_forgotten_is_warned_of_and_lets_go(path: Path) -> None:
    async def forget(*, load: bool) -> None:
        storage = SqliteStorage(path, session=SESSION)
        if load:
            await storage.load()
            storage.append(b"given", lambda _: None)
        held = [storage]
        del storage
        with pytest.warns(ResourceWarning, match=r"unclosed journal .*member.db"):
            held.clear()

    asyncio.run(forget(load=False))
    asyncio.run(forget(load=True))
    while threads():
        pass
    assert asyncio.run(loaded(path)).records == [b"given"]


def test_a_loop_that_ended_before_it_was_closed_does_no_harm(path: Path) -> None:
    async def begin() -> SqliteStorage:
        storage = SqliteStorage(path, session=SESSION)
        await storage.load()
        storage.append(b"given", lambda _: None)
        return storage

    storage = asyncio.run(begin())
    asyncio.run(storage.close())
    assert not threads()
    assert asyncio.run(loaded(path)).records == [b"given"]


def test_it_runs_on_uvloop(path: Path) -> None:
    async def live() -> None:
        async with opened(path) as storage:
            assert await append(storage, b"first", b"second") is None
            assert await checkpoint(storage, b"both") is None

    uvloop.run(live())
    assert asyncio.run(loaded(path)).checkpoint == b"both"


async def test_many_checkpoints_leave_the_files_small(path: Path) -> None:
    """Pages are used again, and the log from its beginning."""
    sizes = []
    log = path.with_name("member.db-wal")
    async with opened(path) as storage:
        connection_of(storage).execute("PRAGMA wal_autocheckpoint = 100")
        connection_of(storage).execute("PRAGMA journal_size_limit = 500000")
        for number in range(60):
            records = [bytes(2000)] * 20
            assert await append(storage, *records) is None
            assert await checkpoint(storage, os.urandom(100_000 + number)) is None
            sizes.append(size(path) + size(log))
    assert max(sizes[10:]) <= 1.2 * max(sizes[:10])
    assert size(path) < 400_000


async def test_a_large_checkpoint_leaves_a_small_log(path: Path) -> None:
    large = os.urandom(12 * 1024 * 1024)
    async with opened(path) as storage:
        assert await checkpoint(storage, large) is None
        for _ in range(2):
            assert await append(storage, b"after it") is None
        assert size(path.with_name("member.db-wal")) <= 4 * 1024 * 1024
    journal = await loaded(path)
    assert journal.checkpoint == large
    assert size(path) < 13 * 1024 * 1024


async def test_room_is_what_the_disk_has_left(path: Path) -> None:
    async with opened(path) as storage:
        room = storage.room()
        assert 0 < room <= os.statvfs(path.parent).f_blocks * os.statvfs(path.parent).f_frsize
        assert storage.takes_checkpoint(1000)
        assert not storage.takes_checkpoint(room)


async def test_a_checkpoint_needs_room_beside_the_last_one_and_the_log(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(path) as storage:
        assert await checkpoint(storage, bytes(5_000_000)) is None
        await append(storage, b"so that it is in the file")
        monkeypatch.setattr(storage, "room", lambda: 6_000_000)
        assert storage.takes_checkpoint(5_000_000), "it takes the place of the last one"
        assert not storage.takes_checkpoint(5_800_000)
    async with opened(path.with_name("empty.db")) as storage:
        monkeypatch.setattr(storage, "room", lambda: 6_000_000)
        assert not storage.takes_checkpoint(5_000_000), "it grows the file as well"
