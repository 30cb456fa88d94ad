"""BrowserStorage keeps the promises of a storage that may forget; more is in its unit tests."""

from raft_core.interfaces import Storage
from raft_core.testing.conformance import ForgetfulStorageConformance
from raft_web.browser_storage import BrowserStorage
from storage_indexeddb import VitalPlace, vital_name
from storage_indexeddb.fake import FakeIndexedDb, fake_browser
from storage_localstorage import QUOTA, LocalStorage, journal_prefix
from storage_localstorage.fake import FakeArea

NAMES = ("todo", "0123456789abcdef", "00000000000000aa")


class TestBrowserStorage(ForgetfulStorageConformance):
    def setup_method(self) -> None:
        self.area = FakeArea()
        self.databases = FakeIndexedDb()

    async def open(self) -> Storage:
        return BrowserStorage(
            LocalStorage(self.area, journal_prefix(*NAMES)),
            lambda lost: VitalPlace(fake_browser(self.databases), vital_name(*NAMES), lost=lost),
        )

    async def crash(self, storage: Storage) -> None:
        """Of the tab: the browser keeps what local storage has."""
        self.databases.lose_power()

    async def refuse_writes(self) -> None:
        self.area.quota = self.area.used + 200

    async def accept_writes(self) -> None:
        self.area.quota = QUOTA

    async def remember(self) -> None:
        self.remembered = dict(self.area.items)

    async def forget(self) -> None:
        self.area.items = dict(self.remembered)
