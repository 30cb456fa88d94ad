"""What of ours lies in an origin's databases, across members and sessions: find it and clear it."""

import asyncio
from typing import Any

from storage_indexeddb.browser import Browser
from storage_indexeddb.errors import (
    IndexedDbError,
    SeveralMembers,
    StorageRefused,
    in_use,
    refusal,
)
from storage_indexeddb.names import JOURNAL, Parts, parse_name


async def sessions(browser: Browser, app: str, purpose: str = JOURNAL) -> dict[str, list[str]]:
    """The members with a database of this purpose here, by session; both in alphabetical order.

    :raises StorageRefused: the browser does not list them
    """
    found: dict[str, list[str]] = {}
    for parts in sorted(await _databases(browser)):
        if parts.app == app and parts.purpose == purpose:
            found.setdefault(parts.session, []).append(parts.member)
    return found


async def find_member(
    browser: Browser, app: str, session: str, purpose: str = JOURNAL
) -> str | None:
    """The id of the member whose database is here, or None: this origin has none yet.

    :raises SeveralMembers: there are several, so nobody can say who this is
    :raises StorageRefused: the browser does not list them
    """
    members = (await sessions(browser, app, purpose)).get(session, [])
    if len(members) > 1:
        raise SeveralMembers(
            f"This browser holds {len(members)} members of one session of {app!r} "
            f"({', '.join(members)}) where there can be one. Clear this session's storage here and "
            "join again as a new member."
        )
    return members[0] if members else None


async def clear(browser: Browser, app: str, session: str) -> int:
    """Remove every database of one session of an app, and nothing else; how many there were.

    A member that still runs on one is told so at once, and stops.

    :raises StorageInUse: another tab does not let go of one; it goes when that tab is closed
    :raises IndexedDbError: the browser refuses it
    """
    names = [
        "/".join(("raft", *parts))
        for parts in await _databases(browser)
        if (parts.app, parts.session) == (app, session)
    ]
    for name in names:
        await _remove(browser, name)
    return len(names)


async def _databases(browser: Browser) -> list[Parts]:
    try:
        found = await browser.indexed_db.databases()
    except Exception as error:  # JsException exists only inside Pyodide
        raise _no_list(error) from error
    parts = [parse_name(str(one.name)) for one in found]
    return [one for one in parts if one is not None]


def _no_list(error: Exception) -> IndexedDbError:
    if isinstance(error, AttributeError):
        return StorageRefused(
            "This browser does not tell a site which databases it has, so that a member cannot be "
            "found again: update the browser, or use another one."
        )
    return refusal(error)


async def _remove(browser: Browser, name: str) -> None:
    removed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    ended: list[bool] = []

    def succeeded(_event: Any) -> None:
        ended.append(True)
        if not removed.done():
            removed.set_result(None)

    def failed(event: Any) -> None:
        ended.append(True)
        if not removed.done():
            removed.set_exception(refusal(event.target.error))

    def blocked(_event: Any) -> None:
        if not removed.done():
            removed.set_exception(in_use(name))

    request = browser.indexed_db.deleteDatabase(name)
    proxies = [browser.proxy(handler) for handler in (succeeded, failed, blocked)]
    request.onsuccess, request.onerror, request.onblocked = proxies
    try:
        await removed
    finally:
        # A request that is blocked, or that nobody waits for any more, has its end later.
        if ended:
            for proxy in proxies:
                proxy.destroy()
