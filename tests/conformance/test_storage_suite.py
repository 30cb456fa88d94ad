"""The storage suite takes what keeps its promises late, and rejects what breaks one."""

import asyncio
from collections.abc import Callable
from threading import Thread
from unittest import SkipTest

import pytest

from raft_core.interfaces import Journal, Storage
from raft_core.memory import MemoryStorage
from raft_core.testing.conformance import StorageConformance
from tests.conformance.running import names, rejection, rejections

Done = Callable[[Exception | None], None]


class LateStorage(MemoryStorage):
    """Correct: every record is stored, and done called, in a later turn of the event loop."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[asyncio.Handle] = []

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        self._later(super().append, record, done)

    def checkpoint(self, record: bytes, done: Done) -> None:
        self._later(super().checkpoint, record, done)

    async def close(self) -> None:
        self.stop()
        await super().close()

    def stop(self) -> None:
        for handle in self.waiting:
            handle.cancel()

    def _later(self, call: Callable[[bytes, Done], None], record: bytes, done: Done) -> None:
        self.waiting.append(asyncio.get_running_loop().call_soon(call, record, done))


class TestLateStorage(StorageConformance):
    def setup_method(self) -> None:
        self.storage = LateStorage()

    async def open(self) -> Storage:
        return self.storage

    async def crash(self, storage: Storage) -> None:
        self.storage.stop()

    async def refuse_writes(self) -> None:
        self.storage.quota = self.storage.size + 10

    async def accept_writes(self) -> None:
        self.storage.quota = None


class NeverEmpty(MemoryStorage):
    """Has a header, and takes it for a record."""

    async def load(self) -> Journal:
        journal = await super().load()
        return Journal([b"header", *journal.records], journal.checkpoint)


class Reordering(MemoryStorage):
    async def load(self) -> Journal:
        journal = await super().load()
        return Journal(sorted(journal.records, reverse=True), journal.checkpoint)


class LosingTheLast(MemoryStorage):
    async def load(self) -> Journal:
        del self.records[-1:]
        return await super().load()


class Text(MemoryStorage):
    """Keeps records as text that not every byte survives."""

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        super().append(record.decode("utf-8", "replace").encode(), done)


class CuttingLargeOnes(MemoryStorage):
    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        super().append(record[:65_535], done)


class WithoutRepeats(MemoryStorage):
    async def load(self) -> Journal:
        journal = await super().load()
        return Journal(list(dict.fromkeys(journal.records)), journal.checkpoint)


class PreferringVital(MemoryStorage):
    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        super().append(record, done)
        if vital:
            self.records.insert(0, self.records.pop())


class StartingOver(MemoryStorage):
    """Numbers records from one again after a reload, so that new ones replace old ones."""

    written = 0

    async def load(self) -> Journal:
        self.written = 0
        return await super().load()

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        super().append(record, lambda error: None)
        self.records[self.written] = self.records.pop()
        self.written += 1
        done(None)


class DoneTwice(MemoryStorage):
    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        super().append(record, done)
        done(None)


class DoneBackwards(MemoryStorage):
    """Calls back for two records at a time, the newer one first."""

    held: Callable[[], None] | None = None

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        if self.held is None:
            super().append(record, lambda error: setattr(self, "held", lambda: done(error)))
        else:
            super().append(record, done)
            held, self.held = self.held, None
            held()


class DoneInAnotherThread(MemoryStorage):
    """Calls back where it wrote, as a thread for a slow disk does that forgets the event loop."""

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        super().append(record, lambda error: None)
        thread = Thread(target=done, args=(None,))
        thread.start()
        thread.join()


class NeverDone(MemoryStorage):
    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        super().append(record, lambda error: None)


class NotReentrant(MemoryStorage):
    """Forgets what was appended inside a done."""

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        super().append(record, lambda error: None)
        stored = list(self.records)
        done(None)
        self.records[:] = stored


class OvertakingInsideDone(LateStorage):
    """What is appended inside a done does not wait for what came before."""

    telling = False

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        if self.telling:
            MemoryStorage.append(self, record, done)
        else:
            self._later(super().append, record, self._telling(done))

    def _telling(self, done: Done) -> Done:
        def tell(error: Exception | None) -> None:
            self.telling = True
            done(error)
            self.telling = False

        return tell


class WritingAtTheClose(MemoryStorage):
    """Calls done when the record is in a buffer, which only an orderly end writes."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer: list[bytes] = []

    async def load(self) -> Journal:
        self.buffer = []
        return await super().load()

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        self.buffer.append(record)
        done(None)

    async def close(self) -> None:
        self.records += self.buffer
        self.buffer = []
        await super().close()


