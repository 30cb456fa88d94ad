import asyncio
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from raft_core.interfaces import BoundedStorage
from storage_indexeddb import IndexedDbStorage
from storage_indexeddb.errors import (
    InvalidName,
    OtherMember,
    StorageAltered,
    StorageClosed,
    StorageDamaged,
    StorageFull,
    StorageRefused,
    StorageUnavailable,
    UnknownFormat,
)
from storage_indexeddb.fake import FakeIndexedDb, FakePage, FakeRequest
from storage_indexeddb.fake_javascript import FakeJsError, FakeUint8Array
from storage_indexeddb.journal import Records, encode_block
from storage_indexeddb.storage import MUCH, UNDER_WAY
from tests.unit.storage_indexeddb.support import (
    NAME,
    OTHER_MEMBER,
    VITAL_NAME,
    Page,
    loaded,
    opened,
    settled,
    until_open,
)

BEHIND = b"b" * MUCH
"""A record that is handed over while another is under way."""


def records(count: int) -> list[bytes]:
    return [b"record %d" % number for number in range(count)]


async def test_what_is_appended_at_once_takes_few_transactions() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    page.put(*records(100))
    carried_out = await settled(databases)
    assert list(page.answers.values()) == [None] * 100
    # The first begins at once; all that comes while it is under way is one more.
    assert [transaction.asked for transaction in carried_out] == [1, 1]
    assert (await loaded(databases)).records == records(100)


async def test_much_is_handed_over_while_another_is_under_way_and_no_more_than_that() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    databases.held = True
    page.put(b"under way", b"little")
    assert len(databases.stored[NAME].transactions) == 1
    much = [bytes([number]) * MUCH for number in range(3)]
    page.put(*much)
    await settled(databases)
    assert len(databases.stored[NAME].transactions) == UNDER_WAY
    assert page.answers == {}
    databases.release()
    await settled(databases)
    assert list(page.answers) == [b"under way", b"little", *much]
    assert [transaction.asked for transaction in databases.carried_out] == [1, 1, 1]


async def test_what_is_appended_in_the_dones_of_one_transaction_is_one_transaction() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    databases.held = True
    page.put(b"under way", b"behind it")
    nexts = iter(records(50))
    for _ in range(50):
        page.storage.append(b"told of", lambda _: page.put(next(nexts)))
    databases.release()
    # The first, what waited for it, and what all of these have brought.
    assert len(await settled(databases)) == 3


async def test_done_means_that_it_survives_a_loss_of_power() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    page.put(b"safe")
    await settled(databases)
    databases.held = True
    page.put(b"under way")
    databases.lose_power()
    assert page.answers == {b"safe": None}
    assert (await loaded(databases)).records == [b"safe"]


async def test_a_checkpoint_is_alone_under_way() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    page.put(b"before")
    page.put_checkpoint(b"checkpoint")
    page.put(b"with it")
    databases.held = True
    await settled(databases)
    assert len(databases.stored[NAME].transactions) == 1
    databases.release()
    await settled(databases)
    assert page.answers == {b"before": None, b"checkpoint": None, b"with it": None}
    journal = await loaded(databases)
    assert (journal.checkpoint, journal.records) == (b"checkpoint", [b"with it"])


async def test_nothing_begins_behind_a_checkpoint() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    page.put_checkpoint(b"checkpoint")
    page.put(b"1" * MUCH)
    assert len(databases.stored[NAME].transactions) == 1
    await settled(databases)
    page.put(b"2" * MUCH, b"3" * MUCH)
    assert len(databases.stored[NAME].transactions) == UNDER_WAY


async def test_what_a_waiting_checkpoint_replaces_is_not_written() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    databases.held = True
    page.put(*records(7))
    page.put_checkpoint(b"sum of them")
    page.put(b"after")
    databases.release()
    carried_out = await settled(databases)
    assert list(page.answers) == [*records(7), b"sum of them", b"after"]
    assert len(carried_out) == 2
    # the head, the first number, which stays taken, the checkpoint, the record
    assert len(databases.stored[NAME].data) == 4


