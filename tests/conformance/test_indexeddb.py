"""IndexedDbStorage keeps the promises of a storage, over a database that a crash cuts off.

In a real Chromium and a real Firefox: `tests/browser/storage`.
"""

from raft_core.interfaces import Storage
from raft_core.testing.conformance import StorageConformance
from storage_indexeddb import IndexedDbStorage, journal_name
from storage_indexeddb.errors import closed
from storage_indexeddb.fake import QUOTA, FakeIndexedDb, fake_browser

NAME = journal_name("todo", "0123456789abcdef", "00000000000000aa")


class TestIndexedDbStorage(StorageConformance):
    def setup_method(self) -> None:
        self.databases = FakeIndexedDb()

    async def open(self) -> Storage:
        return IndexedDbStorage(fake_browser(self.databases), NAME)

    async def crash(self, storage: Storage) -> None:
        self.databases.lose_power()
        assert isinstance(storage, IndexedDbStorage)
        storage._fail(closed())

    async def refuse_writes(self) -> None:
        self.databases.quota = self.databases.used + 10

    async def accept_writes(self) -> None:
        self.databases.quota = QUOTA
