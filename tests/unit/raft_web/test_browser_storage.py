"""Over fakes of both storages, whose powers fail apart: local storage goes back, IndexedDB not."""

from __future__ import annotations

import asyncio

import pytest

from raft_core.interfaces import BoundedStorage
from raft_core.testing.conformance.waiting import turns
from raft_web.browser_storage import BrowserStorage, Loaded
from storage_indexeddb import StorageAltered, VitalPlace, vital_name
from storage_indexeddb import StorageFull as DatabaseFull
from storage_indexeddb.fake import FakeIndexedDb, FakePage
from storage_indexeddb.fake_javascript import FakeJsError
from storage_localstorage import LocalStorage, StorageClosed, StorageFull, journal_prefix
from storage_localstorage.fake import FakeArea

NAMES = ("todo", "0123456789abcdef", "00000000000000aa")


class Machine:
    """A browser's two storages, and the lives of one member on them."""

    def __init__(self) -> None:
        self.area = FakeArea()
        self.databases = FakeIndexedDb()
        self.page = FakePage(self.databases)
        self.losses: list[Exception] = []
        self.answers: dict[bytes, Exception | None] = {}
        """By record, in the order in which they came."""
        self.storage: BrowserStorage

    async def start(self) -> Loaded:
        self.page = FakePage(self.databases)
        self.storage = BrowserStorage(
            LocalStorage(self.area, journal_prefix(*NAMES)),
            lambda lost: VitalPlace(self.page.browser, vital_name(*NAMES), lost=lost),
            lost=self.losses.append,
        )
        return await self.storage.load()

    def put(self, *records: bytes, vital: bool = False) -> None:
        for record in records:
            self.storage.append(record, self._done(record), vital=vital)

    def put_checkpoint(self, record: bytes) -> None:
        self.storage.checkpoint(record, self._done(record))

    def _done(self, record: bytes):  # type: ignore[no-untyped-def]  # a closure in a test
        def done(error: Exception | None) -> None:
            assert record not in self.answers
            self.answers[record] = error

        return done

    def kill(self, remembered: dict[str, str] | None = None) -> None:
        """SIGKILL of the browser: local storage goes back to what it was."""
        if remembered is not None:
            self.area.items = dict(remembered)
        self.databases.lose_power()


@pytest.fixture
async def machine() -> Machine:
    machine = Machine()
    loaded = await machine.start()
    assert loaded == Loaded([], None, suspect=False, vital=None)
    machine.put(b"identity", vital=True)
    await turns()
    return machine


async def test_a_record_is_stored_at_once(machine: Machine) -> None:
    machine.put(b"quick")
    assert machine.answers == {b"identity": None, b"quick": None}


async def test_a_vital_record_waits_for_the_disk_and_what_follows_waits_for_it(
    machine: Machine,
) -> None:
    machine.put(b"vote", vital=True)
    machine.put(b"behind it")
    machine.put_checkpoint(b"checkpoint")
    machine.put(b"next vote", vital=True)
    machine.put(b"last")
    assert list(machine.answers) == [b"identity"]
    machine.databases.held = True
    await turns()
    assert list(machine.answers) == [b"identity"]
    machine.databases.release()
    await turns()
    order = [b"identity", b"vote", b"behind it", b"checkpoint", b"next vote", b"last"]
    assert list(machine.answers.items()) == [(record, None) for record in order]
    await machine.storage.close()
    assert await machine.start() == Loaded(
        [b"next vote", b"last"], b"checkpoint", suspect=False, vital=b"next vote"
    )


async def test_a_vote_that_is_asked_for_while_others_are_told_waits_for_the_disk_as_well(
    machine: Machine,
) -> None:
    def told(error: Exception | None) -> None:
        machine.answers[b"configuration"] = error
        machine.databases.held = True
        machine.put(b"vote", vital=True)

    machine.storage.append(b"configuration", told, vital=True)
    machine.put(b"behind it")
    await turns()
    assert list(machine.answers) == [b"identity", b"configuration", b"behind it"]
    machine.databases.release()
    await turns()
    assert machine.answers[b"vote"] is None
    machine.kill()
    loaded = await machine.start()
    assert loaded.records == [b"identity", b"configuration", b"behind it", b"vote"]
    assert loaded.vital == b"vote"