async def test_one_refusal_refuses_all_that_is_not_acknowledged() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    page.put(b"acknowledged")
    await settled(databases)
    databases.fail_next = FakeJsError("QuotaExceededError")
    page.put(b"refused", BEHIND, b"waiting")
    await settled(databases)
    page.put(b"later")
    errors = [page.answers[one] for one in (b"refused", BEHIND, b"waiting", b"later")]
    assert all(isinstance(error, StorageFull) for error in errors)


@pytest.mark.parametrize("failing", ["record", "checkpoint", "removal"])
async def test_what_cannot_be_handed_over_whole_is_not_stored_by_half(failing: str) -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    page.put(b"acknowledged")
    await settled(databases)
    reports: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))

    def fail(*_: object) -> None:
        raise FakeJsError("RangeError", "Array buffer allocation failed")

    browser = page.browser
    broken = {"key_range": SimpleNamespace(bound=fail)} if failing == "removal" else {"to_js": fail}
    page.storage._browser = replace(browser, **broken)
    if failing == "record":
        page.put(b"refused")
    else:
        page.put_checkpoint(b"refused")
    await settled(databases)
    assert isinstance(page.answers[b"refused"], StorageRefused)
    assert reports == []
    await page.storage.close()
    journal = await loaded(databases)
    assert (journal.checkpoint, journal.records) == (None, [b"acknowledged"])


async def test_what_succeeded_behind_a_refusal_is_removed_by_the_next_load() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    page.put(b"acknowledged")
    await settled(databases)
    databases.fail_next = FakeJsError("QuotaExceededError")
    page.put(b"refused", BEHIND)
    await settled(databases)
    assert len(databases.stored[NAME].data) == 3, "the second has succeeded: that is the point"
    assert (await loaded(databases)).records == [b"acknowledged"]
    assert len(databases.stored[NAME].data) == 2
    later = await opened(databases)
    later.put(b"in the next life", b"and another")
    await settled(databases)
    assert (await loaded(databases)).records == [
        b"acknowledged",
        b"in the next life",
        b"and another",
    ]


async def test_a_gap_in_what_was_acknowledged_is_damage_and_is_left_as_it_is() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    for record in records(3):
        page.put(record)
        await settled(databases)
    data = databases.stored[NAME].data
    del data[2]
    before = dict(data)
    with pytest.raises(StorageDamaged, match="number 2 is missing"):
        await loaded(databases)
    assert databases.stored[NAME].data == before


async def test_of_two_windows_the_second_to_write_stops() -> None:
    databases = FakeIndexedDb()
    one, other = await opened(databases), await opened(databases)
    one.put(b"first")
    await settled(databases)
    other.put(b"second")
    await settled(databases)
    one.put(b"third")
    await settled(databases)
    assert isinstance(other.answers[b"second"], StorageAltered)
    assert (await loaded(databases)).records == [b"first", b"third"]


async def test_a_checkpoint_keeps_another_window_out_as_well() -> None:
    databases = FakeIndexedDb()
    one, other = await opened(databases), await opened(databases)
    one.put_checkpoint(b"of one")
    await settled(databases)
    other.put_checkpoint(b"of the other")
    await settled(databases)
    assert isinstance(other.answers[b"of the other"], StorageAltered)
    assert (await loaded(databases)).checkpoint == b"of one"


@pytest.mark.parametrize("writes", ["a record", "a checkpoint"])
async def test_what_a_checkpoint_has_replaced_makes_no_room_for_another_window(
    writes: str,
) -> None:
    databases = FakeIndexedDb()
    (await opened(databases)).put(b"of the life before")
    await settled(databases)
    one, other = await opened(databases), await opened(databases)
    one.put(b"first", b"second")
    for sum_of in (b"sum", b"larger sum"):
        one.put_checkpoint(sum_of)
        await settled(databases)
    if writes == "a record":
        other.put(b"late")
    else:
        other.put_checkpoint(b"late")
    one.put(b"third")
    await settled(databases)
    assert isinstance(other.answers[b"late"], StorageAltered)
    journal = await loaded(databases)
    assert (journal.checkpoint, journal.records) == (b"larger sum", [b"third"])


