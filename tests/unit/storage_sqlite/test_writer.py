"""Who writes, the loop or the thread, and what the order and the answers are for both."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path

import pytest

from storage_sqlite import SqliteStorage, SqliteStorageError, StorageFull, database, writer
from tests.unit.storage_sqlite.support import (
    append,
    checkpoint,
    connection_of,
    loaded,
    opened,
    size,
    until,
)

LOOP, THREAD = "loop", "thread"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "member.db"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes, each commit counts as quick, and one of them is enough."""
    monkeypatch.setattr(writer, "QUICK", inf)
    monkeypatch.setattr(writer, "QUICK_ONES", 1)


def writers(storage: SqliteStorage) -> list[str]:
    """Who makes each commit from now on; it is added to before the commit."""
    assert storage._writer is not None
    found: list[str] = []
    write = storage._writer._database.write
    loop = threading.current_thread()

    def watched(checkpoint: bytes | None, records: Sequence[bytes]) -> None:
        found.append(LOOP if threading.current_thread() is loop else THREAD)
        write(checkpoint, records)

    storage._writer._database.write = watched  # type: ignore[method-assign]
    return found


async def each(storage: SqliteStorage, count: int) -> None:
    """So many records, one after the other."""
    for _ in range(count):
        assert await append(storage, b"record") is None


async def test_the_loop_writes_when_commits_have_been_quick(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "QUICK", inf)
    async with opened(path) as storage:
        found = writers(storage)
        await each(storage, writer.QUICK_ONES + 2)
    assert found == [THREAD] * writer.QUICK_ONES + [LOOP] * 2
    assert len((await loaded(path)).records) == len(found)


async def test_the_thread_writes_where_commits_are_slow(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "QUICK", 0.0)
    async with opened(path) as storage:
        found = writers(storage)
        await each(storage, 2 * writer.QUICK_ONES)
    assert set(found) == {THREAD}


@pytest.mark.usefixtures("quick")
async def test_one_slow_commit_leaves_those_after_it_to_the_thread(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(path) as storage:
        await each(storage, 1)
        found = writers(storage)
        monkeypatch.setattr(writer, "QUICK", 0.0)
        await each(storage, 3)
        monkeypatch.setattr(writer, "QUICK", inf)
        await each(storage, 2)
    assert found == [LOOP, THREAD, THREAD, THREAD, LOOP]


@pytest.mark.usefixtures("quick")
async def test_what_is_large_or_many_or_a_checkpoint_is_the_threads(path: Path) -> None:
    async with opened(path) as storage:
        await each(storage, 1)
        found = writers(storage)
        assert await append(storage, bytes(writer.SMALL + 1)) is None
        assert await append(storage, bytes(writer.SMALL)) is None
        assert await checkpoint(storage, b"small") is None
        assert await append(storage, b"one", b"two") is None
    assert found == [THREAD, LOOP, THREAD, THREAD]


@pytest.mark.usefixtures("quick")
async def test_the_loop_overtakes_nothing_that_is_with_the_thread(path: Path) -> None:
    answers: list[str] = []
    async with opened(path) as storage:
        await each(storage, 1)
        found = writers(storage)
        go_on = threading.Event()
        connection_of(storage).set_progress_handler(lambda: not go_on.wait(10), 1)
        storage.append(bytes(writer.SMALL + 1), lambda _: answers.append("first"))
        await until(lambda: bool(found))
        storage.append(b"small", lambda _: answers.append("second"))
        await asyncio.sleep(0)
        assert not answers
        go_on.set()
    assert answers == ["first", "second"]
    assert found == [THREAD, THREAD]
    assert [len(one) for one in (await loaded(path)).records] == [6, writer.SMALL + 1, 5]


@pytest.mark.usefixtures("quick")
async def test_a_refusal_in_the_loop_is_final(path: Path) -> None:
    async with opened(path) as storage:
        await each(storage, 1)
        found = writers(storage)
        connection = connection_of(storage)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        while (first := await append(storage, bytes(writer.SMALL))) is None:
            pass
        connection.execute("PRAGMA max_page_count = 100000")
        count = len(found)
        assert isinstance(first, StorageFull)
        assert await append(storage, b"small") is first
        assert await append(storage, b"two", b"at once") is first
        assert found == [LOOP] * count, "nothing was tried again"


async def test_a_write_is_not_told_of_the_refusal_of_the_next(path: Path) -> None:
    """The loop may hear of a commit after the thread has begun, and failed in, the one after it."""
    answers: list[Exception | None] = []
    async with opened(path) as storage:
        await each(storage, 1)
        assert storage._writer is not None
        held = storage._writer
        write, calls = held._database.write, [0]

        def failing(checkpoint: bytes | None, records: Sequence[bytes]) -> None:
            calls[0] += 1
            if calls[0] == 2:
                raise sqlite3.OperationalError("disk I/O error")
            write(checkpoint, records)

        held._database.write = failing  # type: ignore[method-assign]
        for number in (1, 2):
            storage.append(b"%d" % number, answers.append)
            held._hand_over()
            spin(lambda number=number: calls[0] == number)  # type: ignore[misc]
        spin(lambda: held._problem is not None)
    assert answers[0] is None
    assert isinstance(answers[1], SqliteStorageError)
    assert (await loaded(path)).records == [b"record", b"1"]


def spin(condition: Callable[[], bool]) -> None:
    """Wait for the other thread, and do nothing else meanwhile; in the end give up."""
    give_up = time.monotonic() + 10
    while not condition() and time.monotonic() < give_up:
        time.sleep(0.0001)
    assert condition()


@pytest.mark.usefixtures("quick")
async def test_a_long_log_is_folded_by_the_thread_after_it_has_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LONG_LOG", 100_000)
    folded: list[tuple[str, int]] = []
    async with opened(path) as storage:
        await each(storage, 1)
        assert storage._writer is not None
        held = storage._writer._database
        fold = held.fold
        found = writers(storage)
        loop = threading.current_thread()
        answers: list[Exception | None] = []

        def watched() -> None:
            who = LOOP if threading.current_thread() is loop else THREAD
            folded.append((who, len(found)))
            if who == THREAD:
                spin(lambda: len(answers) == len(found))
            fold()

        monkeypatch.setattr(held, "fold", watched)
        while len(answers) < 200:
            answers.append(await append(storage, bytes(1000)))
        assert size(path.with_name("member.db-wal")) < 200_000
        assert size(path) > 100_000, "what the log had is in the file"
    assert answers == [None] * 200
    assert len(folded) > 4
    assert all(who == found[count - 1] == THREAD for who, count in folded)
    assert found.count(LOOP) > 150
    assert (await loaded(path)).records == [b"record"] + [bytes(1000)] * 200
