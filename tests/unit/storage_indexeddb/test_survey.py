import asyncio
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from storage_indexeddb import clear, find_member, journal_name, sessions, usage
from storage_indexeddb.connection import HEAD
from storage_indexeddb.errors import SeveralMembers, StorageInUse, StorageRefused
from storage_indexeddb.fake import FakeIndexedDb, FakePage, Stored
from storage_indexeddb.fake_javascript import FakeJsError
from storage_indexeddb.journal import FORMAT
from storage_indexeddb.names import VITAL
from tests.unit.storage_indexeddb.support import (
    APP,
    MEMBER,
    NAME,
    OTHER_MEMBER,
    OTHER_SESSION,
    SESSION,
    VITAL_NAME,
    loaded,
    opened,
)

OTHERS_NAME = journal_name(APP, OTHER_SESSION, OTHER_MEMBER)


async def test_a_member_is_found_again() -> None:
    databases = FakeIndexedDb()
    page = FakePage(databases)
    assert await find_member(page.browser, APP, SESSION) is None
    for name in (NAME, OTHERS_NAME):
        await loaded(databases, name)
    databases.open("somebody's else", 1)
    assert await find_member(page.browser, APP, SESSION) == MEMBER
    assert await find_member(page.browser, APP, SESSION, VITAL) is None
    assert await find_member(page.browser, "bench", SESSION) is None
    assert await sessions(page.browser, APP) == {SESSION: [MEMBER], OTHER_SESSION: [OTHER_MEMBER]}


async def test_several_members_are_nobodys_choice() -> None:
    databases = FakeIndexedDb()
    for member in (MEMBER, OTHER_MEMBER):
        await loaded(databases, journal_name(APP, SESSION, member))
    with pytest.raises(SeveralMembers, match=f"{MEMBER}, {OTHER_MEMBER}"):
        await find_member(FakePage(databases).browser, APP, SESSION)


async def test_how_much_there_is_is_counted_by_session() -> None:
    databases = FakeIndexedDb()
    page = FakePage(databases)
    assert await usage(page.browser, APP) == {}
    for name, size in ((NAME, 1000), (OTHERS_NAME, 50)):
        running = await opened(databases, name)
        running.put(bytes(size))
        await running.storage.close()
    await loaded(databases, journal_name("bench", SESSION, MEMBER))
    databases.stored[VITAL_NAME] = copy_of(databases.stored[NAME], VITAL_NAME)
    found = await usage(page.browser, APP)
    assert found == {SESSION: 2 * 1013, OTHER_SESSION: 62}
    assert page.proxies == set()


def copy_of(stored: Stored, name: str) -> Stored:
    copy = Stored(name)
    copy.store_name = stored.store_name
    copy.data = {**stored.data, HEAD: f"{FORMAT} {name}"}
    return copy


async def test_what_cannot_be_read_counts_nothing_and_is_there() -> None:
    databases = FakeIndexedDb()
    await loaded(databases)
    databases.stored[NAME].data[HEAD] = "nonsense"
    page = FakePage(databases)
    assert await usage(page.browser, APP) == {SESSION: 0}
    databases.fail_open = FakeJsError("UnknownError")
    assert await usage(page.browser, APP) == {SESSION: 0}
    assert page.proxies == set()


async def test_counting_keeps_nobody_from_clearing() -> None:
    databases = FakeIndexedDb()
    await loaded(databases)
    page = FakePage(databases)
    counting = asyncio.ensure_future(usage(page.browser, APP))
    assert await clear(page.browser, APP, SESSION) == 1
    assert await counting in ({SESSION: 0}, {})


async def test_what_is_removed_while_it_is_counted_stays_removed() -> None:
    """Else its member would be found again, with nothing left of its votes."""
    databases = FakeIndexedDb()
    await loaded(databases)
    page = FakePage(databases)
    counting = asyncio.ensure_future(usage(page.browser, APP))
    await asyncio.sleep(0)
    databases.deleteDatabase(NAME)
    assert await counting == {SESSION: 0}
    assert databases.stored == {}
    assert await find_member(page.browser, APP, SESSION) is None
    assert page.proxies == set()


async def test_clearing_removes_a_session_and_stops_who_runs_on_it() -> None:
    databases = FakeIndexedDb()
    for name in (NAME, OTHERS_NAME):
        await loaded(databases, name)
    databases.stored[VITAL_NAME] = databases.stored[NAME]
    running = await opened(databases)
    page = FakePage(databases)
    assert await clear(page.browser, APP, SESSION) == 2
    assert list(databases.stored) == [OTHERS_NAME]
    assert len(running.losses) == 1
    assert page.proxies == set()


async def test_who_does_not_let_go_is_named() -> None:
    databases = FakeIndexedDb()
    running = await opened(databases)
    (connection,) = databases.stored[NAME].open
    connection.onversionchange = None
    page = FakePage(databases)
    with pytest.raises(StorageInUse, match="close that tab"):
        await clear(page.browser, APP, SESSION)
    await running.storage.close()
    assert databases.stored == {}, "it goes when the other has let go"


async def test_a_browser_that_lists_nothing_is_none_to_rely_on() -> None:
    page = FakePage(FakeIndexedDb())
    with pytest.raises(StorageRefused, match="update the browser"):
        await sessions(replace(page.browser, indexed_db=SimpleNamespace()), APP)

    def databases() -> None:
        raise FakeJsError("SecurityError", "because")

    with pytest.raises(StorageRefused, match="because"):
        await sessions(replace(page.browser, indexed_db=SimpleNamespace(databases=databases)), APP)
