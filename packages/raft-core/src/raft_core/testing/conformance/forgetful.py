"""What a storage promises besides, if a crash can lose its newest records: one test each.

See ``interfaces.ForgetfulJournal``, and "What a storage promises" in ``docs/durability.md``.
"""

from unittest import SkipTest

from raft_core.interfaces import ForgetfulJournal, LoadedJournal
from raft_core.testing.conformance.storage import StorageConformance


class ForgetfulStorageConformance(StorageConformance):
    """For a storage with a quick place that is lazy about the disk, and a safe one for the rest.

    All of ``StorageConformance`` is in it: its ``crash`` is one in which nothing gets lost. The two
    hooks below, together, are one in which the quick place loses its newest part.
    """

    async def remember(self) -> None:
        """Note what the quick place holds now, and no storage is told of it."""
        raise SkipTest("not tested with what a crash loses: override remember and forget")

    async def forget(self) -> None:
        """After ``crash``: the quick place holds what it did at ``remember``, and nothing else."""
        raise SkipTest("not tested with what a crash loses: override remember and forget")

    async def test_an_end_in_order_leaves_no_doubt(self) -> None:
        async with self._medium() as medium:
            assert not _is_suspect(await medium.start()), "an empty storage doubts itself"
            for record in (b"one", b"two"):
                medium.put(record, vital=True)
                await medium.store([b"plain"])
                assert not _is_suspect(await medium.restart()), "an end in order is doubted"

    async def test_after_a_crash_it_is_suspect_until_a_vital_record_is_stored(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            medium.put(b"vital", vital=True)
            await medium.store([b"plain"])
            assert _is_suspect(await medium.restart_after_crash()), "a crash is not noticed"
            await medium.store([b"more"])
            assert _is_suspect(await medium.restart()), (
                "the doubt is gone, and no vital record says that there was one"
            )
            assert _is_suspect(await medium.restart()), "the doubt is gone by loading twice"
            medium.put(b"I am suspect", vital=True)
            await medium.stored()
            assert not _is_suspect(await medium.restart()), (
                "the doubt stays, and the member has written it down"
            )

    async def test_the_newest_vital_record_is_known_after_a_crash(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            for number in range(3):
                medium.put(b"vital %d" % number, vital=True)
                medium.put(b"plain %d" % number)
            await medium.stored()
            _expect_vital(await medium.restart_after_crash(), b"vital 2")
            _expect_vital(await medium.restart(), b"vital 2")

    async def test_a_vital_record_given_inside_done_is_known_as_well(self) -> None:
        """A driver goes on as soon as it hears of a record, and others wait behind that."""
        async with self._medium() as medium:
            await medium.start()

            def told(error: Exception | None) -> None:
                assert error is None
                medium.put(b"given inside done", vital=True)

            medium.storage.append(b"vital", told, vital=True)
            await medium.store([b"plain", b"plain, too"])
            _expect_vital(await medium.restart_after_crash(), b"given inside done")

    async def test_a_crash_loses_a_tail_and_no_vital_record(self) -> None:
        async with self._medium() as medium:
            await medium.start()
            medium.put(b"first vital", vital=True)
            kept = [b"kept 1", b"kept 2"]
            await medium.store(kept)
            await self.remember()
            await medium.store([b"lost 1"])
            medium.put(b"lost, and vital", vital=True)
            await medium.store([b"lost 2"])
            await self.crash(medium.storage)
            await self.forget()
            journal = await medium.start()
            found = [bytes(record) for record in journal.records]
            assert found == [b"first vital", *kept], f"what is left is not what was: {found}"
            _expect_vital(journal, b"lost, and vital")

    async def test_an_earlier_end_in_order_is_not_taken_for_the_last(self) -> None:
        """The word that an end leaves must say which start it ended."""
        async with self._medium() as medium:
            await medium.start()
            medium.put(b"vital", vital=True)
            await medium.stored()
            await medium.storage.close()
            await self.remember()
            assert not _is_suspect(await medium.start())
            await medium.store([b"acknowledged, and lost"])
            await self.crash(medium.storage)
            await self.forget()
            journal = await medium.start()
            assert [bytes(record) for record in journal.records] == [b"vital"]
            assert _is_suspect(journal), "it says that it has lost nothing, and it has"


def _forgetful(journal: LoadedJournal) -> ForgetfulJournal:
    assert isinstance(journal, ForgetfulJournal), "the journal has no suspect and no vital"
    return journal


def _is_suspect(journal: LoadedJournal) -> bool:
    return _forgetful(journal).suspect


def _expect_vital(journal: LoadedJournal, record: bytes) -> None:
    forgetful = _forgetful(journal)
    assert forgetful.suspect, "a crash is not noticed"
    assert forgetful.vital is not None, "the newest vital record is lost"
    assert bytes(forgetful.vital) == record, f"{forgetful.vital!r} is not the newest vital record"
