"""What runs in the page of these tests: the storage conformance suite, over the real thing."""

import json
import secrets
import traceback
from typing import Any
from unittest import SkipTest

from js import drain, fill

from raft_core.interfaces import Storage
from raft_core.testing.conformance import StorageConformance
from storage_indexeddb import IndexedDbStorage, journal_name, this_browser

APP = "todo"
SESSION = "0123456789abcdef"
REFUSED = 16 * 1024
"""Bytes of room that are left at most in a storage that is full."""


class IndexedDbSuite(StorageConformance):
    """Each test has a database of its own."""

    def setup_method(self) -> None:
        self.name = journal_name(APP, SESSION, secrets.token_hex(8))

    async def open(self) -> Storage:
        return IndexedDbStorage(this_browser(), self.name)

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
        except Exception:
            said[name] = traceback.format_exc()
        await one.teardown()
    return json.dumps(said)