async def test_what_another_window_had_under_way_when_it_was_refused_is_never_loaded() -> None:
    databases = FakeIndexedDb()
    one, other = await opened(databases), await opened(databases)
    one.put(b"first")
    await settled(databases)
    other.put(b"refused", BEHIND)
    await settled(databases)
    assert [type(answer) for answer in other.answers.values()] == [StorageAltered] * 2
    assert len(databases.stored[NAME].data) == 3, "the second has succeeded: that is the point"
    assert (await loaded(databases)).records == [b"first"]
    later = await opened(databases)
    later.put(b"in the next life")
    await settled(databases)
    assert (await loaded(databases)).records == [b"first", b"in the next life"]


async def test_a_window_that_slept_through_two_lives_harms_nothing() -> None:
    databases = FakeIndexedDb()
    asleep, second = await opened(databases), await opened(databases)
    second.put(b"record of the second")
    second.put_checkpoint(b"sum of the second")
    await settled(databases)
    third = await opened(databases)
    third.put(b"record of the third")
    await settled(databases)
    third.put_checkpoint(b"sum of the third")
    await settled(databases)
    asleep.put_checkpoint(b"awake")
    await settled(databases)
    third.put(b"after it")
    await settled(databases)
    journal = await loaded(databases)
    assert (journal.checkpoint, journal.records) == (b"sum of the third", [b"after it"])


async def test_a_removal_by_another_window_goes_on_and_stops_the_member() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    request = databases.deleteDatabase(NAME)
    blocked: list[object] = []
    request.onblocked = blocked.append
    await settled(databases)
    assert blocked == []
    assert NAME not in databases.stored
    assert len(page.losses) == 1
    page.put(b"too late")
    assert isinstance(page.answers[b"too late"], StorageAltered)
    await page.storage.close()
    assert page.proxies == set()


async def test_a_removal_while_it_loads_is_what_the_load_says() -> None:
    databases = FakeIndexedDb()
    page = Page(databases)
    loading = asyncio.ensure_future(page.storage.load())
    await until_open(databases)
    databases._delete(FakeRequest(), NAME)
    with pytest.raises(StorageAltered, match="Another window removes"):
        await loading
    assert page.proxies == set()


async def test_a_database_that_is_taken_away_refuses_what_is_under_way() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    page.put(b"under way", b"waiting", b"waiting too")
    databases.evict(NAME)
    await settled(databases)
    page.put(b"later")
    assert len(page.losses) == 1
    assert isinstance(page.answers.pop(b"later"), StorageAltered)
    assert set(map(type, page.answers.values())) == {StorageRefused}


async def test_close_stores_what_was_given_and_tells_of_it() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    page.put(*records(20))
    closing = asyncio.ensure_future(page.storage.close())
    await asyncio.sleep(0)
    page.put(b"too late")
    await closing
    assert isinstance(page.answers.pop(b"too late"), StorageClosed)
    assert page.answers == dict.fromkeys(records(20))
    assert page.proxies == set()
    assert databases.stored[NAME].open == []


async def test_what_is_refused_while_it_closes_is_told_too() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    databases.fail_next = FakeJsError("QuotaExceededError")
    page.put(b"refused", b"behind it")
    await page.storage.close()
    assert {record: type(error) for record, error in page.answers.items()} == {
        b"refused": StorageFull,
        b"behind it": StorageFull,
    }
    assert page.proxies == set()


async def test_a_done_that_raises_keeps_no_other_from_being_told() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    reports: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))

    def raising(_: Exception | None) -> None:
        raise ValueError("a caller's mistake")

    page.storage.append(b"raises", raising)
    page.put(b"behind it")
    await settled(databases)
    assert page.answers == {b"behind it": None}
    assert len(reports) == 1


async def test_nothing_is_written_before_the_journal_is_loaded() -> None:
    page = Page(FakeIndexedDb())
    page.put(b"early")
    page.put_checkpoint(b"early, too")
    assert set(map(type, page.answers.values())) == {StorageClosed}
    await page.storage.close()
    with pytest.raises(RuntimeError, match="loads once"):
        await page.storage.load()


