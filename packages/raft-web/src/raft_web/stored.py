"""The sessions that this browser keeps for an app, and the bookmark that finds one again.

A journal's keys hold a one-way name of the session and never its key. To offer "continue", the
shell keeps the session key itself in a bookmark, `raft-web/<app>/<session>`: whoever can read this
origin's storage can read the journal beside it anyway.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from storage_localstorage import Area, clear, session_prefix, sessions, usage


class Bookmark(msgspec.Struct, frozen=True):
    """What finds a session again."""

    key: str
    used: float  # seconds since 1970: when it was opened last


class StoredSession(NamedTuple):
    """A session of which something lies in this browser's storage."""

    session: str
    bookmark: Bookmark | None
    units: int  # UTF-16 code units, keys included: what the quota counts


def stored_sessions(area: Area, app: str) -> list[StoredSession]:
    """All sessions of `app` in `area`, the one used last first. Reads the whole area."""
    marks = {}
    for session, text in _bookmarks(area, app).items():
        if (bookmark := _decode(text)) is not None:
            marks[session] = bookmark
    found = [
        StoredSession(
            session,
            marks.get(session),
            usage(area, session_prefix(app, session)).ours + usage(area, _name(app, session)).ours,
        )
        for session in {**sessions(area, app), **marks}
    ]
    return sorted(found, key=lambda one: (-(one.bookmark.used if one.bookmark else 0), one.session))


def remember(area: Area, app: str, session: str, bookmark: Bookmark) -> None:
    """Keep the bookmark. Raises what the area raises when it refuses (quota)."""
    area.setItem(_name(app, session), msgspec.json.encode(bookmark).decode())


def forget(area: Area, app: str, session: str) -> None:
    """Remove all that is stored of a session: its journals and its bookmark."""
    clear(area, app, session)
    area.removeItem(_name(app, session))


def _name(app: str, session: str) -> str:
    return f"raft-web/{app}/{session}"


def _bookmarks(area: Area, app: str) -> dict[str, str]:
    prefix = _name(app, "")
    keys = [str(area.key(index)) for index in range(area.length)]
    return {key.removeprefix(prefix): area.getItem(key) for key in keys if key.startswith(prefix)}


def _decode(text: str) -> Bookmark | None:
    try:
        return msgspec.json.decode(text, type=Bookmark)
    except msgspec.MsgspecError:
        return None  # not written by us: neither offered nor removed