class CheckpointOnly(MemoryStorage):
    """Looks for records only if there is no checkpoint."""

    async def load(self) -> Journal:
        journal = await super().load()
        return journal if journal.checkpoint is None else Journal([], journal.checkpoint)


class CheckpointAsText(MemoryStorage):
    def checkpoint(self, record: bytes, done: Done) -> None:
        super().checkpoint(record.decode("utf-8", "replace").encode(), done)


class CheckpointBesideRecords(MemoryStorage):
    def checkpoint(self, record: bytes, done: Done) -> None:
        self.stored_checkpoint = record
        done(None)


class RemovingBeforeTheCheckpoint(MemoryStorage):
    """Removes the records, and finds out only then that the checkpoint does not fit."""

    def checkpoint(self, record: bytes, done: Done) -> None:
        self.records.clear()
        super().checkpoint(record, done)


class HalfACheckpoint(LateStorage):
    """Removes the records at once, and writes the checkpoint later."""

    def checkpoint(self, record: bytes, done: Done) -> None:
        self.records.clear()
        super().checkpoint(record, done)


class AppendingBesideACheckpoint(LateStorage):
    """Writes records at once, and a checkpoint later in place of those that it covers."""

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        self.records.append(record)
        self.waiting.append(asyncio.get_running_loop().call_soon(done, None))

    def checkpoint(self, record: bytes, done: Done) -> None:
        covered = len(self.records)

        def replace() -> None:
            self.stored_checkpoint = record
            del self.records[:covered]
            done(None)

        self.waiting.append(asyncio.get_running_loop().call_soon(replace))


class RaisingWhenFull(MemoryStorage):
    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        def raising(error: Exception | None) -> None:
            if error is not None:
                raise error
            done(None)

        super().append(record, raising)


class SilentlyFull(MemoryStorage):
    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        super().append(record, lambda error: done(None))


class MakingRoom(MemoryStorage):
    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        while self.quota is not None and self.records and self.size + len(record) > self.quota:
            self.records.pop(0)
        super().append(record, done)


class GoingOnAfterARefusal(MemoryStorage):
    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        self._refusal = None
        super().append(record, done)


class GoingOnAfterARefusedCheckpoint(MemoryStorage):
    def checkpoint(self, record: bytes, done: Done) -> None:
        super().checkpoint(record, done)
        self._refusal = None


class KeepingHalfABatch(MemoryStorage):
    """Writes all that was given in a turn, and refuses all of it if the last of it was."""

    def __init__(self) -> None:
        super().__init__()
        self.batch: list[tuple[bytes, Done]] = []

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        self.batch.append((record, done))
        if len(self.batch) == 1:
            asyncio.get_running_loop().call_soon(self.write)

    def write(self) -> None:
        batch, self.batch = self.batch, []
        answers: list[Exception | None] = []
        for record, _ in batch:
            super().append(record, answers.append)
        for _, done in batch:
            done(answers[-1])


class WithALimit(MemoryStorage):
    """Correct: it knows how much it holds."""

    def __init__(self) -> None:
        super().__init__(quota=10**7)


class NeverRoomForACheckpoint(WithALimit):
    def takes_checkpoint(self, size: int) -> bool:
        return False


class AlwaysRoomForACheckpoint(WithALimit):
    def takes_checkpoint(self, size: int) -> bool:
        return True


class ClosingOnce(MemoryStorage):
    closed = False

    async def load(self) -> Journal:
        self.closed = False
        return await super().load()

    async def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed twice")
        self.closed = True
        await super().close()


class LoadedOnly(MemoryStorage):
    """Lets go of what it gets hold of at the load only."""

    async def close(self) -> None:
        if not self._open and not self.records:
            raise RuntimeError("there is nothing to let go of")


class DoneAfterClose(LateStorage):
    async def close(self) -> None:
        self._open = False

    def _later(self, call: Callable[[bytes, Done], None], record: bytes, done: Done) -> None:
        asyncio.get_running_loop().call_soon(done, None)
        self.records.append(record)


class ForgettingTheTornOne(MemoryStorage):
    """Has no way to put a new record in the place of the torn one."""

    def __init__(self) -> None:
        super().__init__(may_tear=True)

    def drop_last(self) -> None:
        """Does nothing."""


