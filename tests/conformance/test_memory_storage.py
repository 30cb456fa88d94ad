"""MemoryStorage keeps the promises of a storage, with a last record that can tear and without."""

from raft_core.interfaces import Storage
from raft_core.memory import MemoryStorage
from raft_core.testing.conformance import StorageConformance


class TestMemoryStorage(StorageConformance):
    may_tear = False

    def setup_method(self) -> None:
        self.storage = MemoryStorage(may_tear=self.may_tear)

    async def open(self) -> Storage:
        return self.storage

    async def refuse_writes(self) -> None:
        self.storage.quota = self.storage.size + 10

    async def accept_writes(self) -> None:
        self.storage.quota = None

    async def tear(self) -> None:
        self.storage.records[-1] = self.storage.records[-1][:5]


class TestTearingMemoryStorage(TestMemoryStorage):
    may_tear = True
