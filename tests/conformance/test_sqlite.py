"""SqliteStorage keeps the promises of a storage; a full medium is a file that may not grow."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from raft_core.interfaces import Storage
from raft_core.testing.conformance import StorageConformance
from storage_sqlite import SqliteStorage

NO_LIMIT = 0xFFFFFFFE


class TestSqlite(StorageConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "first.db"
        self.lives = 0

    async def open(self) -> Storage:
        self.storage = SqliteStorage(self.path, session="a session")
        return self.storage

    async def crash(self, storage: Storage) -> None:
        """What lies on the disk at this instant is what the next life finds.

        The thread goes on writing into files that nobody looks at again. Real deaths of real
        processes are in tests/unit/storage_sqlite/test_crashes.py.
        """
        self.lives += 1
        after = self.path.with_name(f"after-{self.lives}.db")
        for ending in ("", "-wal"):
            shutil.copyfile(f"{self.path}{ending}", f"{after}{ending}")
        self.path = after

    async def refuse_writes(self) -> None:
        (pages,) = self.connection.execute("PRAGMA page_count").fetchone()
        self.connection.execute(f"PRAGMA max_page_count = {pages + 1}")

    async def accept_writes(self) -> None:
        self.connection.execute(f"PRAGMA max_page_count = {NO_LIMIT}")

    @property
    def connection(self) -> sqlite3.Connection:
        assert self.storage._writer is not None
        return self.storage._writer._database._connection