async def test_a_journal_that_is_larger_than_a_page_of_it_is_loaded_whole() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    for record in records(150):
        page.put(record)
        await settled(databases)
    assert len(databases.stored[NAME].data) == 151
    assert (await loaded(databases)).records == records(150)


async def test_room_is_what_the_browser_grants_less_what_was_written_since() -> None:
    databases = FakeIndexedDb(quota=5_000_000)
    page = await opened(databases)
    storage = page.storage
    assert isinstance(storage, BoundedStorage)
    before = storage.room()
    assert before is not None
    page.put(bytes(100_000))
    after = storage.room()
    assert after is not None
    assert 100_000 <= before - after <= 100_100
    assert storage.takes_checkpoint(1_500_000)
    assert not storage.takes_checkpoint(2_500_000)


async def test_what_it_uses_is_what_lies_there_and_a_checkpoint_makes_it_less() -> None:
    databases = FakeIndexedDb()
    page = await opened(databases)
    assert (page.storage.used, page.storage.quota) == (0, databases.quota)
    for number in range(3):
        page.put(bytes(1000 + number))
        await settled(databases)
        lies = [len(value) for key, value in databases.stored[NAME].data.items() if key]
        assert page.storage.used == sum(lies) > 1000 * (number + 1)
    await page.storage.close()
    again = await opened(databases)
    assert again.storage.used == page.storage.used
    again.put_checkpoint(b"all")
    await settled(databases)
    assert 3 < again.storage.used < 20


async def test_without_an_estimate_nobody_knows_the_room() -> None:
    page = FakePage(FakeIndexedDb())
    storage = IndexedDbStorage(replace(page.browser, storage_manager=None), NAME)
    await storage.load()
    assert storage.room() is None
    assert storage.takes_checkpoint(10**12)
    await storage.close()
    assert page.proxies == set()


async def test_a_later_version_is_refused() -> None:
    databases = FakeIndexedDb()
    await loaded(databases)
    databases.version = 2
    with pytest.raises(UnknownFormat, match="later version"):
        await loaded(databases)
    databases.version = 1
    databases.stored[NAME].data[0] = f"2 {NAME}"
    with pytest.raises(UnknownFormat, match="format '2'"):
        await loaded(databases)


async def test_anothers_database_is_refused() -> None:
    databases = FakeIndexedDb()
    await loaded(databases)
    databases.stored[NAME].data[0] = f"1 {NAME.replace('00000000000000aa', OTHER_MEMBER)}"
    with pytest.raises(OtherMember, match=OTHER_MEMBER):
        await loaded(databases)


@pytest.mark.parametrize(
    "key, value, message",
    [
        (0, None, "head is missing"),
        (1, "text", "not what a member writes"),
        (1, FakeUint8Array(b"noise"), "not what a member writes"),
        (1, FakeUint8Array(encode_block(Records(1, 0, []))), "is no record"),
    ],
)
async def test_what_no_member_wrote_is_damage(key: int, value: object, message: str) -> None:
    databases = FakeIndexedDb()
    await loaded(databases)
    databases.stored[NAME].data[key] = value
    with pytest.raises(StorageDamaged, match=message):
        await loaded(databases)


async def test_a_browser_that_refuses_to_open_says_why() -> None:
    databases = FakeIndexedDb()
    databases.fail_open = FakeJsError("UnknownError", "Internal error opening backing store")
    page = Page(databases)
    with pytest.raises(StorageRefused, match="backing store"):
        await page.storage.load()
    assert page.proxies == set()


async def test_a_browser_without_strict_durability_is_refused() -> None:
    page = FakePage(FakeIndexedDb())
    browser = replace(page.browser, strict=None)
    with pytest.raises(StorageUnavailable, match="update the browser"):
        await IndexedDbStorage(browser, NAME).load()
    assert page.proxies == set()


def test_a_name_of_ours_is_needed() -> None:
    for name in ("", "journal", VITAL_NAME):
        with pytest.raises(InvalidName):
            Page(FakeIndexedDb(), name)
