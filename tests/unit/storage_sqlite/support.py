"""What several of these tests need."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from storage_sqlite import Journal, SqliteStorage

SESSION = "0123456789abcdef"


@asynccontextmanager
async def opened(path: Path, session: str = SESSION) -> AsyncIterator[SqliteStorage]:
    """A storage that is loaded, and closed at the end."""
    storage = SqliteStorage(path, session=session)
    try:
        await storage.load()
        yield storage
    finally:
        await storage.close()


async def loaded(path: Path) -> Journal:
    storage = SqliteStorage(path, session=SESSION)
    try:
        return await storage.load()
    finally:
        await storage.close()


async def append(storage: SqliteStorage, *records: bytes) -> Exception | None:
    """The first refusal of these, which are given all at once."""
    answers = [asyncio.get_running_loop().create_future() for _ in records]
    for record, answer in zip(records, answers, strict=True):
        storage.append(record, answer.set_result)
    errors = await asyncio.gather(*answers)
    return next((error for error in errors if error is not None), None)


async def checkpoint(storage: SqliteStorage, record: bytes) -> Exception | None:
    answer: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
    storage.checkpoint(record, answer.set_result)
    return await answer


async def written(path: Path, records: Iterable[bytes], before: bytes | None = None) -> None:
    """Make a journal with a checkpoint, if any, and then records, each of them its own commit."""
    async with opened(path) as storage:
        if before is not None:
            assert await checkpoint(storage, before) is None
        for record in records:
            assert await append(storage, record) is None


async def killed(path: Path, records: Iterable[bytes]) -> None:
    """Leave at `path` what a member leaves that was killed after these commits, one a record.

    It is the image of a living journal's files, taken while nothing is written.
    """
    living = path.with_name(f"living-{path.name}")
    async with opened(living) as storage:
        for record in records:
            assert await append(storage, record) is None
        for ending in ("", "-wal"):
            shutil.copyfile(f"{living}{ending}", f"{path}{ending}")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds; what makes it hold is in another thread or process."""
    while not condition():  # noqa: ASYNC110 - a thread of the code under test sets no event here
        await asyncio.sleep(0)


def connection_of(storage: SqliteStorage) -> sqlite3.Connection:
    """The one that the writing thread uses."""
    assert storage._writer is not None
    return storage._writer._database._connection


def files(path: Path) -> dict[str, bytes]:
    """All files beside `path`, and it: to see that nothing was changed."""
    return {one.name: one.read_bytes() for one in path.parent.iterdir() if one.is_file()}


def size(path: Path) -> int:
    return path.stat().st_size


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def replace_bytes(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def flip(path: Path, offset: int) -> None:
    """Change one byte of a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        (old,) = file.read(1)
        file.seek(offset)
        file.write(bytes([old ^ 0x5A]))
