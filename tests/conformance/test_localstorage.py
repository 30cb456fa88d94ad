"""LocalStorage keeps the promises of a storage, over an area with a browser's quota."""

from raft_core.interfaces import Storage
from raft_core.testing.conformance import StorageConformance
from storage_localstorage import QUOTA, LocalStorage, journal_prefix
from storage_localstorage.fake import FakeArea

PREFIX = journal_prefix("todo", "0123456789abcdef", "00000000000000aa")


class TestLocalStorage(StorageConformance):
    def setup_method(self) -> None:
        self.area = FakeArea()

    async def open(self) -> Storage:
        return LocalStorage(self.area, PREFIX)

    async def refuse_writes(self) -> None:
        self.area.quota = self.area.used + len(PREFIX) + 100

    async def accept_writes(self) -> None:
        self.area.quota = QUOTA


class TestLocalStorageBesideOthers(TestLocalStorage):
    """Another member's journal, another app's keys: none of them is seen or touched."""

    def setup_method(self) -> None:
        super().setup_method()
        self.others = {
            "theme": "dark",
            PREFIX.replace("aa", "ab") + "record/0000000000000001": "another member's",
        }
        self.area.items.update(self.others)

    def teardown_method(self) -> None:
        assert self.others.items() <= self.area.items.items()
