"""What runs in the page of these tests: the storage conformance suite, over the real things."""

import asyncio
import json
import random
import secrets
import traceback
from unittest import SkipTest

from js import drain, fill, localStorage

from raft_core.interfaces import Storage
from raft_core.testing.conformance import ForgetfulStorageConformance, StorageConformance
from raft_web.browser_storage import BrowserStorage
from storage_indexeddb import (
    IndexedDbStorage,
    Journal,
    VitalPlace,
    journal_name,
    this_browser,
    vital_name,
)
from storage_indexeddb.storage import Done
from storage_localstorage import LocalStorage, journal_prefix, local_area

APP = "todo"
SESSION = "0123456789abcdef"
REFUSED = 16 * 1024
"""Bytes of room that are left at most in a storage that is full."""


class Incompressible(IndexedDbStorage):
    """Mixes noise into what it stores: Firefox compresses, and 100,000 equal bytes always fit."""

    async def load(self) -> Journal:
        journal = await super().load()
        checkpoint = journal.checkpoint
        return Journal(
            [mix(record) for record in journal.records],
            None if checkpoint is None else mix(checkpoint),
        )

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        super().append(mix(record), done, vital=vital)

    def checkpoint(self, record: bytes, done: Done) -> None:
        super().checkpoint(mix(record), done)


def mix(data: bytes) -> bytes:
    """The same twice is the data itself."""
    noise = random.Random(0).randbytes(len(data))
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(noise, "big")
    return mixed.to_bytes(len(data), "big")


class Suite(StorageConformance):
    """Each test is a member of its own."""

    def setup_method(self) -> None:
        self.member = secrets.token_hex(8)

    async def teardown(self) -> None:
        """Leave room for the next test."""


class IndexedDbSuite(Suite):
    """The whole journal in IndexedDB."""

    async def open(self) -> Storage:
        return Incompressible(this_browser(), journal_name(APP, SESSION, self.member))

    async def crash(self, storage: Storage) -> None:
        """What was handed to the browser it carries out, as after a crash of the tab."""
        assert isinstance(storage, IndexedDbStorage)
        if storage._connection is not None:
            storage._connection._database.close()

    async def refuse_writes(self) -> None:
        await fill(REFUSED)

    async def accept_writes(self) -> None:
        await drain()

    async def teardown(self) -> None:
        await drain()


class LocalSuite(Suite):
    """The whole journal in local storage."""

    async def open(self) -> Storage:
        return LocalStorage(local_area(), journal_prefix(APP, SESSION, self.member))

    async def refuse_writes(self) -> None:
        size = 1 << 22
        while size >= REFUSED:
            try:
                localStorage.setItem(f"filler {secrets.token_hex(4)}", "x" * size)
            except Exception:  # noqa: BLE001  it is full
                size //= 2

    async def accept_writes(self) -> None:
        for key in [str(localStorage.key(place)) for place in range(localStorage.length)]:
            if key.startswith("filler"):
                localStorage.removeItem(key)

    async def teardown(self) -> None:
        localStorage.clear()

    async def test_records_come_back_when_pythons_memory_has_become_another(self) -> None:
        records = [bytes(range(256)), b"\xff" * 70_000, b"more", b""]
        storage = await self.open()
        await storage.load()
        answers: list[Exception | None] = []
        for record in records:
            storage.append(record, answers.append, vital=False)
            # Much more than it has: what JavaScript knew of its memory is of no use any more.
            del bytearray(2**28)[:]
        await storage.close()
        assert answers == [None] * len(records)
        assert list((await (await self.open()).load()).records) == records

    async def test_a_checkpoint_leaves_no_record_behind(self) -> None:
        storage = await self.open()
        await storage.load()
        answers: list[Exception | None] = []
        for record in (b"1", b"2", b"3"):
            storage.append(record, answers.append, vital=False)
        storage.checkpoint(b"all", answers.append)
        storage.append(b"4", answers.append, vital=False)
        await storage.close()
        assert answers == [None] * 5
        keys = [str(localStorage.key(place)) for place in range(localStorage.length)]
        names = {key.rpartition("/")[2] for key in keys if f"/{self.member}/" in key}
        assert names == {"owner", "checkpoint", "r000000000004"}


class BrowserSuite(LocalSuite, ForgetfulStorageConformance):
    """The journal in local storage, what is vital in IndexedDB too."""

    async def remember(self) -> None:
        keys = [str(localStorage.key(place)) for place in range(localStorage.length)]
        self.remembered = {key: localStorage.getItem(key) for key in keys}

    async def forget(self) -> None:
        localStorage.clear()
        for key, value in self.remembered.items():
            localStorage.setItem(key, value)

    async def open(self) -> Storage:
        names = (APP, SESSION, self.member)
        return BrowserStorage(
            LocalStorage(local_area(), journal_prefix(*names)),
            lambda lost: VitalPlace(this_browser(), vital_name(*names), lost=lost),
        )


async def run_suite(suite: type[Suite]) -> str:
    """What each test of a suite said; None if it passed."""
    said: dict[str, str | None] = {}
    for name in dir(suite):
        if not name.startswith("test_"):
            continue
        one = suite()
        one.setup_method()
        said[name] = None
        try:
            await getattr(one, name)()
        except SkipTest as skipped:
            said[name] = f"skipped: {skipped}"
        except Exception:  # noqa: BLE001  whatever it is, it is what the test says
            said[name] = traceback.format_exc()
        await one.teardown()
    return json.dumps(said)


class Member:
    """One storage that acknowledges what it is told to, for tests that take things away from it."""

    def __init__(self, member: str) -> None:
        self.acknowledged = 0
        self.refused: str | None = None
        self.lost: str | None = None
        self._given = 0
        self.storage = IndexedDbStorage(
            this_browser(), journal_name(APP, SESSION, member), lost=self._on_lost
        )

    async def load(self) -> list[int]:
        """The numbers that the records are."""
        found = [int(record) for record in (await self.storage.load()).records]
        self._given = self.acknowledged = len(found)
        return found

    def append(self) -> None:
        """The next number, whatever became of the last."""
        self._given += 1
        self.storage.append(b"%d" % self._given, self._done)

    def keep_on(self) -> None:
        """Append without end, some at a time."""
        self.append()
        if self.refused is None:
            asyncio.get_running_loop().call_later(0.001, self.keep_on)

    def _done(self, error: Exception | None) -> None:
        if error is None:
            self.acknowledged += 1
        else:
            self.refused = f"{type(error).__name__}: {error}"

    def _on_lost(self, error: Exception) -> None:
        self.lost = f"{type(error).__name__}: {error}"
