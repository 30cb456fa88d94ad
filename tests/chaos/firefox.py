"""A window in Debian's Firefox as it is, which Playwright starts and drives by WebDriver BiDi."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from playwright.async_api import BrowserContext, Playwright
from playwright.async_api import Error as PlaywrightError

from tests.browser.processes import descendants
from tests.chaos import processes
from tests.chaos.members import NotThere, Session
from tests.chaos.plan import Kind
from tests.chaos.processes import Slowed
from tests.chaos.window import Window
from tools.browsers import launch_options

FIREFOX_HERE = Path(__file__).parents[1] / "browser/firefox"
CLEAR = """async () => {
  localStorage.clear();
  for (const { name } of await indexedDB.databases()) {
    await new Promise((done) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = request.onerror = request.onblocked = done;
    });
  }
}"""


class Firefox(Window):
    """See `Window`."""

    kind = Kind.FIREFOX

    def __init__(
        self, name: str, session: Session, origin: str, profile: Path, *, playwright: Playwright
    ) -> None:
        super().__init__(name, session, origin, profile)
        self._playwright = playwright
        self._context: BrowserContext | None = None
        self._slowed: Slowed | None = None

    async def _launch(self) -> BrowserContext:
        if self._context is None:
            options = {**launch_options("firefox"), "executable_path": FIREFOX_HERE}
            self._context = await self._playwright.firefox.launch_persistent_context(
                self._profile, **options
            )
            if self._context.browser is not None:
                self.version = f"Firefox {self._context.browser.version}"
        return self._context

    async def kill(self) -> None:
        context, self._context = self._context, None
        self._page = None
        await self.slow(1.0)
        processes.send(self._processes(), signal.SIGKILL)
        if context is not None:
            with suppress(PlaywrightError):
                await context.close()

    async def crash(self) -> None:
        page, self._page = self._there(), None
        processes.send(filter(_draws, self._processes()), signal.SIGKILL)
        with suppress(PlaywrightError):
            await page.close()

    async def freeze(self) -> None:
        if not processes.send(self._processes(), signal.SIGSTOP):
            raise NotThere(f"{self.name} has no process")

    async def thaw(self) -> None:
        processes.send(self._processes(), signal.SIGCONT)

    def _processes(self) -> set[int]:
        """All of this browser: what was started with its profile, and what that has started."""
        profile = os.fsencode(self._profile)
        found: set[int] = set()
        for process in descendants(os.getpid()):
            with suppress(OSError):
                if profile in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0"):
                    found |= {process, *descendants(process)}
        return found

    async def slow(self, times: float) -> None:
        slowed, self._slowed = self._slowed, None
        if slowed is not None:
            await slowed.end()
        if times > 1:
            if not (running := self._processes()):
                raise NotThere(f"{self.name} has no process")
            self._slowed = Slowed(running, times)

    async def clear(self) -> None:
        await self._evaluate(CLEAR, None, seconds=10.0)
        await self.close()


def _draws(process: int) -> bool:
    """Whether it is one that draws pages."""
    with suppress(OSError):
        words = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").split()
        return b"-contentproc" in words and words[-1] == b"tab"
    return False
