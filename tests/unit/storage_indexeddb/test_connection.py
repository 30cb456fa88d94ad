import asyncio

import pytest

from storage_indexeddb.connection import Connection, open_connection
from storage_indexeddb.errors import StorageAltered, StorageFull, StorageRefused
from storage_indexeddb.fake import FakeIndexedDb, FakePage, FakeRequest
from storage_indexeddb.fake_javascript import FakeJsError
from tests.unit.storage_indexeddb.support import NAME, settled, until_open


async def connected(page: FakePage, losses: list[Exception]) -> Connection:
    return await open_connection(page.browser, NAME, lost=losses.append, aborted=lambda error: None)


async def test_a_new_database_has_nothing_but_its_head() -> None:
    databases = FakeIndexedDb()
    page = FakePage(databases)
    connection = await connected(page, [])
    assert await connection.read(NAME) == []
    assert databases.stored[NAME].data == {0: f"1 {NAME}"}
    connection.close()
    connection.close()
    assert page.proxies == set()


async def test_who_stops_waiting_leaves_nothing_open() -> None:
    databases = FakeIndexedDb()
    page = FakePage(databases)
    opening = asyncio.ensure_future(connected(page, []))
    await asyncio.sleep(0)
    opening.cancel()
    await settled(databases)
    assert databases.stored[NAME].open == []


async def test_who_stops_waiting_when_it_is_open_leaves_nothing_open() -> None:
    databases = FakeIndexedDb()
    page = FakePage(databases)
    opening = asyncio.ensure_future(connected(page, []))
    await until_open(databases)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await settled(databases)
    assert databases.stored[NAME].open == []
    assert page.proxies == set()


async def test_a_removal_is_heard_of_from_the_moment_on_in_which_it_is_open() -> None:
    """Whoever waits for it goes on some turns of the loop later."""
    databases = FakeIndexedDb()
    losses: list[Exception] = []
    opening = asyncio.ensure_future(connected(FakePage(databases), losses))
    await until_open(databases)
    assert not opening.done()
    databases._delete(FakeRequest(), NAME)
    assert [type(loss) for loss in losses] == [StorageAltered]
    assert NAME not in databases.stored
    assert (await opening).problem is losses[0]


async def test_one_that_is_missing_is_not_made_where_nobody_wants_it() -> None:
    databases = FakeIndexedDb()
    page = FakePage(databases)

    async def look() -> Connection:
        return await open_connection(
            page.browser, NAME, lost=lambda _: None, aborted=lambda _: None, create=False
        )

    with pytest.raises(StorageRefused):
        await look()
    assert databases.stored == {}
    assert page.proxies == set()
    (await connected(page, [])).close()
    (await look()).close()


async def test_who_stops_reading_is_told_nothing_more() -> None:
    databases = FakeIndexedDb()
    page = FakePage(databases)
    connection = await connected(page, [])
    reading = asyncio.ensure_future(connection.read(NAME))
    await asyncio.sleep(0)
    reading.cancel()
    await settled(databases)
    connection.close()
    assert page.proxies == set()


async def test_a_loss_is_told_once() -> None:
    databases = FakeIndexedDb()
    losses: list[Exception] = []
    connection = await connected(FakePage(databases), losses)
    databases.deleteDatabase(NAME)
    databases.deleteDatabase(NAME)
    await settled(databases)
    assert [type(loss) for loss in losses] == [StorageAltered]
    assert connection.problem is losses[0]


async def test_a_database_that_is_gone_cannot_be_read() -> None:
    databases = FakeIndexedDb()
    connection = await connected(FakePage(databases), [])
    databases.evict(NAME)
    with pytest.raises(StorageRefused):
        await connection.read(NAME)
    with pytest.raises(StorageRefused):
        await connection.remove_above(0)


async def test_a_removal_that_is_refused_says_so() -> None:
    databases = FakeIndexedDb()
    connection = await connected(FakePage(databases), [])
    databases.fail_next = FakeJsError("QuotaExceededError")
    with pytest.raises(StorageFull):
        await connection.remove_above(0)
