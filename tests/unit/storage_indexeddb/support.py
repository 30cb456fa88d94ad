"""What several of these tests need."""

import asyncio
from collections.abc import Callable

from raft_core.testing.conformance.waiting import turns
from storage_indexeddb import IndexedDbStorage, Journal, journal_name, vital_name
from storage_indexeddb.fake import FakeIndexedDb, FakePage, FakeTransaction, fake_browser

APP = "todo"
SESSION = "0123456789abcdef"
OTHER_SESSION = "fedcba9876543210"
MEMBER = "00000000000000aa"
OTHER_MEMBER = "00000000000000bb"
NAME = journal_name(APP, SESSION, MEMBER)
VITAL_NAME = vital_name(APP, SESSION, MEMBER)

Answers = list[Exception | None]


class Page(FakePage):
    """A page with one storage in it."""

    def __init__(self, databases: FakeIndexedDb, name: str = NAME) -> None:
        super().__init__(databases)
        self.losses: list[Exception] = []
        self.answers: dict[bytes, Exception | None] = {}
        """By record, in the order in which they came."""
        self.storage = IndexedDbStorage(self.browser, name, lost=self.losses.append)

    def put(self, *records: bytes) -> None:
        for record in records:
            self.storage.append(record, self._done(record))

    def put_checkpoint(self, record: bytes) -> None:
        self.storage.checkpoint(record, self._done(record))

    def _done(self, record: bytes) -> Callable[[Exception | None], None]:
        def done(error: Exception | None) -> None:
            assert record not in self.answers
            self.answers[record] = error

        return done


async def opened(databases: FakeIndexedDb, name: str = NAME) -> Page:
    page = Page(databases, name)
    await page.storage.load()
    return page


async def loaded(databases: FakeIndexedDb, name: str = NAME) -> Journal:
    """What a next life finds."""
    storage = IndexedDbStorage(fake_browser(databases), name)
    try:
        return await storage.load()
    finally:
        await storage.close()


async def settled(databases: FakeIndexedDb) -> list[FakeTransaction]:
    """Let everything happen; the transactions that were carried out so far."""
    await turns()
    return databases.carried_out


async def until_open(databases: FakeIndexedDb, name: str = NAME) -> None:
    """Until the browser has opened it: whoever waits for that goes on in a later turn."""
    for _ in range(20):
        if name in databases.stored and databases.stored[name].open:
            return
        await asyncio.sleep(0)
    raise AssertionError("it was not opened")
