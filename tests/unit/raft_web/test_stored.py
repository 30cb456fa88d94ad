"""Sessions that lie in both storages: found, offered with their key, forgotten one by one."""

import pytest

from raft_core.testing.conformance.waiting import turns
from raft_web.stored import Bookmark, StoredSession, forget, remember, stored_sessions
from raft_web.storing import Storing
from storage_indexeddb.fake import FakeIndexedDb, FakePage
from storage_localstorage.fake import FakeArea, FakeJsError
from transport_webrtc.session import Durability, new_key, session_name

KEY = new_key(Durability.BROWSER)
OTHER = new_key(Durability.DISK)
MEMBER = "00000000000000aa"


class Browser:
    """Both storages, and what the page's start screen does with them."""

    def __init__(self) -> None:
        self.area = FakeArea()
        self.databases = FakeIndexedDb()

    def storing(self, app: str, key: str) -> Storing:
        return Storing(self.area, FakePage(self.databases).browser, app, key)

    async def store(self, app: str, key: str, *, used: float | None = None) -> str:
        """A member stores something, and a bookmark if it is used."""
        storing = self.storing(app, key)
        storage = storing.open(MEMBER)
        await storage.load()
        for vital in (True, False):
            storage.append(b"record", lambda _: None, vital=vital)
            await turns()
        await storage.close()
        if used is not None:
            remember(storing, Bookmark(key, used))
        return storing.session

    async def offered(self, app: str = "todo") -> list[StoredSession]:
        page = FakePage(self.databases)
        found = await stored_sessions(self.area, page.browser, app)
        assert page.proxies == set()
        return found

    async def forget(self, session: str, app: str = "todo") -> None:
        page = FakePage(self.databases)
        await forget(self.area, page.browser, app, session)
        assert page.proxies == set()


@pytest.fixture
async def browser() -> Browser:
    return Browser()


async def test_nothing_stored_is_nothing_offered(browser: Browser) -> None:
    browser.area.setItem("somebody", "else's")
    browser.databases.open("somebody else's", 1)
    assert await browser.offered() == []


@pytest.mark.parametrize("key", [KEY, OTHER], ids=["browser", "disk"])
async def test_a_bookmark_gives_the_key_back_and_no_name_holds_it(
    browser: Browser, key: str
) -> None:
    session = await browser.store("todo", key, used=1000.0)
    (found,) = await browser.offered()
    assert (found.session, found.bookmark) == (session, Bookmark(key, 1000.0))
    on_disk = browser.databases.used - 8 * sum(
        len(one.data) for one in browser.databases.stored.values()
    )
    heads = sum(len(one.data[0]) for one in browser.databases.stored.values())
    assert found.size == browser.area.used + on_disk - heads
    names = [*browser.area.items, *browser.databases.stored]
    assert not any(key in name for name in names)


async def test_the_session_used_last_comes_first_and_one_without_bookmark_last(
    browser: Browser,
) -> None:
    lost = await browser.store("todo", new_key(Durability.DISK))
    first = await browser.store("todo", KEY, used=1000.0)
    last = await browser.store("todo", OTHER, used=2000.0)
    assert [one.session for one in await browser.offered()] == [last, first, lost]


async def test_votes_without_a_journal_are_a_stored_session(browser: Browser) -> None:
    session = await browser.store("todo", KEY)
    browser.area.clear()
    assert [one.session for one in await browser.offered()] == [session]
    await browser.forget(session)
    assert browser.databases.stored == {}


async def test_another_apps_sessions_are_not_ours(browser: Browser) -> None:
    for key in (KEY, OTHER):
        await browser.store("bench", key, used=1.0)
    assert await browser.offered() == []
    for key in (KEY, OTHER):
        await browser.forget(session_name(key))
    assert len(await browser.offered("bench")) == 2


async def test_forgetting_removes_all_of_a_session_and_nothing_else(browser: Browser) -> None:
    browser.area.setItem("somebody", "else's")
    first, last = [await browser.store("todo", key, used=1.0) for key in (KEY, OTHER)]
    await browser.forget(first)
    assert [one.session for one in await browser.offered()] == [last]
    assert browser.area.getItem("somebody") == "else's"
    names = [*browser.area.items, *browser.databases.stored]
    assert not any(first in name for name in names)
    await browser.forget(last)
    assert browser.databases.stored == {}
    assert list(browser.area.items) == ["somebody"]


async def test_forgetting_that_breaks_off_leaves_what_starts_or_can_be_forgotten(
    browser: Browser,
) -> None:
    session = await browser.store("todo", KEY, used=1.0)
    removed: list[str] = []

    def before_change(kind: str, key: str) -> None:
        assert len(browser.databases.stored) == 1, "a journal must not lose its votes before it"
        removed.append(f"{kind} {key}")

    browser.area.before_change = before_change
    with pytest.raises(AssertionError, match="must not lose"):
        await browser.forget(session)  # the bookmark goes last, when the votes are gone
    browser.area.before_change = None
    assert len(removed) == 3
    assert len(await browser.offered()) == 1
    await browser.forget(session)
    assert await browser.offered() == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "nonsense",
        "half a character: \ud800",
        '{"key": 3, "used": 1}',
        '{"key": "no key", "used": 1}',
        '{"key": "0123456789abcdef0123456789abcdef", "used": 1}',
    ],
)
async def test_a_bookmark_that_is_none_is_no_reason_to_fail(browser: Browser, text: str) -> None:
    session = await browser.store("todo", KEY)
    browser.area.setItem(f"raft-web/todo/{session}", text)
    (found,) = await browser.offered()
    assert found.bookmark is None


def test_an_area_that_refuses_the_bookmark_says_so_to_the_caller() -> None:
    browser = Browser()
    browser.area.quota = 10
    with pytest.raises(FakeJsError):
        remember(browser.storing("todo", KEY), Bookmark(KEY, 1.0))
