"""Random lives of a member, also with a second window on its journal, and what each next one finds.

What was acknowledged is loaded, in order, and what was refused is not.
"""

import asyncio
from random import Random

import pytest

from storage_indexeddb import Journal
from storage_indexeddb.fake import FakeIndexedDb
from storage_indexeddb.fake_javascript import FakeJsError
from storage_indexeddb.storage import MUCH
from tests.unit.storage_indexeddb.support import Page, settled

HISTORIES, PARTS = 200, 4
Contents = tuple[bytes | None, list[bytes]]


class Life(Page):
    """One start, what was asked of it, and what it acknowledged."""

    def __init__(self, databases: FakeIndexedDb, random: Random) -> None:
        super().__init__(databases)
        self.loaded = Journal([])
        self.operations: list[tuple[bytes, bool]] = []
        """What was written, and whether as a checkpoint."""
        self.acknowledged = 0
        self.refused = False
        self.ends = False
        self._random = random
        self._depth = 0

    def ask(self) -> None:
        """Write, and in some dones write again, as a driver does."""
        random, place = self._random, len(self.operations)
        record = b"%x " % random.getrandbits(64) + bytes(MUCH if random.random() < 0.15 else 0)
        checkpoint = random.random() < 0.1
        self.operations.append((record, checkpoint))

        def done(error: Exception | None) -> None:
            if error is not None:
                self.refused = True
            else:
                assert (self.acknowledged, self.refused) == (place, False), "out of order"
                self.acknowledged += 1
            if not self.ends and self._depth < 3 and random.random() < 0.3:
                self._depth += 1
                for _ in range(random.randint(1, 3)):
                    self.ask()
                self._depth -= 1

        (self.storage.checkpoint if checkpoint else self.storage.append)(record, done)

    def journal_after(self, count: int) -> Contents:
        checkpoint, records = self.loaded.checkpoint, list(self.loaded.records)
        for record, replaces in self.operations[:count]:
            if replaces:
                checkpoint, records = record, []
            else:
                records.append(record)
        return checkpoint, records

    def check(self, found: Journal) -> None:
        """What the next life finds."""
        journals = [self.journal_after(count) for count in range(len(self.operations) + 1)]
        contents = (found.checkpoint, list(found.records))
        assert contents in journals, "it never had this journal"
        there = len(journals) - 1 - journals[::-1].index(contents)
        assert there >= self.acknowledged, "what was acknowledged is lost"
        assert there == self.acknowledged or not self.refused, "what was refused is loaded"


class History:
    """The databases of one browser, and what happens to them."""

    def __init__(self, seed: int, *, second_window: bool) -> None:
        self.random = Random(seed)
        self.databases = FakeIndexedDb(quota=10**9)
        self._second_window = second_window

    async def live(self, before: Life | None) -> Life:
        """One life up to its end; the one before is checked by what it has left."""
        life, other = Life(self.databases, self.random), Life(self.databases, self.random)
        life.loaded = await life.storage.load()
        if before is not None:
            before.check(life.loaded)
        if self._second_window:
            await other.storage.load()
        for _ in range(self.random.randint(5, 40)):
            await self.happen(life)
            # The first to write goes on. The other one may stand in its way, and never be believed.
            if self._second_window and life.acknowledged and self.random.random() < 0.1:
                other.ask()
        self.databases.fail_next = None
        life.ends = other.ends = True
        if self.random.random() < 0.5:
            self.databases.lose_power()
        else:
            self.databases.release()
            await life.storage.close()
            await other.storage.close()
        await settled(self.databases)
        assert not other.acknowledged, "both windows were told that they had written"
        return life

    async def happen(self, life: Life) -> None:
        random, databases = self.random, self.databases
        drawn = random.random()
        if drawn < 0.55:
            life.ask()
        elif drawn < 0.7:
            databases.held = not databases.held
            if not databases.held:
                databases.release()
        elif drawn < 0.73:
            databases.fail_next = FakeJsError("QuotaExceededError")
        else:
            for _ in range(random.randint(1, 6)):
                await asyncio.sleep(0)


@pytest.mark.parametrize("second_window", [False, True])
@pytest.mark.parametrize("part", range(PARTS))
async def test_what_each_life_leaves_is_what_it_promised(part: int, *, second_window: bool) -> None:
    for seed in range(part, HISTORIES, PARTS):
        history = History(seed, second_window=second_window)
        life: Life | None = None
        try:
            for _ in range(history.random.randint(2, 5)):
                life = await history.live(life)
        except AssertionError as error:
            error.add_note(f"in the history of the seed {seed}")
            raise
