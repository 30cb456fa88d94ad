"""A member in a window: a browser of its own, with a profile of its own that outlives it.

What all browsers have in common. `Chromium` is started by us and driven over its debugger, with
nothing that keeps its pages active; `Firefox` is Debian's, started by Playwright.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from playwright.async_api import BrowserContext, ConsoleMessage, Page
from playwright.async_api import Error as PlaywrightError

from raft_core import Status
from raft_core.keyvalue import CompareAndSet, Put
from tests.chaos.app.src.chaos.answers import Answer
from tests.chaos.app.src.chaos.wires import NO_CUTS, Cuts, to_json
from tests.chaos.history import Wanted
from tests.chaos.members import OPERATION_SECONDS, START_SECONDS, Member, NotThere, Session

T = TypeVar("T")

CALL = """([name, ...rest]) => globalThis.chaos === undefined ? null : chaos[name](...rest)"""
LOOK = "name => globalThis.chaos === undefined ? null : chaos[name]()"
CUT = "cuts => globalThis.chaosWires && (chaosWires.cut(cuts), true)"
LOOK_SECONDS = 3.0
QUIET = ("WebSocket", "ERR_CONNECTION", "favicon")
"""In what the browser itself writes to the console, and is meant to: connections are cut here."""


class Window(Member):
    """A browser with one window of the app."""

    def __init__(self, name: str, session: Session, origin: str, profile: Path) -> None:
        super().__init__(name, session)
        self._url = f"{origin}/chaos/"
        self._origin = origin
        self._profile = profile
        self._page: Page | None = None
        self._cuts = NO_CUTS
        self._tasks: set[asyncio.Task[None]] = set()

    # --- what a browser does in its own way -----------------------------------------------------

    @abstractmethod
    async def _launch(self) -> BrowserContext:
        """Start the browser, if it does not run."""

    async def _prepare(self, page: Page) -> None:
        """Before the page goes anywhere."""

    async def _arrived(self, page: Page) -> None:
        """As soon as it is there, before its member runs."""

    # --- its life -------------------------------------------------------------------------------

    async def found(self) -> None:
        await self._open(self._url)
        page = self._there()
        await page.wait_for_selector("html[data-raft=home]", state="attached")
        await page.get_by_test_id(f"durability-{self._session.durability}").check()
        await page.get_by_test_id("start").click()
        await page.wait_for_selector("html[data-raft=waiting]", state="attached")
        self._session.key = page.url.partition("#")[2].partition("/")[0]

    async def start(self) -> None:
        if self._page is None:
            url = f"{self._url}#{self._session.key}/"
            try:
                await self._open(url)
            except PlaywrightError as error:
                # A Chromium that was killed while it wrote what it caches lets a tab crash at its
                # start. That one has stored nothing of ours.
                self.complaints.append(f"opened once more: {_first_line(error)}")
                await self.close()
                await self._open(url)

    async def _open(self, url: str) -> None:
        context = await self._launch()
        page = await context.new_page()
        page.set_default_timeout(START_SECONDS * 1000)
        page.on("console", self._hear)
        page.on("crash", self._on_crash)
        page.on("pageerror", lambda error: self.complaints.append(f"error in the page: {error}"))
        await self._prepare(page)
        self._page = page
        await page.goto(url, wait_until="commit")
        await self._arrived(page)
        self._spawn(self._cut_again())

    async def close(self) -> None:
        page, self._page = self._page, None
        if page is not None:
            with suppress(PlaywrightError):
                await page.close(run_before_unload=False)

    @abstractmethod
    async def crash(self) -> None:
        """Kill what draws the page: it is told nothing, nor is anybody else. It is closed then."""

    async def reload(self) -> None:
        """As a person does; it need not be ready."""
        await self._there().reload(wait_until="commit")
        self._spawn(self._cut_again())

    def _there(self) -> Page:
        if self._page is None:
            raise NotThere(f"{self.name} has no window")
        return self._page

    # --- its wires ------------------------------------------------------------------------------

    async def cut(self, cuts: Cuts) -> None:
        self._cuts = cuts
        with suppress(NotThere):
            await self._evaluate(CUT, to_json(cuts), seconds=LOOK_SECONDS)

    async def _cut_again(self) -> None:
        """A new page knows of no cut: tell it before its member runs, if there is one."""
        for _ in range(int(START_SECONDS / 0.1)):
            if self._cuts == NO_CUTS or self._page is None:
                return
            with suppress(NotThere):
                if await self._evaluate(CUT, to_json(self._cuts), seconds=LOOK_SECONDS):
                    return
            await asyncio.sleep(0.1)

    # --- what is asked of it --------------------------------------------------------------------

    async def ask(self, wanted: Wanted) -> Answer:
        match wanted:
            case Put(key, value):
                call: list[Any] = ["put", key, value]
            case CompareAndSet(key, expected, value):
                call = ["cas", key, expected, value]
            case _:
                call = ["get", wanted.key]
        return await self._call(call, OPERATION_SECONDS)

    async def everything(self) -> Answer:
        return await self._call(["everything"], OPERATION_SECONDS)

    async def replace(self, old: str, new: str) -> Answer:
        return await self._call(["replace", old, new], 20.0)

    async def _call(self, call: list[Any], seconds: float) -> Answer:
        page = self._there()
        try:
            text = await page.evaluate(CALL, [*call, seconds])
        except PlaywrightError as error:
            # It had come to the page, perhaps, and the page is gone.
            return Answer("unknown", why=_first_line(error))
        if text is None:
            raise NotThere(f"{self.name} is not ready")
        return msgspec.json.decode(text, type=Answer)

    async def status(self) -> Status:
        return msgspec.json.decode(await self._look("status"), type=Status)

    async def items(self) -> dict[str, str]:
        return msgspec.json.decode(await self._look("items"), type=dict[str, str])

    async def _look(self, name: str) -> str:
        text = await self._evaluate(LOOK, name, seconds=LOOK_SECONDS)
        if text is None:
            raise NotThere(f"{self.name} is not ready")
        return str(text)

    async def _evaluate(self, code: str, argument: Any, *, seconds: float) -> Any:
        return await self._within(self._there().evaluate(code, argument), seconds)

    async def _within(self, work: Awaitable[T], seconds: float) -> T:
        """Not cancelled when it takes longer: Playwright has no use for that."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            task.add_done_callback(_forget)
            raise NotThere(f"{self.name} does not answer")
        try:
            return task.result()
        except PlaywrightError as error:
            raise NotThere(_first_line(error)) from error

    async def complaint(self) -> str:
        try:
            return str(
                await self._evaluate(
                    """() => document.documentElement.dataset.raft === "error"
                      ? document.querySelector('[data-field="error-text"]').textContent : "" """,
                    None,
                    seconds=LOOK_SECONDS,
                )
            )
        except NotThere as error:
            return str(error)

    # --- the rest -------------------------------------------------------------------------------

    def _on_crash(self, page: Page) -> None:
        """By itself or by us: it can only be opened anew."""
        if page is self._page:
            self._page = None

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in QUIET):
            self.complaints.append(f"on the console: {message.text}")

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _forget(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()  # nobody waits for it any more
