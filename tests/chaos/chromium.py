"""A window in a Chromium that we start, so that it is a person's: it can be hidden, and killed."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from asyncio.subprocess import Process
from contextlib import suppress
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, Playwright
from playwright.async_api import Error as PlaywrightError

from tests.browser.processes import descendants
from tests.chaos import processes
from tests.chaos.members import NotThere, Session
from tests.chaos.plan import Kind
from tests.chaos.window import Window
from tools.browsers import CHROMIUM, CHROMIUM_ARGUMENTS
from transport_webrtc.session import Durability

ARGUMENTS = (
    *CHROMIUM_ARGUMENTS,
    "--no-default-browser-check",
    "--hide-crash-restore-bubble",
    "--disable-hang-monitor",
)
STORED = "cookies,file_systems,indexeddb,local_storage,service_workers"
"""What a page may store, for the browser's debugger."""
ANOTHER_TAB = "() => { window.open('about:blank', '_blank', 'noopener'); }"
FILL = """() => {
  let size = 5 * 1024 * 1024, text = "";
  while (size >= 1) {
    const longer = text + "x".repeat(size);
    try { localStorage.setItem("someone-else", longer); text = longer; }
    catch (error) { size = Math.floor(size / 2); }
  }
}"""
EMPTY = "() => localStorage.removeItem('someone-else')"
QUOTA = 16 * 1024
"""Bytes that the origin is granted when its quota is filled: less than it has."""


class Chromium(Window):
    """See `Window`. With a display its windows can be hidden; without one it has no head."""

    kind = Kind.CHROMIUM

    def __init__(
        self,
        name: str,
        session: Session,
        origin: str,
        profile: Path,
        *,
        playwright: Playwright,
        display: str | None,
    ) -> None:
        super().__init__(name, session, origin, profile)
        self._playwright = playwright
        self._display = display
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._browser: Browser | None = None
        self._devtools: CDPSession | None = None
        self._front: Page | None = None

    async def _launch(self) -> BrowserContext:
        if self._browser is None:
            executable = CHROMIUM
            if not executable.exists():
                executable = Path(self._playwright.chromium.executable_path)
            head = () if self._display else ("--headless=new",)
            self._process = await processes.start(
                executable,
                *ARGUMENTS,
                *head,
                "--remote-debugging-port=0",
                f"--user-data-dir={self._profile}",
                "about:blank",
                env={**os.environ, **({"DISPLAY": self._display} if self._display else {})},
                stderr=asyncio.subprocess.PIPE,
            )
            endpoint = await _endpoint(self._process)
            self._reading = asyncio.create_task(_drain(self._process))  # else the pipe gets full
            self._browser = await self._playwright.chromium.connect_over_cdp(
                endpoint, no_defaults=True
            )
            self.version = f"Chromium {self._browser.version}"
        return self._browser.contexts[0]

    async def _prepare(self, page: Page) -> None:
        # Before its first RTCPeerConnection, and with some latency, or packets are never lost.
        self._devtools = await page.context.new_cdp_session(page)
        await self._devtools.send("Network.enable")
        await self._network()

    async def _arrived(self, page: Page) -> None:
        # A browser that is killed forgets what local storage was told last: that there is room
        # again, too.
        await page.evaluate(EMPTY)

    async def kill(self) -> None:
        process, self._process = self._process, None
        browser, self._browser = self._browser, None
        self._page = self._devtools = self._front = None
        await processes.kill(process)
        if self._reading is not None:
            await self._reading
        if browser is not None:
            with suppress(PlaywrightError):
                await browser.close()

    async def crash(self) -> None:
        page = self._there()
        with suppress(PlaywrightError):
            await page.goto("chrome://crash")
        self._page = None
        with suppress(PlaywrightError):
            await page.close()

    async def freeze(self) -> None:
        if not processes.send(await self._renderers(), signal.SIGSTOP):
            raise NotThere(f"{self.name} has no renderer")

    async def thaw(self) -> None:
        if self._process is not None:
            # Whoever is stopped; the debugger may wait for it, so it cannot be asked.
            processes.send(descendants(self._process.pid), signal.SIGCONT)

    async def _renderers(self) -> list[int]:
        if self._browser is None:
            return []
        devtools = await self._browser.new_browser_cdp_session()
        found = await devtools.send("SystemInfo.getProcessInfo")
        await devtools.detach()
        return [each["id"] for each in found["processInfo"] if each["type"] == "renderer"]

    async def slow(self, times: float) -> None:
        if self._devtools is not None:
            await self._devtools.send("Emulation.setCPUThrottlingRate", {"rate": times})
        elif times > 1:
            raise NotThere(f"{self.name} has no window")

    async def partition(self, *, cut: bool) -> None:
        """Nothing reaches this page from others, nor they it; its packets are lost."""
        if cut:
            self._there()
        await self._network(**({"packetLoss": 100} if cut else {}))

    async def delay(self, milliseconds: float) -> None:
        """What comes and goes is late by this; 0: as fast as ever."""
        if milliseconds:
            self._there()
        await self._network(latency=max(milliseconds, 1.0))

    async def _network(self, **changes: float) -> None:
        if self._devtools is not None:
            as_ever = {"latency": 1, "downloadThroughput": -1, "uploadThroughput": -1}
            await self._devtools.send(
                "Network.emulateNetworkConditions", {"offline": False, **as_ever, **changes}
            )

    async def hide(self) -> None:
        """Another tab comes in front of it."""
        page = self._there()
        async with page.context.expect_page() as opened:
            await page.evaluate(ANOTHER_TAB)
        self._front = await opened.value

    async def show(self) -> None:
        """It is in front again."""
        front, self._front = self._front, None
        if front is not None:
            with suppress(PlaywrightError):
                await front.close()

    async def fill(self) -> None:
        """The origin has no room for more."""
        page = self._there()
        if self._session.durability is Durability.BROWSER:
            await page.evaluate(FILL)
        else:
            await self._quota(quotaSize=QUOTA)

    async def empty(self) -> None:
        """There is room again."""
        if self._session.durability is Durability.BROWSER:
            await self._there().evaluate(EMPTY)
        else:
            await self._quota()

    async def _quota(self, **size: int) -> None:
        if self._devtools is not None:
            await self._devtools.send(
                "Storage.overrideQuotaForOrigin", {"origin": self._origin, **size}
            )

    async def clear(self) -> None:
        self._there()
        if self._devtools is not None:
            await self._devtools.send(
                "Storage.clearDataForOrigin", {"origin": self._origin, "storageTypes": STORED}
            )
        await self.close()


async def _endpoint(process: Process) -> str:
    if process.stderr is None:
        raise RuntimeError("it is started with a pipe")
    while line := await process.stderr.readline():
        if found := re.search(rb"DevTools listening on (ws://\S+)", line):
            return found[1].decode()
    raise RuntimeError("Chromium ended before it listened")


async def _drain(process: Process) -> None:
    while process.stderr is not None and await process.stderr.readline():
        pass
