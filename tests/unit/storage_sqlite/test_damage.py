"""A byte that changes under a journal is noticed, or was of no use; and nothing is written over."""

import random
import shutil
from pathlib import Path

import pytest

from storage_sqlite import (
    Journal,
    NotAJournal,
    SqliteStorageError,
    StorageDamaged,
    StorageForeign,
    journal,
)
from tests.unit.storage_sqlite.support import files, flip, killed, loaded, size, written

RECORDS = [f"record {number} ".encode() * (1 + number * 3) for number in range(30)]
"""Some of them need pages of their own."""
CHECKPOINT = bytes(range(256)) * 60
FLIPS = 150
NAMED = (StorageDamaged, StorageForeign)


@pytest.fixture
async def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal with all kinds of pages, closed in order."""
    monkeypatch.setattr(journal, "PART", 5000)
    await written(tmp_path / "good.db", RECORDS, before=CHECKPOINT)
    return tmp_path / "good.db"


async def found(path: Path) -> Journal | SqliteStorageError:
    """What a load finds; after an error the files are what they were."""
    before = files(path)
    try:
        return await loaded(path)
    except SqliteStorageError as error:
        result = error
    assert files(path) == before, f"something was changed: {result}"
    return result


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_flipped_byte_is_noticed_or_was_of_no_use(path: Path, seed: int) -> None:
    rng = random.Random(seed)
    noticed = 0
    for offset in sorted(rng.sample(range(size(path)), FLIPS)):
        damaged = path.parent / "here" / "damaged.db"
        damaged.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, damaged)
        flip(damaged, offset)
        result = await found(damaged)
        if isinstance(result, Exception):
            noticed += 1
            assert isinstance(result, NAMED), f"byte {offset}: {result!r}"
        else:
            assert result == Journal(RECORDS, CHECKPOINT), f"byte {offset} changed the journal"
    assert noticed > FLIPS // 2


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_flipped_byte_in_the_log_of_a_crash_is_noticed(tmp_path: Path, seed: int) -> None:
    """But for the last commit, which a crash of the machine can tear: see the README."""
    records = [f"record {number}".encode() for number in range(25)]
    await killed(tmp_path / "good.db", records)
    log = tmp_path / "good.db-wal"
    for offset in random.Random(seed).sample(range(size(log)), 60):
        damaged = tmp_path / "here" / "damaged.db"
        damaged.parent.mkdir(exist_ok=True)
        for ending in ("", "-wal"):
            shutil.copyfile(f"{tmp_path / 'good.db'}{ending}", f"{damaged}{ending}")
        flip(Path(f"{damaged}-wal"), offset)
        result = await found(damaged)
        if isinstance(result, Exception):
            assert isinstance(result, StorageDamaged), f"byte {offset}: {result!r}"
            assert "damaged.db" in str(result)
        else:
            assert result in (Journal(records), Journal(records[:-1])), f"byte {offset}"


@pytest.mark.parametrize("page", [1, 2, 3, 5, -1])
async def test_a_page_of_zeros_is_noticed(path: Path, page: int) -> None:
    pages = size(path) // 4096
    with path.open("r+b") as file:
        file.seek(4096 * ((page - 1) % pages if page > 0 else pages + page))
        file.write(bytes(4096))
    assert isinstance(await found(path), StorageDamaged | NotAJournal)


@pytest.mark.parametrize("length", [0, 50, 4096, 4096 * 7])
async def test_a_file_that_was_cut_is_noticed(path: Path, length: int) -> None:
    with path.open("r+b") as file:
        file.truncate(length)
    assert isinstance(await found(path), StorageDamaged | NotAJournal)


async def test_a_list_of_free_pages_that_is_wrong_is_noticed(path: Path) -> None:
    """No record is changed by that, but the next one could be written over another."""
    flip(path, 39)
    assert isinstance(await found(path), StorageDamaged)