TORN = "only_the_last_record_can_be_torn_and_is_replaced"
LIMIT = "a_limit_lets_a_member_compact_and_keeps_it_from_what_does_not_fit"
BROKEN = [
    (NeverEmpty, "an_empty_storage_loads_as_empty"),
    (Reordering, "records_come_back_in_order"),
    (LosingTheLast, "records_come_back_in_order"),
    (Text, "records_come_back_byte_for_byte"),
    (CuttingLargeOnes, "large_records_come_back"),
    (WithoutRepeats, "equal_records_are_all_kept"),
    (PreferringVital, "vital_records_keep_their_place"),
    (StartingOver, "appends_continue_after_a_reload"),
    (DoneTwice, "done_is_called_once_for_each_and_in_order"),
    (DoneBackwards, "done_is_called_once_for_each_and_in_order"),
    (DoneInAnotherThread, "done_is_called_once_for_each_and_in_order"),
    (DoneInAnotherThread, "a_checkpoint_replaces_everything_before_it"),
    (NeverDone, "done_is_called_once_for_each_and_in_order"),
    (NotReentrant, "an_append_inside_done_is_taken"),
    (OvertakingInsideDone, "an_append_inside_done_is_taken"),
    (WritingAtTheClose, "what_was_done_survives_a_crash"),
    (WritingAtTheClose, "a_crash_keeps_all_that_is_done_and_whole_records_in_order"),
    (CheckpointOnly, "appends_follow_a_checkpoint"),
    (CheckpointAsText, "a_checkpoint_comes_back_byte_for_byte"),
    (CheckpointBesideRecords, "a_checkpoint_replaces_everything_before_it"),
    (HalfACheckpoint, "a_crash_leaves_the_journal_before_a_checkpoint_or_after_it"),
    (
        AppendingBesideACheckpoint,
        "a_crash_leaves_nothing_behind_a_checkpoint_without_the_checkpoint",
    ),
    (RemovingBeforeTheCheckpoint, "a_refused_checkpoint_changes_nothing"),
    (RaisingWhenFull, "a_refused_append_says_so_and_leaves_all_before_intact"),
    (SilentlyFull, "a_refused_append_says_so_and_leaves_all_before_intact"),
    (MakingRoom, "a_refused_append_says_so_and_leaves_all_before_intact"),
    (KeepingHalfABatch, "of_what_is_refused_together_nothing_is_kept"),
    (GoingOnAfterARefusedCheckpoint, "a_refused_checkpoint_changes_nothing"),
    (NeverRoomForACheckpoint, LIMIT),
    (AlwaysRoomForACheckpoint, LIMIT),
    (GoingOnAfterARefusal, "everything_after_a_refusal_is_refused_until_a_reload"),
    (ClosingOnce, "close_is_idempotent"),
    (LoadedOnly, "a_storage_that_was_not_loaded_can_be_closed"),
    (DoneAfterClose, "no_done_comes_after_close"),
    (ForgettingTheTornOne, TORN),
]


def suite_of(storage: type[MemoryStorage], *, patient: bool = True) -> type[StorageConformance]:
    class Suite(StorageConformance):
        patience = 30.0 if patient else 0.1

        def setup_method(self) -> None:
            self.storage = storage()

        async def open(self) -> Storage:
            return self.storage

        async def crash(self, storage: Storage) -> None:
            if isinstance(storage, LateStorage):
                storage.stop()

        async def refuse_writes(self) -> None:
            self.storage.quota = self.storage.size + 10

        async def accept_writes(self) -> None:
            self.storage.quota = None

        async def tear(self) -> None:
            self.storage.records[-1] = self.storage.records[-1][:5]

    return Suite


@pytest.mark.parametrize("broken, test", BROKEN)
async def test_a_broken_storage_is_rejected(broken: type[MemoryStorage], test: str) -> None:
    assert await rejection(suite_of(broken, patient=False), test)


@pytest.mark.parametrize("sound", [MemoryStorage, LateStorage, WithALimit])
async def test_a_sound_storage_is_not(sound: type[MemoryStorage]) -> None:
    """So that what the others fail by is what was broken in them."""
    assert await rejections(suite_of(sound)) == {}


async def test_a_storage_broken_in_one_way_passes_the_other_tests() -> None:
    broken = suite_of(ForgettingTheTornOne)
    assert (await rejections(broken)).keys() == {TORN}


def test_every_test_of_the_suite_rejects_something() -> None:
    assert {test for _, test in BROKEN} == names(StorageConformance)


async def test_without_hooks_the_reason_is_given() -> None:
    suite = StorageConformance()
    for hook in (suite.refuse_writes, suite.accept_writes, suite.tear):
        with pytest.raises(SkipTest, match="override"):
            await hook()
    with pytest.raises(NotImplementedError, match="async def open"):
        await suite.open()
