"""Whose journal a session has in this browser, by its mode, over fakes of both storages."""

from __future__ import annotations

import pytest

from raft_core.testing.conformance.waiting import turns
from raft_web.browser_storage import BrowserStorage
from raft_web.storing import MemberStorage, StorageMismatch, Storing
from storage_indexeddb import IndexedDbStorage, SeveralMembers, journal_name, vital_name
from storage_indexeddb.fake import FakeIndexedDb, FakePage
from storage_localstorage import journal_prefix
from storage_localstorage.fake import FakeArea
from transport_webrtc.session import Durability, new_key

APP = "todo"
MEMBER = "00000000000000aa"
OTHER = "00000000000000bb"


class Browser:
    """Both storages of a browser, and a session of this mode."""

    def __init__(self, durability: str) -> None:
        self.area = FakeArea()
        self.databases = FakeIndexedDb()
        self.key = new_key(Durability(durability))
        self.losses: list[Exception] = []

    def storing(self) -> Storing:
        """What a page that was just opened has."""
        return Storing(self.area, FakePage(self.databases).browser, APP, self.key)

    async def store(self, *records: bytes, member: str = MEMBER) -> MemberStorage:
        """A member stores them, the first of them as vital."""
        storage = self.storing().open(member, lost=self.losses.append)
        await storage.load()
        for place, record in enumerate(records):
            storage.append(record, _must_be_taken, vital=place == 0)
        await turns()
        return storage

    @property
    def names(self) -> tuple[str, str]:
        return APP, self.storing().session


def _must_be_taken(error: Exception | None) -> None:
    assert error is None


@pytest.mark.parametrize("durability", ["disk", "browser"])
async def test_who_stored_something_is_found_again_with_it(durability: str) -> None:
    browser = Browser(durability)
    assert await browser.storing().find_member() is None
    storage = await browser.store(b"identity", b"record")
    await storage.close()
    assert await browser.storing().find_member() == MEMBER
    journal = await browser.storing().open(MEMBER).load()
    assert journal.records == [b"identity", b"record"]


async def test_on_the_disk_means_that_nothing_is_in_local_storage() -> None:
    browser = Browser("disk")
    storage = await browser.store(b"identity", b"record")
    assert isinstance(storage, IndexedDbStorage)
    assert browser.area.items == {}
    assert list(browser.databases.stored) == [journal_name(*browser.names, MEMBER)]


async def test_in_the_browser_means_a_journal_in_local_storage_and_votes_on_the_disk() -> None:
    browser = Browser("browser")
    storage = await browser.store(b"identity", b"record")
    assert isinstance(storage, BrowserStorage)
    prefix = journal_prefix(*browser.names, MEMBER)
    assert browser.area.items[f"{prefix}r000000000002"] == "record"
    assert list(browser.databases.stored) == [vital_name(*browser.names, MEMBER)]


@pytest.mark.parametrize("durability", ["disk", "browser"])
async def test_whose_storage_is_taken_away_is_told(durability: str) -> None:
    browser = Browser(durability)
    await browser.store(b"identity")
    for name in list(browser.databases.stored):
        browser.databases.evict(name)
    (loss,) = browser.losses
    assert "cleared" in str(loss)


async def test_votes_without_a_journal_are_a_member_that_forgot_all_the_rest() -> None:
    browser = Browser("browser")
    await browser.store(b"identity", b"record")
    browser.area.clear()
    assert await browser.storing().find_member() == MEMBER
    loaded = await browser.storing().open(MEMBER).load()
    assert not loaded.records
    assert getattr(loaded, "suspect") is True  # noqa: B009  (of one of the two modes)


@pytest.mark.parametrize("kept", [True, False])
async def test_what_a_window_wrote_after_its_storage_was_cleared_is_swept_away(
    kept: bool,
) -> None:
    """A window hears a moment too late that local storage was cleared, with the votes or alone."""
    browser = Browser("browser")
    await browser.store(b"identity", b"record")
    browser.area.clear()
    browser.area.setItem(journal_prefix(*browser.names, MEMBER) + "r000000000003", "record")
    if not kept:
        browser.databases.evict(vital_name(*browser.names, MEMBER))
    assert await browser.storing().find_member() == (MEMBER if kept else None)
    loaded = await browser.storing().open(MEMBER if kept else OTHER).load()
    assert not loaded.records
    assert getattr(loaded, "suspect") is kept  # noqa: B009  (of one of the two modes)
    assert not [key for key in browser.area.items if "/r0" in key]


async def test_a_journal_without_its_votes_is_refused_and_left_as_it_is() -> None:
    browser = Browser("browser")
    await browser.store(b"identity", b"record")
    browser.databases.evict(vital_name(*browser.names, MEMBER))
    before = dict(browser.area.items)
    with pytest.raises(StorageMismatch, match="lacks its votes"):
        await browser.storing().find_member()
    assert browser.area.items == before
    assert browser.databases.stored == {}


async def test_a_journal_beside_the_votes_of_another_member_is_refused() -> None:
    browser = Browser("browser")
    await browser.store(b"identity", b"record")
    browser.databases.evict(vital_name(*browser.names, MEMBER))
    items = dict(browser.area.items)
    browser.area.clear()
    await browser.store(b"identity", member=OTHER)
    browser.area.clear()
    browser.area.items.update(items)
    with pytest.raises(StorageMismatch, match=f"of member {MEMBER}.* of {OTHER}"):
        await browser.storing().find_member()


async def test_a_journal_in_the_place_of_the_other_mode_is_refused() -> None:
    browser = Browser("disk")
    browser.area.setItem(journal_prefix(*browser.names, MEMBER) + "r000000000001", "record")
    with pytest.raises(StorageMismatch, match=r"on the disk.* in local storage"):
        await browser.storing().find_member()


@pytest.mark.parametrize("durability", ["disk", "browser"])
async def test_two_members_are_one_too_many(durability: str) -> None:
    browser = Browser(durability)
    await browser.store(b"identity", member=MEMBER)
    browser.area.clear()
    await browser.store(b"identity", member=OTHER)
    browser.area.clear()
    with pytest.raises(SeveralMembers, match="2 members"):
        await browser.storing().find_member()


async def test_another_sessions_member_is_not_this_ones() -> None:
    browser = Browser("disk")
    await browser.store(b"identity")
    browser.key = new_key(Durability.DISK)
    assert await browser.storing().find_member() is None


def test_what_is_no_key_has_no_storage() -> None:
    with pytest.raises(ValueError, match="32 hexadecimal digits"):
        Storing(FakeArea(), FakePage(FakeIndexedDb()).browser, APP, "0123")
