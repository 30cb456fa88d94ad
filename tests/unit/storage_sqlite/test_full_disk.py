"""A disk that runs full for real: a small one of its own, which only root can mount."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from storage_sqlite import SqliteStorage, SqliteStorageError, StorageFull
from tests.unit.storage_sqlite.support import SESSION, append, checkpoint, loaded, names, opened

SIZE = 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    if os.geteuid() or mount is None or subprocess.run(command, check=False).returncode:
        pytest.skip("a disk of its own needs root, and leave to mount")
    yield place
    subprocess.run(["umount", place], check=True)


def occupy(disk: Path) -> None:
    """Take all the room there is."""
    with (disk / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(4096))


async def fill(storage: SqliteStorage) -> tuple[list[bytes], Exception]:
    """Append until it is refused: what was acknowledged, and the refusal."""
    records: list[bytes] = []
    while True:
        record = b"%d " % len(records) * 500
        error = await append(storage, record)
        if error is not None:
            return records, error
        records.append(record)
        assert len(records) * 500 < 2 * SIZE


async def test_a_full_disk_refuses_and_keeps_all_that_was_acknowledged(disk: Path) -> None:
    path = disk / "member.db"
    async with opened(path) as storage:
        assert await checkpoint(storage, b"the sum of before") is None
        records, error = await fill(storage)
        assert isinstance(error, StorageFull)
        assert "full" in str(error)
        assert len(records) > 100
        assert storage.room() < 100_000
        assert not storage.takes_checkpoint(100_000)
    for _ in range(2):
        journal = await loaded(path)
        assert (journal.checkpoint, journal.records) == (b"the sum of before", records)


async def test_a_member_writes_on_when_there_is_room_again(disk: Path) -> None:
    path = disk / "member.db"
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(SIZE // 2))
    async with opened(path) as storage:
        records, _ = await fill(storage)
    ballast.unlink()
    async with opened(path) as storage:
        assert await append(storage, b"again") is None
        assert await checkpoint(storage, b"all") is None
    assert (await loaded(path)).checkpoint == b"all"
    assert records


async def test_a_disk_that_is_full_already_loads_and_refuses_writes(disk: Path) -> None:
    path = disk / "member.db"
    async with opened(path) as storage:
        await append(storage, b"before")
    occupy(disk)
    storage = SqliteStorage(path, session=SESSION)
    assert (await storage.load()).records == [b"before"]
    assert isinstance(await append(storage, b"no room"), StorageFull)
    await storage.close()
    (disk / "ballast").unlink()
    assert (await loaded(path)).records == [b"before"]


async def test_a_full_disk_makes_no_file(disk: Path) -> None:
    occupy(disk)
    with pytest.raises(SqliteStorageError):
        SqliteStorage(disk / "member.db", session=SESSION)
    assert names(disk) == ["ballast"]
