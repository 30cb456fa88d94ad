"""The sessions that this browser keeps for an app, and the bookmark that finds one again.

What is stored of a session has a one-way name of it and never its key. To offer "continue", the
shell keeps the session key itself in a bookmark in local storage, `raft-web/<app>/<session>`:
whoever can read this origin's storage can read the journal beside it anyway.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

import storage_indexeddb as indexeddb
import storage_localstorage as localstorage
from raft_web.storing import Storing
from storage_indexeddb import Browser
from storage_localstorage import Area, session_prefix, usage
from storage_localstorage.area import keys_under
from transport_webrtc.session import session_name


class Bookmark(msgspec.Struct, frozen=True):
    """What finds a session again."""

    key: str
    used: float  # seconds since 1970: when it was opened last


class StoredSession(NamedTuple):
    """A session of which something lies in this browser's storage."""

    session: str
    bookmark: Bookmark | None
    size: int  # bytes on the disk, and code units of local storage, its quota's unit


async def stored_sessions(area: Area, browser: Browser, app: str) -> list[StoredSession]:
    """All sessions of `app` here, the one used last first. Reads all that is stored for it.

    :raises IndexedDbError: the browser does not say what it has
    """
    marks = {}
    for session, text in _bookmarks(area, app).items():
        if (bookmark := _decode(session, text)) is not None:
            marks[session] = bookmark
    on_disk = await indexeddb.usage(browser, app)
    found = [
        StoredSession(
            session,
            marks.get(session),
            on_disk.get(session, 0)
            + usage(area, session_prefix(app, session)).ours
            + usage(area, _name(app, session)).ours,
        )
        for session in {**localstorage.sessions(area, app), **on_disk, **marks}
    ]
    return sorted(found, key=lambda one: (-(one.bookmark.used if one.bookmark else 0), one.session))


def remember(storing: Storing, bookmark: Bookmark) -> None:
    """Keep the bookmark. Raises what the area raises when it refuses (quota)."""
    name = _name(storing.app, storing.session)
    storing.area.setItem(name, msgspec.json.encode(bookmark).decode())


async def forget(area: Area, browser: Browser, app: str, session: str) -> None:
    """Remove all that is stored of a session: its journals, votes and bookmark.

    Broken off, it leaves what can be cleared again, or goes on as a member that forgot.

    :raises IndexedDbError: the browser refuses it, or another tab does not let go
    """
    # A journal without the votes beside it does not start, so those go later.
    localstorage.clear(area, app, session)
    await indexeddb.clear(browser, app, session)
    area.removeItem(_name(app, session))


def _name(app: str, session: str) -> str:
    return f"raft-web/{app}/{session}"


def _bookmarks(area: Area, app: str) -> dict[str, str]:
    prefix = _name(app, "")
    return {key.removeprefix(prefix): area.getItem(key) for key in keys_under(area, prefix)}


def _decode(session: str, text: str) -> Bookmark | None:
    """What was not written by us, or not for this session, is neither offered nor removed."""
    try:
        bookmark = msgspec.json.decode(text, type=Bookmark)
        return bookmark if session_name(bookmark.key) == session else None
    except (msgspec.MsgspecError, ValueError):  # nothing that has bytes, or no session key
        return None
