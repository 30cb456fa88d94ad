"""Sessions that lie in an area: found, offered with their key, forgotten one by one."""

import pytest

from raft_web.stored import Bookmark, forget, remember, stored_sessions
from storage_localstorage import journal_prefix
from storage_localstorage.fake import FakeArea, FakeJsError
from transport_webrtc.session import session_name

KEY = "0123456789abcdef0123456789abcdef"
OTHER = KEY[::-1]
MEMBER = "00000000000000aa"


@pytest.fixture
def area() -> FakeArea:
    return FakeArea()


def store(area: FakeArea, app: str, key: str, text: str = "record") -> str:
    session = session_name(key)
    area.setItem(journal_prefix(app, session, MEMBER) + "r000000000001", text)
    return session


def test_nothing_stored_is_nothing_offered(area: FakeArea) -> None:
    area.setItem("somebody", "else's")
    assert stored_sessions(area, "todo") == []


def test_a_bookmark_gives_the_key_back_and_no_storage_key_holds_it(area: FakeArea) -> None:
    session = store(area, "todo", KEY)
    remember(area, "todo", session, Bookmark(KEY, 1000.0))
    (found,) = stored_sessions(area, "todo")
    assert (found.session, found.bookmark) == (session, Bookmark(KEY, 1000.0))
    assert found.units == area.used
    assert not any(KEY in key for key in area.items)


def test_the_session_used_last_comes_first_and_one_without_bookmark_last(area: FakeArea) -> None:
    lost = store(area, "todo", "f" * 32)
    sessions = [store(area, "todo", key) for key in (KEY, OTHER)]
    remember(area, "todo", sessions[0], Bookmark(KEY, 1000.0))
    remember(area, "todo", sessions[1], Bookmark(OTHER, 2000.0))
    found = [one.session for one in stored_sessions(area, "todo")]
    assert found == [sessions[1], sessions[0], lost]


def test_another_apps_sessions_are_not_ours(area: FakeArea) -> None:
    remember(area, "bench", store(area, "bench", KEY), Bookmark(KEY, 1.0))
    assert stored_sessions(area, "todo") == []
    forget(area, "todo", session_name(KEY))
    assert len(stored_sessions(area, "bench")) == 1


def test_forgetting_removes_the_journal_and_the_bookmark_and_nothing_else(area: FakeArea) -> None:
    area.setItem("somebody", "else's")
    session, other = store(area, "todo", KEY), store(area, "todo", OTHER)
    remember(area, "todo", session, Bookmark(KEY, 1.0))
    remember(area, "todo", other, Bookmark(OTHER, 2.0))
    forget(area, "todo", session)
    assert [one.session for one in stored_sessions(area, "todo")] == [other]
    assert area.getItem("somebody") == "else's"
    assert not any(session in key for key in area.items)


@pytest.mark.parametrize("text", ["", "{}", "nonsense", '{"key": 3, "used": 1}'])
def test_a_bookmark_that_is_none_is_no_reason_to_fail(area: FakeArea, text: str) -> None:
    session = store(area, "todo", KEY)
    area.setItem(f"raft-web/todo/{session}", text)
    (found,) = stored_sessions(area, "todo")
    assert found.bookmark is None


def test_an_area_that_refuses_the_bookmark_says_so_to_the_caller(area: FakeArea) -> None:
    area.quota = 10
    with pytest.raises(FakeJsError):
        remember(area, "todo", session_name(KEY), Bookmark(KEY, 1.0))
