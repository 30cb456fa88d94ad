"""What of ours lies in an origin's databases, across members and sessions.

To find it, to see how much it is, and to clear it.
"""

import asyncio
from typing import Any

from storage_indexeddb.browser import Browser
from storage_indexeddb.connection import open_connection
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


async def usage(browser: Browser, app: str) -> dict[str, int]:
    """Bytes in the databases of each session of an app, of all purposes; the browser takes more.

    Reads them all. One that cannot be read, or is none of ours any more, counts nothing.

    :raises StorageRefused: the browser does not list them
    """
    found = [parts for parts in await _databases(browser) if parts.app == app]
    sizes = await asyncio.gather(*(_size(browser, parts) for parts in found))
    sums: dict[str, int] = {}
    for parts, size in zip(found, sizes, strict=True):
        sums[parts.session] = sums.get(parts.session, 0) + size
    return sums


async def clear(browser: Browser, app: str, session: str) -> int:
    """Remove every database of one session of an app, and nothing else; how many there were.

    A member that still runs on one is told so at once, and stops.

    :raises StorageInUse: another tab does not let go of one; it goes when that tab is closed
    :raises IndexedDbError: the browser refuses it
    """
    names = [
        _name(parts)
        for parts in await _databases(browser)
        if (parts.app, parts.session) == (app, session)
    ]
    for name in names:
        await _remove(browser, name)
    return len(names)


def _name(parts: Parts) -> str:
    return "/".join(("raft", *parts))


async def _size(browser: Browser, parts: Parts) -> int:
    def ignore(_error: IndexedDbError) -> None:
        """Nothing is written here, and who is asked to let go does so by itself."""

    name = _name(parts)
    try:
        # Not made: a session that was cleared a moment ago would be there again, and its member
        # with it, who has forgotten everything.
        connection = await open_connection(browser, name, lost=ignore, aborted=ignore, create=False)
        try:
            return sum(map(len, await connection.read(name)))
        finally:
            connection.close()
    except IndexedDbError:
        return 0


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
