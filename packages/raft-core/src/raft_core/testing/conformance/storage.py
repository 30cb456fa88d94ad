"""What ``interfaces.Storage`` promises, as one test each."""

from unittest import SkipTest

from raft_core.interfaces import BoundedStorage, Storage, TearingStorage
from raft_core.testing.conformance.medium import Medium, expect
from raft_core.testing.conformance.waiting import turns, until

LARGE = 100_000
"""Bytes of the largest record that the suite writes."""


def _records(count: int, life: str = "first") -> list[bytes]:
    """Records that differ in every way that could be mixed up, lengths included."""
    return [f"{life} life, record {n}: ".encode() + b"x" * (n % 7) for n in range(count)]


class StorageConformance:
    """Inherit in a test file, and say how a storage is opened.

    For example::

        class TestMyStorage(StorageConformance):
            @pytest.fixture(autouse=True)
            def _folder(self, tmp_path: Path) -> None:
                self.path = tmp_path / "journal"

            async def open(self) -> Storage:
                return MyStorage(self.path)

    Each test needs a medium that is empty: a fixture or ``setup_method`` makes it. The hooks below
    that raise ``SkipTest`` tell what a medium can be made to do; without one its tests are skipped.
    """

    patience: float = 30.0
    """Seconds after which an answer that has not come is taken to be missing."""

    async def open(self) -> Storage:
        """A storage over this test's medium, as a process makes one at its start; not loaded."""
        raise NotImplementedError("say how to open your storage: async def open(self) -> Storage")

    async def crash(self, storage: Storage) -> None:
        """The storage's process dies: nothing that it has not written may reach the medium later.

        The default just leaves the object alone. Override it where threads of the storage go on
        writing, or where it holds a lock; do not call ``close`` if there is any other way, since
        a storage must not need it. The suite closes the object when the test is over.
        """

    async def refuse_writes(self) -> None:
        """Make the medium full: no record or checkpoint of 100,000 bytes goes in any more."""
        raise SkipTest("not tested with a full medium: override refuse_writes and accept_writes")

    async def accept_writes(self) -> None:
        """End what ``refuse_writes`` did."""
        raise SkipTest("not tested with a full medium: override refuse_writes and accept_writes")

    async def tear(self) -> None:
        """Cut the last record on the medium short, as a crash in the middle of an append does."""
        raise SkipTest("this storage says that it may tear: override tear to have that tested")

    def _medium(self) -> Medium:
        return Medium(self.open, self.crash, self.patience)

    # --- what was written comes back -----------------------------------------------------------

    async def test_an_empty_storage_loads_as_empty(self) -> None:
        async with self._medium() as medium:
            expect(await medium.start(), [], None)
            expect(await medium.restart(), [], None)

    async def test_records_come_back_in_order(self) -> None:
        records = _records(120)
        async with self._medium() as medium:
            await medium.start()
            await medium.store(records)
            expect(await medium.restart(), records, None)

    async def test_records_come_back_byte_for_byte(self) -> None:
        every_byte = bytes(range(256))
        pairs = bytes(byte for one in every_byte for byte in (one, 255 - one))
        records = [b"\0", b"", b"\n", b"\r\n", b"\xff\xfe", b" ", every_byte, every_byte[::-1]]
        records += [pairs, b"\xed\xa0\x80", b"\0" * 1000, "\u00e9\u20ac\U0001f600".encode()]
        async with self._medium() as medium:
            await medium.start()
            await medium.store(records)
            expect(await medium.restart(), records, None)

    async def test_large_records_come_back(self) -> None:
        large = bytes(range(256)) * (LARGE // 256)
        records = [b"before", large, b"between", large[::-1], b"after"]
        async with self._medium() as medium:
            await medium.start()
            await medium.store(records)
            expect(await medium.restart(), records, None)

    async def test_equal_records_are_all_kept(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            await medium.store([b"the same"] * 5)
            expect(await medium.restart(), [b"the same"] * 5, None)

    async def test_vital_records_keep_their_place(self) -> None:
        records = _records(30)
        async with self._medium() as medium:
            await medium.start()
            for place, record in enumerate(records):
                medium.put(record, vital=place % 3 == 1)
            await medium.stored()
            expect(await medium.restart(), records, None)

    async def test_appends_continue_after_a_reload(self) -> None:
        records: list[bytes] = []
        async with self._medium() as medium:
            expect(await medium.start(), [], None)
            for life in ("first", "second", "third"):
                more = _records(12, life)
                await medium.store(more)
                records += more
                expect(await medium.restart(), records, None)

    # --- done ----------------------------------------------------------------------------------

    async def test_done_is_called_once_for_each_and_in_order(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            names = [f"append {place}" for place in range(20)]
            for name in names[:10]:
                medium.put(name.encode(), name)
            medium.put_checkpoint(b"all before")
            for name in names[10:]:
                medium.put(name.encode(), name)
            answers = await medium.answered()
            await medium.storage.close()
            await turns()
            assert [error for _, error in answers] == [None] * 21, "a write was refused"
            order = [name for name, _ in answers]
            assert order == [*names[:10], "checkpoint", *names[10:]], (
                f"done was not called in the order of the writes: {order}"
            )

    async def test_an_append_inside_done_is_taken(self) -> None:
        """A driver writes its next batch as soon as it hears of the last."""
        async with self._medium() as medium:
            await medium.start()
            answers: list[Exception | None] = []
            appended: list[bytes] = []

            def append(record: bytes) -> None:
                appended.append(record)
                medium.put(record)

            def first_done(error: Exception | None) -> None:
                answers.append(error)
                append(b"inside done")

            medium.storage.append(b"first", first_done)
            append(b"behind the first")
            append(b"behind that")
            await until(lambda: bool(answers), "done was not called", self.patience)
            await medium.stored()
            assert answers == [None], "done of the first record was not called exactly once"
            journal = await medium.restart()
            assert bytes(journal.records[0]) == b"first", "the first record is not the first"
            assert list(map(bytes, journal.records[1:])) == appended, (
                "an append made inside done is lost, kept another out, or came in the wrong place"
            )

    async def test_what_was_done_survives_a_crash(self) -> None:
        records = _records(25)
        async with self._medium() as medium:
            await medium.start()
            await medium.store(records)
            expect(await medium.restart_after_crash(), records, None)
            await medium.store([b"after the crash"])
            expect(await medium.restart_after_crash(), [*records, b"after the crash"], None)

    async def test_a_crash_keeps_all_that_is_done_and_whole_records_in_order(self) -> None:
        records = _records(25)
        async with self._medium() as medium:
            await medium.start()
            await medium.store(records[:5])
            for record in records[5:]:
                medium.put(record)
            done = len(medium.answers)
            journal = await medium.restart_after_crash()
            found = [bytes(record) for record in journal.records]
            assert len(found) >= done, f"{done} records were done, {len(found)} survived a crash"
            if journal.may_tear and found[-1:] != records[len(found) - 1 : len(found)]:
                found.pop()
            assert found == records[: len(found)], "what survived is not the first of the records"

    # --- checkpoint ----------------------------------------------------------------------------

    async def test_a_checkpoint_replaces_everything_before_it(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            await medium.store(_records(15))
            medium.put_checkpoint(b"the sum of 15")
            await medium.stored()
            expect(await medium.restart(), [], b"the sum of 15")

    async def test_appends_follow_a_checkpoint(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            medium.put_checkpoint(b"the sum of nothing")
            await medium.store(_records(3))
            expect(await medium.restart(), _records(3), b"the sum of nothing")
            medium.put(b"one more")
            medium.put_checkpoint(b"the sum of 4")
            medium.put(b"afterwards")
            await medium.stored()
            expect(await medium.restart(), [b"afterwards"], b"the sum of 4")
            await medium.store([b"in the next life"])
            expect(await medium.restart(), [b"afterwards", b"in the next life"], b"the sum of 4")

    async def test_a_checkpoint_comes_back_byte_for_byte(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            for content in (b"\0", bytes(range(256)), bytes(range(256))[::-1] * (LARGE // 256)):
                medium.put_checkpoint(content)
                await medium.stored()
                expect(await medium.restart(), [], content)

    async def test_a_crash_leaves_the_journal_before_a_checkpoint_or_after_it(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            await medium.store(_records(8))
            medium.put_checkpoint(b"the sum of 8")
            done = bool(medium.answers[8:])
            journal = await medium.restart_after_crash()
            if done or journal.checkpoint is not None:
                expect(journal, [], b"the sum of 8")
            else:
                expect(journal, _records(8), None)

    async def test_a_crash_leaves_nothing_behind_a_checkpoint_without_the_checkpoint(self) -> None:
        """What follows a checkpoint counts on it: without it, a number is missing between them."""
        async with self._medium() as medium:
            await medium.start()
            await medium.store(_records(8))
            medium.put_checkpoint(b"the sum of 8")
            behind = _records(3, "behind it")
            for record in behind:
                medium.put(record)
            done = len(medium.answers) - 8
            journal = await medium.restart_after_crash()
            if done > 0 or journal.checkpoint is not None:
                found = [bytes(record) for record in journal.records]
                assert len(found) >= done - 1, "what was done behind a checkpoint is lost"
                if journal.may_tear and found != behind[: len(found)]:
                    found.pop()
                expect(journal, journal.records, b"the sum of 8")
                assert found == behind[: len(found)], (
                    "what is left behind it is not the first of it"
                )
            else:
                expect(journal, _records(8), None)

    # --- refusals ------------------------------------------------------------------------------

    async def test_a_refused_append_says_so_and_leaves_all_before_intact(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            await medium.store(_records(6))
            await self.refuse_writes()
            medium.put(b"r" * LARGE, "refused")
            _, error = (await medium.answered())[-1]
            assert isinstance(error, Exception), "a full medium took a record, or said that it did"
            assert str(error), "the refusal has no words that a person could be shown"
            expect(await medium.restart(), _records(6), None)

    async def test_everything_after_a_refusal_is_refused_until_a_reload(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            await medium.store(_records(6))
            await self.refuse_writes()
            medium.put(b"r" * LARGE, "refused")
            medium.put(b"small", "at once after it")
            await medium.answered()
            await self.accept_writes()
            medium.put(b"s", "when there was room again")
            for name, error in (await medium.answered())[6:]:
                assert error is not None, f"the append {name} was taken: that leaves a gap"
            expect(await medium.restart(), _records(6), None)
            await medium.store([b"after the reload"])
            expect(await medium.restart(), [*_records(6), b"after the reload"], None)

    async def test_of_what_is_refused_together_nothing_is_kept(self) -> None:
        """Where several records are one write, some of them would fit."""
        async with self._medium() as medium:
            await medium.start()
            await medium.store(_records(6))
            await self.refuse_writes()
            records = [b"a", b"b", b"r" * LARGE, b"c"]
            for record in records:
                medium.put(record)
            errors = [error for _, error in (await medium.answered())[6:]]
            assert errors[2] is not None, "a full medium took a record, or said that it did"
            taken = [record for record, error in zip(records, errors, strict=True) if error is None]
            assert taken == records[: len(taken)], "a record was taken behind one that was refused"
            expect(await medium.restart(), [*_records(6), *taken], None)

    async def test_a_refused_checkpoint_changes_nothing(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            medium.put_checkpoint(b"the old one")
            await medium.store(_records(6))
            await self.refuse_writes()
            medium.put_checkpoint(b"r" * LARGE)
            _, error = (await medium.answered())[-1]
            assert isinstance(error, Exception), "a full medium took a checkpoint"
            medium.put(b"s", "behind it")
            _, error = (await medium.answered())[-1]
            assert error is not None, "an append was taken behind a checkpoint that was refused"
            expect(await medium.restart(), _records(6), b"the old one")

    async def test_a_limit_lets_a_member_compact_and_keeps_it_from_what_does_not_fit(self) -> None:
        """A storage without a limit, or that does not know it, has nothing to show here."""
        async with self._medium() as medium:
            await medium.start()
            storage = medium.storage
            if not isinstance(storage, BoundedStorage):
                return
            await medium.store(_records(6))
            room = storage.room()
            if room is None:
                return
            assert room >= LARGE, f"there is room for {room} bytes: this medium is too small"
            assert storage.takes_checkpoint(LARGE), "its member could never compact"
            assert not storage.takes_checkpoint(10 * room + 10**9), (
                "its member would try a checkpoint that cannot fit, and end by it"
            )
            medium.put_checkpoint(b"c" * LARGE)
            await medium.stored()

    # --- torn records --------------------------------------------------------------------------

    async def test_only_the_last_record_can_be_torn_and_is_replaced(self) -> None:
        """A storage that cannot tear has nothing to show here: see the tests with a crash."""
        records = _records(4)
        async with self._medium() as medium:
            if not (await medium.start()).may_tear:
                return
            storage = medium.storage
            assert isinstance(storage, TearingStorage), "it may tear, and has no drop_last"
            await medium.store(records)
            await medium.storage.close()
            await self.tear()
            journal = await medium.start()
            found = [bytes(record) for record in journal.records]
            assert found[:3] == records[:3], "more was lost than the record that was torn"
            assert records[3] not in found[3:], "tear has changed nothing"
            assert len(found) <= 4, "there is more than was written"
            if found[3:]:
                storage = medium.storage
                assert isinstance(storage, TearingStorage)
                storage.drop_last()
            await medium.store([b"in its place"])
            expect(await medium.restart(), [*records[:3], b"in its place"], None)

    # --- close ---------------------------------------------------------------------------------

    async def test_close_is_idempotent(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            await medium.store(_records(3))
            await medium.storage.close()
            await medium.storage.close()
            expect(await medium.start(), _records(3), None)

    async def test_a_storage_that_was_not_loaded_can_be_closed(self) -> None:
        storage = await self.open()
        await storage.close()
        await storage.close()

    async def test_no_done_comes_after_close(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            for record in _records(50):
                medium.put(record)
            await medium.storage.close()
            answers = medium.answers
            told = len(answers)
            await turns()
            journal = await medium.start()
            await turns()
            assert len(answers) == told, "done was called after close had returned"
            found = [bytes(record) for record in journal.records]
            assert len(found) >= told, f"{told} records were done, {len(found)} were kept"
            if journal.may_tear and found[-1:] != _records(50)[len(found) - 1 : len(found)]:
                found.pop()
            assert found == _records(50)[: len(found)], "what is left has a gap"
