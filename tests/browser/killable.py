"""A browser of a test's own, with a profile that outlives it: to be killed, closed and started."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import BrowserContext, Error

from tests.browser.conftest import PATIENCE
from tests.browser.processes import descendants


class KillableBrowser:
    """A browser in processes that are nobody else's.

    :param launch: starts it with its profile, and gives its context
    """

    def __init__(self, launch: Callable[[], BrowserContext]) -> None:
        self._launch = launch
        self._processes: set[int] = set()
        self._context: BrowserContext | None = None

    @property
    def context(self) -> BrowserContext:
        """Its windows, while it runs."""
        assert self._context is not None, "the browser does not run"
        return self._context

    def launch(self) -> BrowserContext:
        """Start it, with what its profile has kept."""
        before = descendants()
        self._context = self._launch()
        self._context.set_default_timeout(PATIENCE)
        self._processes = descendants() - before
        return self._context

    def kill(self) -> None:
        """SIGKILL for all of its processes."""
        context, self._context = self._context, None
        if context is None:
            return
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with suppress(Error):
            context.close()

    def close(self) -> None:
        """End it in order, when its windows are closed."""
        context, self._context = self.context, None
        context.close()