async def test_a_done_that_raises_keeps_no_other_waiting(machine: Machine) -> None:
    reports: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))

    def raising(_: Exception | None) -> None:
        raise ValueError("a caller's mistake")

    machine.storage.append(b"vote", raising, vital=True)
    machine.storage.append(b"behind it", raising)
    machine.put(b"behind that")
    machine.put(b"next vote", vital=True)
    await turns()
    assert machine.answers == dict.fromkeys([b"identity", b"behind that", b"next vote"])
    assert len(reports) == 2
    machine.databases.fail_next = FakeJsError("QuotaExceededError")
    machine.storage.append(b"refused", raising, vital=True)
    machine.put(b"refused, too")
    await machine.storage.close()
    assert isinstance(machine.answers[b"refused, too"], DatabaseFull)


async def test_a_clean_stop_is_believed_once(machine: Machine) -> None:
    machine.put(b"record")
    machine.storage.stop()
    assert not (await machine.start()).suspect
    machine.kill()
    assert (await machine.start()).suspect


async def test_a_close_is_a_clean_stop(machine: Machine) -> None:
    for _ in range(3):
        await machine.storage.close()
        assert machine.page.proxies == set()
        assert not (await machine.start()).suspect


async def test_after_a_kill_the_vote_is_there_and_the_doubt_is(machine: Machine) -> None:
    machine.put(b"record")
    remembered = dict(machine.area.items)
    machine.put(b"forgotten")
    machine.put(b"vote", vital=True)
    await turns()
    assert machine.answers[b"vote"] is None
    machine.kill(remembered)
    assert await machine.start() == Loaded(
        [b"identity", b"record"], None, suspect=True, vital=b"vote"
    )


async def test_a_kill_that_lost_nothing_is_suspect_too(machine: Machine) -> None:
    machine.kill()
    assert (await machine.start()).suspect


async def test_the_word_of_an_earlier_stop_counts_for_nothing(machine: Machine) -> None:
    machine.storage.stop()
    remembered = dict(machine.area.items)
    assert not (await machine.start()).suspect
    machine.put(b"acknowledged, and never on the disk")
    machine.kill(remembered)
    assert (await machine.start()).suspect


async def test_the_word_of_a_stop_that_is_lost_counts_for_nothing(machine: Machine) -> None:
    machine.put(b"record")
    remembered = dict(machine.area.items)
    machine.storage.stop()
    machine.kill(remembered)
    assert (await machine.start()).suspect


async def test_a_journal_that_is_lost_altogether_is_suspect_and_knows_its_vote(
    machine: Machine,
) -> None:
    machine.kill({})
    assert await machine.start() == Loaded([], None, suspect=True, vital=b"identity")


async def test_a_start_that_never_acknowledged_anything_leaves_no_doubt() -> None:
    machine = Machine()
    await machine.start()
    machine.databases.held = True
    machine.put(b"identity", vital=True)
    await turns()
    machine.kill({})
    assert await machine.start() == Loaded([], None, suspect=False, vital=None)


async def test_doubt_stays_until_the_member_has_written_it_down(machine: Machine) -> None:
    machine.kill()
    assert (await machine.start()).suspect
    machine.put(b"not vital")
    machine.storage.stop()
    assert (await machine.start()).suspect
    await machine.storage.close()
    assert (await machine.start()).suspect
    machine.put(b"I am suspect", vital=True)
    await turns()
    machine.storage.stop()
    assert not (await machine.start()).suspect


async def test_a_page_that_goes_gives_up_what_nobody_was_told_of(machine: Machine) -> None:
    machine.put(b"vote", vital=True)
    machine.put(b"behind it")
    machine.storage.stop()
    await turns()
    machine.put(b"too late")
    assert isinstance(machine.answers.pop(b"too late"), StorageClosed)
    assert machine.answers == {b"identity": None}
    loaded = await machine.start()
    assert loaded.records == [b"identity"]
    assert not loaded.suspect


async def test_close_stores_and_tells_what_waits(machine: Machine) -> None:
    machine.put(b"vote", vital=True)
    machine.put(b"behind it")
    await machine.storage.close()
    await machine.storage.close()
    machine.put(b"too late")
    assert isinstance(machine.answers.pop(b"too late"), StorageClosed)
    assert machine.answers == {b"identity": None, b"vote": None, b"behind it": None}
    loaded = await machine.start()
    assert loaded.records == [b"identity", b"vote", b"behind it"]
    assert not loaded.suspect


async def test_a_refusal_of_the_durable_place_refuses_all_that_follows(machine: Machine) -> None:
    machine.databases.fail_next = FakeJsError("QuotaExceededError")
    machine.put(b"vote", vital=True)
    machine.put(b"behind it")
    await turns()
    machine.put(b"later")
    machine.put_checkpoint(b"later, too")
    refused = dict(machine.answers)
    assert refused.pop(b"identity") is None
    assert set(map(type, refused.values())) == {DatabaseFull}
    assert len(refused) == 4
    machine.storage.stop()
    loaded = await machine.start()
    assert (loaded.records, loaded.suspect) == ([b"identity"], True)


