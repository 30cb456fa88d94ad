"""Random lives of a member on BrowserStorage, and what each next one must find.

What was acknowledged is there, or the journal says that it may not be; a vital record always is.
"""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from msgspec import Struct

from raft_web.browser_storage import BrowserStorage, Loaded
from storage_indexeddb import VitalPlace, vital_name
from storage_indexeddb.fake import FakeIndexedDb, fake_browser
from storage_indexeddb.fake_javascript import FakeJsError
from storage_localstorage import QUOTA, LocalStorage, journal_prefix
from storage_localstorage.fake import FakeArea

NAMES = ("todo", "0123456789abcdef", "00000000000000aa")
HISTORIES, PARTS = 200, 4


class Operation(Struct):
    record: bytes
    vital: bool = False
    checkpoint: bool = False


class Life:
    """One start, what was asked of it, and what it acknowledged."""

    def __init__(self, storage: BrowserStorage, loaded: Loaded, random: Random) -> None:
        self.loaded = loaded
        self.operations: list[Operation] = []
        self.acknowledged = 0
        self.refused = False
        self.ends = self.killed = self.left_a_word = False
        self._storage = storage
        self._random = random
        self._depth = 0

    def ask(self, operation: Operation) -> None:
        """Write, and in some dones write again, as a driver does."""
        place = len(self.operations)
        self.operations.append(operation)

        def done(error: Exception | None) -> None:
            if error is not None:
                self.refused = True
            else:
                assert (self.acknowledged, self.refused) == (place, False), "out of order"
                self.acknowledged += 1
            if not self.ends and self._depth < 3 and self._random.random() < 0.4:
                self._depth += 1
                for _ in range(self._random.randint(1, 3)):
                    self.ask(self.drawn())
                self._depth -= 1

        if operation.checkpoint:
            self._storage.checkpoint(operation.record, done)
        else:
            self._storage.append(operation.record, done, vital=operation.vital)

    def drawn(self) -> Operation:
        name = b"%x" % self._random.getrandbits(64)
        checkpoint = self._random.random() < 0.1
        return Operation(name, not checkpoint and self._random.random() < 0.35, checkpoint)

    def journal_after(self, count: int) -> tuple[bytes | None, list[bytes]]:
        checkpoint, records = self.loaded.checkpoint, list(self.loaded.records)
        for operation in self.operations[:count]:
            if operation.checkpoint:
                checkpoint, records = operation.record, []
            else:
                records.append(operation.record)
        return checkpoint, records

    def check(self, found: Loaded) -> None:
        """What the next life finds."""
        journals = [self.journal_after(count) for count in range(len(self.operations) + 1)]
        assert (found.checkpoint, found.records) in journals, "it never had this journal"
        there = len(journals) - 1 - journals[::-1].index((found.checkpoint, list(found.records)))
        assert self.killed or there >= self.acknowledged, "what was acknowledged is lost"
        assert found.suspect or there >= self.acknowledged, "it says that it has lost nothing"
        vital = [one.record for one in self.operations if one.vital]
        told = [one.record for one in self.operations[: self.acknowledged] if one.vital]
        if told:
            assert found.vital in vital[vital.index(told[-1]) :], "a vital record is forgotten"
        else:
            assert found.vital in [self.loaded.vital, *vital]
        doubt = self.loaded.suspect and not told
        assert found.suspect or not doubt, "a doubt is forgotten"
        assert not found.suspect or doubt or self.refused or not self.left_a_word, (
            "a word is forgotten"
        )


class History:
    """The storages of one browser, and what happens to them."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.area = FakeArea()
        self.databases = FakeIndexedDb()

    async def live(self, before: Life | None) -> Life:
        """One life up to its end; the one before is checked by what it has left."""
        while self.random.random() < 0.3:
            await self.go_while_it_loads(before)
        storage = self.storage()
        loaded = await storage.load()
        if before is not None:
            before.check(loaded)
        life = Life(storage, loaded, self.random)
        if not loaded.records and loaded.checkpoint is None and loaded.vital is None:
            life.ask(Operation(b"the first of all is vital", vital=True))
        remembered = [dict(self.area.items)]
        for _ in range(self.random.randint(5, 40)):
            await self.happen(life)
            if self.random.random() < 0.3:
                remembered.append(dict(self.area.items))
        self.area.quota, self.databases.fail_next = QUOTA, None
        await self.end(life, storage, remembered)
        return life

    def storage(self) -> BrowserStorage:
        return BrowserStorage(
            LocalStorage(self.area, journal_prefix(*NAMES)),
            lambda lost: VitalPlace(fake_browser(self.databases), vital_name(*NAMES), lost=lost),
        )

    async def go_while_it_loads(self, before: Life | None) -> None:
        """A page that is reloaded, or killed with its browser, before it has loaded the journal."""
        storage = self.storage()
        remembered = [dict(self.area.items)]
        if self.random.random() < 0.1:
            self.databases.fail_next = FakeJsError("QuotaExceededError")
        loading = asyncio.ensure_future(storage.load())
        for _ in range(self.random.randint(0, 20)):
            await asyncio.sleep(0)
            remembered.append(dict(self.area.items))
        if self.random.random() < 0.8:
            storage.stop()
        else:
            self.area.items = self.random.choice(remembered)
            if before is not None:
                before.left_a_word = False
        self.databases.lose_power()
        left = dict(self.area.items)
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)
        self.area.items = left  # a page that is gone hears of no cancellation
        self.databases.fail_next = None

    async def happen(self, life: Life) -> None:
        random, databases = self.random, self.databases
        drawn = random.random()
        if drawn < 0.55:
            life.ask(life.drawn())
        elif drawn < 0.7:
            databases.held = not databases.held
            if not databases.held:
                databases.release()
        elif drawn < 0.72:
            databases.fail_next = FakeJsError("QuotaExceededError")
        elif drawn < 0.74:
            self.area.quota = self.area.used + random.randint(0, 80)
        else:
            for _ in range(random.randint(1, 6)):
                await asyncio.sleep(0)

    async def end(
        self, life: Life, storage: BrowserStorage, remembered: list[dict[str, str]]
    ) -> None:
        life.ends = True
        match self.random.choice(["close", "stop", "crash of the tab", "kill", "kill"]):
            case "close":
                self.databases.release()
                await storage.close()
                life.left_a_word = True
            case "stop":
                storage.stop()
                life.left_a_word = True
            case "kill":
                self.area.items = dict(self.random.choice(remembered))
                life.killed = True
        self.databases.lose_power()


@pytest.mark.parametrize("part", range(PARTS))
async def test_what_each_life_leaves_is_what_it_promised(part: int) -> None:
    for seed in range(part, HISTORIES, PARTS):
        history = History(seed)
        life: Life | None = None
        try:
            for _ in range(history.random.randint(2, 5)):
                life = await history.live(life)
        except AssertionError as error:
            error.add_note(f"in the history of the seed {seed}")
            raise
