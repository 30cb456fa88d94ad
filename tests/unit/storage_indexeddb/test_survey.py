from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from storage_indexeddb import clear, find_member, journal_name, sessions
from storage_indexeddb.errors import SeveralMembers, StorageInUse, StorageRefused
from storage_indexeddb.fake import FakeIndexedDb, FakePage
from storage_indexeddb.fake_javascript import FakeJsError
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
