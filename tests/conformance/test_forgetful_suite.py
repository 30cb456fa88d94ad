"""The suite of storages that may forget takes one that does it openly, and rejects the others."""

from collections.abc import Callable
from unittest import SkipTest

import pytest

from raft_core.interfaces import Journal, Storage
from raft_core.memory import MemoryStorage
from raft_core.testing.conformance import ForgetfulStorageConformance, StorageConformance
from tests.conformance.running import names, rejection, rejections

Done = Callable[[Exception | None], None]


class Forgetful(MemoryStorage):
    """Correct: counts its starts in a safe place, and a quick one has the word of its end."""

    def __init__(self) -> None:
        super().__init__()
        self.starts = 0
        self.ended = 0
        """In the quick place: the last start that has ended in order."""
        self.vital: bytes | None = None
        self.doubt = False

    async def load(self) -> Journal:
        journal = await super().load()
        self.doubt = self.vital is not None and self.ended != self.starts
        self.starts += 1
        return Journal(journal.records, journal.checkpoint, suspect=self.doubt, vital=self.vital)

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        if vital:
            self.vital = record
            self.doubt = False
        super().append(record, done)

    async def close(self) -> None:
        if self._open and not self.doubt:
            self.ended = self.starts
        await super().close()

    def die(self) -> None:
        """Without a word."""
        self._open = False


class WithoutDoubts(Forgetful):
    async def load(self) -> Journal:
        journal = await super().load()
        return Journal(journal.records, journal.checkpoint, vital=self.vital)


class AlwaysInDoubt(Forgetful):
    async def close(self) -> None:
        self._open = False


class DoubtingOnce(Forgetful):
    """Takes the end of a start that has told nobody of the doubt for one in order."""

    async def close(self) -> None:
        self.doubt = False
        await super().close()


class KeepingTheFirstVital(Forgetful):
    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        kept = self.vital
        super().append(record, done, vital=vital)
        self.vital = kept or self.vital


class ForgettingWhatIsVital(Forgetful):
    """Has it in the quick place only."""

    async def load(self) -> Journal:
        journal = await super().load()
        lost = self.vital not in journal.records
        return Journal(
            journal.records,
            journal.checkpoint,
            suspect=journal.suspect,
            vital=None if lost else journal.vital,
        )


class PlainInsideDone(Forgetful):
    """Knows of no vital record that is given inside a done."""

    telling = False

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        def tell(error: Exception | None) -> None:
            self.telling = True
            done(error)
            self.telling = False

        super().append(record, tell, vital=vital and not self.telling)


class WithoutANumber(Forgetful):
    """The word says that there was an end, and not of which start."""

    async def load(self) -> Journal:
        self.starts = 0
        journal = await super().load()
        suspect, self.ended = self.vital is not None and not self.ended, 0
        return Journal(journal.records, journal.checkpoint, suspect=suspect, vital=self.vital)


BROKEN = [
    (AlwaysInDoubt, "an_end_in_order_leaves_no_doubt"),
    (WithoutDoubts, "after_a_crash_it_is_suspect_until_a_vital_record_is_stored"),
    (DoubtingOnce, "after_a_crash_it_is_suspect_until_a_vital_record_is_stored"),
    (KeepingTheFirstVital, "the_newest_vital_record_is_known_after_a_crash"),
    (PlainInsideDone, "a_vital_record_given_inside_done_is_known_as_well"),
    (ForgettingWhatIsVital, "a_crash_loses_a_tail_and_no_vital_record"),
    (WithoutANumber, "an_earlier_end_in_order_is_not_taken_for_the_last"),
]


def suite_of(storage: type[Forgetful]) -> type[ForgetfulStorageConformance]:
    class Suite(ForgetfulStorageConformance):
        def setup_method(self) -> None:
            self.storage = storage()

        async def open(self) -> Storage:
            return self.storage

        async def crash(self, storage: Storage) -> None:
            self.storage.die()

        async def refuse_writes(self) -> None:
            self.storage.quota = self.storage.size + 10

        async def accept_writes(self) -> None:
            self.storage.quota = None

        async def remember(self) -> None:
            self.remembered = (list(self.storage.records), self.storage.ended)

        async def forget(self) -> None:
            self.storage.records, self.storage.ended = self.remembered

    return Suite


@pytest.mark.parametrize("broken, test", BROKEN)
async def test_a_broken_storage_is_rejected(broken: type[Forgetful], test: str) -> None:
    assert await rejection(suite_of(broken), test)


async def test_a_sound_storage_is_not() -> None:
    assert await rejections(suite_of(Forgetful)) == {}


async def test_one_that_never_forgets_is_none_of_these() -> None:
    class Suite(ForgetfulStorageConformance):
        async def open(self) -> Storage:
            return MemoryStorage()

    assert await rejection(Suite, "the_newest_vital_record_is_known_after_a_crash")


def test_every_test_of_the_suite_rejects_something() -> None:
    own = names(ForgetfulStorageConformance) - names(StorageConformance)
    assert {test for _, test in BROKEN} == own


async def test_without_hooks_the_reason_is_given() -> None:
    suite = ForgetfulStorageConformance()
    for hook in (suite.remember, suite.forget):
        with pytest.raises(SkipTest, match="override"):
            await hook()
