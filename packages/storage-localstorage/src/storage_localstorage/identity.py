"""One member, one tab: an identity is held by a Web Lock, which ends with the tab that has it."""

import asyncio
from collections.abc import Callable
from typing import Any

from storage_localstorage.errors import IdentityInUse, LocksUnavailable
from storage_localstorage.keys import journal_prefix


class Identity:
    """A member's identity, held until `release` or until the tab is gone.

    Losing this object does not release it.
    """

    __slots__ = ("_let_go", "name")

    def __init__(self, name: str, let_go: Callable[[], Any]) -> None:
        self.name = name
        self._let_go = let_go

    def release(self) -> None:
        """Let go; idempotent. The browser gives the lock to others a moment later."""
        self._let_go()


async def hold_identity(app: str, session: str, member: str) -> Identity:
    """Take a member's identity for this tab, before its journal is loaded.

    :raises IdentityInUse: another tab of this browser has it.
    :raises LocksUnavailable: this page has no Web Locks, or may not use them.
    :raises InvalidName: as `journal_prefix`.
    """
    # These exist only inside Pyodide.
    from js import Object, Promise, navigator  # noqa: PLC0415
    from pyodide.ffi import create_proxy, to_js  # noqa: PLC0415

    name = journal_prefix(app, session, member)
    locks: Any = getattr(navigator, "locks", None)
    if not hasattr(locks, "request"):
        raise LocksUnavailable(
            "This page cannot make sure that one tab only runs this member: the browser offers "
            "Web Locks over https and on localhost only. Open the page by such an address, or in "
            "another browser."
        )
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    end = Promise.withResolvers()

    def granted(lock: Any) -> Any:
        if not answer.done():
            answer.set_result(bool(lock))
        return end.promise if lock else None

    callback = create_proxy(granted)

    def over(_: Any) -> None:
        callback.destroy()

    def failed(error: Any) -> None:
        callback.destroy()
        if not answer.done():
            answer.set_exception(
                LocksUnavailable(
                    "The browser keeps this page from its Web Locks, which make sure that one tab "
                    f"only runs this member ({error}): allow this site to store data, then reload."
                )
            )

    options = to_js({"ifAvailable": True}, dict_converter=Object.fromEntries)
    locks.request(name, options, callback).then(over, failed)
    try:
        available = await answer
    except asyncio.CancelledError:
        # The lock may be granted later still, and nobody would have it to release.
        end.resolve()
        raise
    if not available:
        raise IdentityInUse(
            "This member runs in another tab of this browser already. Go on there, or close that "
            "tab and reload this one; a further member needs another host name, browser or profile."
        )
    return Identity(name, end.resolve)
