"""What runs in the page of these tests: the storage conformance suite, over the real thing."""

import json
import random
import secrets
import traceback
from typing import Any
from unittest import SkipTest

from js import drain, fill

from raft_core.interfaces import Storage
from raft_core.testing.conformance import StorageConformance
from storage_indexeddb import IndexedDbStorage, Journal, journal_name, this_browser
from storage_indexeddb.storage import Done

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


class IndexedDbSuite(StorageConformance):
    """Each test has a database of its own."""

    def setup_method(self) -> None:
        self.name = journal_name(APP, SESSION, secrets.token_hex(8))

    async def open(self) -> Storage:
        return Incompressible(this_browser(), self.name)

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


async def run_suite(suite: type[Any]) -> str:
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