async def test_a_refusal_while_it_closes_is_no_clean_stop(machine: Machine) -> None:
    machine.databases.fail_next = FakeJsError("QuotaExceededError")
    machine.put(b"vote", vital=True)
    await machine.storage.close()
    assert isinstance(machine.answers[b"vote"], DatabaseFull)
    assert (await machine.start()).suspect


async def test_a_refusal_of_local_storage_keeps_a_vote_from_being_given(machine: Machine) -> None:
    machine.area.quota = machine.area.used
    machine.put(b"refused")
    machine.put(b"vote", vital=True)
    await turns()
    assert isinstance(machine.answers[b"vote"], StorageFull)
    machine.area.quota *= 10
    assert (await machine.start()).vital == b"identity"


async def test_a_durable_place_that_is_taken_away_stops_the_member(machine: Machine) -> None:
    machine.databases.evict(vital_name(*NAMES))
    assert len(machine.losses) == 1
    machine.put(b"too late")
    assert isinstance(machine.answers[b"too late"], StorageAltered)
    machine.storage.stop()
    await machine.storage.close()
    assert machine.page.proxies == set()


async def test_a_durable_place_that_is_taken_away_while_it_loads_is_what_the_load_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine()
    begin = VitalPlace.begin

    async def taken_away(place: VitalPlace, number: int) -> None:
        await begin(place, number)
        machine.databases.evict(vital_name(*NAMES))

    monkeypatch.setattr(VitalPlace, "begin", taken_away)
    with pytest.raises(StorageAltered):
        await machine.start()
    assert len(machine.losses) == 1
    machine.put(b"too late")
    assert isinstance(machine.answers[b"too late"], StorageAltered)
    await machine.storage.close()
    assert machine.page.proxies == set()


async def test_its_room_is_that_of_local_storage(machine: Machine) -> None:
    assert isinstance(machine.storage, BoundedStorage)
    assert 0 < machine.storage.room() < 5_242_880
    assert machine.storage.takes_checkpoint(1_000_000)
    assert not machine.storage.takes_checkpoint(20_000_000)
    assert machine.storage.used == machine.area.used
    assert machine.storage.quota == machine.area.quota


async def test_nothing_is_written_before_the_journal_is_loaded() -> None:
    machine = Machine()
    storage = BrowserStorage(
        LocalStorage(machine.area, journal_prefix(*NAMES)),
        lambda lost: VitalPlace(machine.page.browser, vital_name(*NAMES), lost=lost),
    )
    answers: list[Exception | None] = []
    storage.append(b"early", answers.append)
    storage.append(b"early vote", answers.append, vital=True)
    storage.checkpoint(b"early, too", answers.append)
    assert [type(answer) for answer in answers] == [StorageClosed] * 3
    await storage.close()


async def gone_while_it_loads(machine: Machine, turns_of_it: int) -> None:
    """A start whose page goes after so many turns; what was under way to the disk is lost."""
    loading = asyncio.ensure_future(machine.start())
    for _ in range(turns_of_it):
        await asyncio.sleep(0)
    machine.storage.stop()
    machine.kill(left := dict(machine.area.items))
    loading.cancel()
    await asyncio.gather(loading, return_exceptions=True)
    machine.area.items = left  # a page that is gone hears of no cancellation


@pytest.mark.parametrize("turns_of_it", range(1, 20))
async def test_a_page_that_goes_while_it_loads_leaves_no_doubt(
    machine: Machine, turns_of_it: int
) -> None:
    machine.storage.stop()
    await gone_while_it_loads(machine, turns_of_it)
    assert not (await machine.start()).suspect


@pytest.mark.parametrize("turns_of_it", range(1, 20))
async def test_a_start_that_was_given_up_says_nothing_of_what_a_later_one_lost(
    machine: Machine, turns_of_it: int
) -> None:
    machine.storage.stop()
    await gone_while_it_loads(machine, turns_of_it)
    given_up = dict(machine.area.items)
    await machine.start()
    machine.put(b"quick")
    machine.kill(given_up)
    assert (await machine.start()).suspect


async def test_a_start_that_is_refused_leaves_no_doubt(machine: Machine) -> None:
    machine.storage.stop()
    machine.databases.fail_next = FakeJsError("QuotaExceededError")
    with pytest.raises(DatabaseFull):
        await machine.start()
    assert not (await machine.start()).suspect
