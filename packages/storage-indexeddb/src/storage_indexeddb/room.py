"""What the browser still grants this site, without asking it for every record."""

import asyncio
from typing import Any

from storage_indexeddb.browser import Browser

ASK_EVERY = 1024 * 1024
"""Bytes that are written between two questions: an answer takes the browser a millisecond."""


class Room:
    """The last answer to how much is left, less what was written since.

    What others write meanwhile shows with the next answer.
    """

    def __init__(self, browser: Browser) -> None:
        self._manager = browser.storage_manager
        self._proxies: list[Any] = []
        self._browser = browser
        self.quota: int | None = None
        """What is granted to this site in all, by the last answer; None: nobody knows."""
        self._left: int | None = None
        self._written = 0
        self._asking = False

    async def ask(self) -> None:
        """Have a first answer; a browser that gives none is none to rely on."""
        if not hasattr(self._manager, "estimate"):
            return
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def settled() -> None:
            self._asking = False
            if not answered.done():
                answered.set_result(None)

        def estimated(estimate: Any) -> None:
            # They are rounded and padded on purpose, so that no page learns too much.
            self.quota = int(estimate.quota)
            self._left = max(self.quota - int(estimate.usage), 0)
            self._written = 0
            settled()

        def failed(_error: Any) -> None:
            settled()

        self._proxies = [self._browser.proxy(estimated), self._browser.proxy(failed)]
        self._begin()
        await answered

    def wrote(self, size: int) -> None:
        """So many bytes more are stored now."""
        self._written += size

    def left(self) -> int | None:
        """Bytes that may still be written, roughly; None: nobody knows."""
        if self._left is None:
            return None
        if self._written >= ASK_EVERY and not self._asking:
            self._begin()
        return max(self._left - self._written, 0)

    def close(self) -> None:
        """Ask no more; idempotent. An answer that is on its way finds nobody."""
        if not self._asking:
            for proxy in self._proxies:
                proxy.destroy()
            self._proxies = []
        self._left = None

    def _begin(self) -> None:
        self._asking = True
        self._manager.estimate().then(*self._proxies)
