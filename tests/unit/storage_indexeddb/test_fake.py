"""The fake does what browsers do where it matters; what those do shows in `tests/browser`."""

import asyncio
from typing import Any

import pytest

from storage_indexeddb.connection import STORE
from storage_indexeddb.fake import FakeDatabase, FakeIndexedDb, FakeTransaction
from storage_indexeddb.fake_javascript import FakeJsError, FakeUint8Array
from tests.unit.storage_indexeddb.support import settled


async def made(databases: FakeIndexedDb, name: str = "a database") -> FakeDatabase:
    request = databases.open(name, 1)

    def make(event: Any) -> None:
        event.target.result.createObjectStore(STORE)

    request.onupgradeneeded = make
    await settled(databases)
    database = request.result
    assert isinstance(database, FakeDatabase)
    return database


def writing(database: FakeDatabase, key: int, *, size: int = 1) -> FakeTransaction:
    transaction = database.transaction(STORE, "readwrite", {"durability": "strict"})
    transaction.objectStore(STORE).add(FakeUint8Array(bytes(size)), key)
    return transaction


async def test_nothing_happens_before_control_goes_back() -> None:
    databases = FakeIndexedDb()
    database = await made(databases)
    transaction = writing(database, 1)
    seen: list[str] = []
    transaction.oncomplete = lambda event: seen.append("complete")
    assert (seen, database.stored.data) == ([], {})
    await settled(databases)
    assert seen == ["complete"]
    assert list(database.stored.data) == [1]


async def test_a_transaction_that_was_left_alone_takes_nothing_more() -> None:
    databases = FakeIndexedDb()
    database = await made(databases)
    transaction = writing(database, 1)
    store = transaction.objectStore(STORE)
    await settled(databases)
    with pytest.raises(FakeJsError, match="not active"):
        store.add(FakeUint8Array(b""), 2)
    with pytest.raises(FakeJsError, match="not active"):
        transaction.commit()


async def test_after_commit_it_takes_nothing_more() -> None:
    database = await made(FakeIndexedDb())
    transaction = writing(database, 1)
    transaction.commit()
    with pytest.raises(FakeJsError, match="not active"):
        transaction.objectStore(STORE).add(FakeUint8Array(b""), 2)


async def test_one_that_only_reads_does_not_write() -> None:
    database = await made(FakeIndexedDb())
    store = database.transaction(STORE, "readonly").objectStore(STORE)
    with pytest.raises(FakeJsError, match="read-only"):
        store.put(FakeUint8Array(b""), 1)


async def test_one_that_fails_changes_nothing_and_the_next_is_carried_out() -> None:
    databases = FakeIndexedDb()
    database = await made(databases)
    aborts: list[Any] = []
    database.onabort = aborts.append
    writing(database, 1)
    writing(database, 1)
    writing(database, 2)
    await settled(databases)
    assert list(database.stored.data) == [1, 2]
    assert [abort.target.error.name for abort in aborts] == ["ConstraintError"]


async def test_the_quota_counts_all_databases() -> None:
    databases = FakeIndexedDb(quota=1000)
    one, other = await made(databases, "one"), await made(databases, "other")
    aborts: list[Any] = []
    other.onabort = aborts.append
    writing(one, 1, size=800)
    writing(other, 1, size=300)
    await settled(databases)
    assert [abort.target.error.name for abort in aborts] == ["QuotaExceededError"]
    assert databases.used == 808


async def test_a_loss_of_power_takes_what_was_not_strict() -> None:
    databases = FakeIndexedDb()
    database = await made(databases)
    writing(database, 1)
    await settled(databases)
    store = database.transaction(STORE, "readwrite").objectStore(STORE)
    store.put(FakeUint8Array(b""), 2)
    await settled(databases)
    assert list(database.stored.data) == [1, 2]
    databases.lose_power()
    assert list(database.stored.data) == [1]


async def test_a_loss_of_power_takes_what_is_under_way() -> None:
    databases = FakeIndexedDb()
    database = await made(databases)
    told: list[Any] = []
    transaction = writing(database, 1)
    transaction.oncomplete = transaction.onabort = told.append
    for _ in range(2):  # its request is carried out, and it is not
        await asyncio.sleep(0)
    databases.lose_power()
    await settled(databases)
    assert (database.stored.data, told) == ({}, [])


async def test_a_closed_database_ends_what_it_began_and_takes_nothing_more() -> None:
    databases = FakeIndexedDb()
    database = await made(databases)
    writing(database, 1)
    database.close()
    with pytest.raises(FakeJsError, match="closing"):
        database.transaction(STORE, "readwrite")
    removal = databases.deleteDatabase("a database")
    ended: list[Any] = []
    removal.onsuccess = ended.append
    await settled(databases)
    assert list(database.stored.data) == [1]
    assert len(ended) == 1


async def test_an_opening_waits_for_a_removal() -> None:
    databases = FakeIndexedDb()
    database = await made(databases)
    writing(database, 1)
    await settled(databases)
    databases.deleteDatabase("a database")
    opening = databases.open("a database", 1)
    opened: list[Any] = []
    opening.onsuccess = opened.append
    await settled(databases)
    assert opened == []
    database.close()
    await settled(databases)
    assert [event.target.result.stored.data for event in opened] == [{}]
