"""The same cluster with its leader's window hidden, as a person hides it: behind another tab.

Playwright keeps the pages of its own browsers active. So this drives a Chromium that it has not
started, with windows on a display of Xvfb, and leaves the pages as they are.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import BrowserContext, Page, Playwright

from benchmarks.browser.browsers import PATIENCE, WINDOWS
from benchmarks.browser.figures import HIDDEN, VISIBLE, Figure, Rounds
from benchmarks.browser.loads import MANY_FOLLOWER, MANY_WRITES, ONE, ONE_FOLLOWER
from benchmarks.browser.ours import Ours
from benchmarks.browser.processor import Processor
from tools.browsers import CHROMIUM, CHROMIUM_ARGUMENTS
from tools.display import XVFB, x_display

LOADS = (ONE, ONE_FOLLOWER, MANY_WRITES, MANY_FOLLOWER)
ANOTHER_TAB = "() => { window.open('about:blank', '_blank', 'noopener'); }"


def why_not(browser: str) -> str | None:
    """Why it cannot be measured here, if it cannot."""
    if browser != "chromium":
        return "only Chromium is told to hide a window"
    if XVFB is None:
        return "a window can be hidden only on a display: install Debian's xvfb"
    return None


@asynccontextmanager
async def windows(playwright: Playwright, profile: Path) -> AsyncIterator[list[Page]]:
    """Three windows on a display of their own."""
    async with AsyncExitStack() as stack:
        display = stack.enter_context(x_display())
        context = await stack.enter_async_context(_chromium(playwright, profile, display))
        pages = context.pages[:1]
        session = await context.new_cdp_session(pages[0])
        while len(pages) < WINDOWS:
            async with context.expect_page() as opened:
                await session.send("Target.createTarget", {"url": "about:blank", "newWindow": True})
            pages.append(await opened.value)
        yield pages


@asynccontextmanager
async def _chromium(
    playwright: Playwright, profile: Path, display: str
) -> AsyncIterator[BrowserContext]:
    executable = CHROMIUM if CHROMIUM.exists() else Path(playwright.chromium.executable_path)
    process = await asyncio.create_subprocess_exec(
        executable,
        *CHROMIUM_ARGUMENTS,
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        "about:blank",
        env={**os.environ, "DISPLAY": display},
        stderr=asyncio.subprocess.PIPE,
    )
    if process.stderr is None:
        raise RuntimeError("it is started with a pipe")
    try:
        endpoint = await _endpoint(process.stderr)
        reading = asyncio.create_task(_drain(process.stderr))  # else the pipe would be full
        browser = await playwright.chromium.connect_over_cdp(endpoint, no_defaults=True)
        browser.contexts[0].set_default_timeout(PATIENCE)
        yield browser.contexts[0]
        await browser.close()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    await reading


async def _endpoint(said: asyncio.StreamReader) -> str:
    while line := await said.readline():
        if found := re.search(rb"DevTools listening on (ws://\S+)", line):
            return found[1].decode()
    raise RuntimeError("Chromium ended before it listened")


async def _drain(said: asyncio.StreamReader) -> None:
    while await said.readline():
        pass


async def measure(
    ours: Ours, rounds: int, seconds: float, warm_up: float, say: Callable[[str], None]
) -> list[Figure]:
    """Each load with the leader's window in sight and hidden, in turn."""
    taken = Rounds()
    processor = await Processor.of([ours.page().context])

    async def add(system: str) -> None:
        for load in LOADS:
            taken.add(load.name, system, await processor.during(ours.run(load, seconds)))

    for load in (ONE, MANY_WRITES):
        await ours.run(load, warm_up)
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}, hidden and not")
        await ours.find_leader()
        await add(VISIBLE)
        async with _hidden(ours.page()):
            await add(HIDDEN)
    return [
        taken.figure(load.name, system, yardstick)
        for load in LOADS
        for system, yardstick in ((VISIBLE, None), (HIDDEN, (load.name, VISIBLE)))
    ]


@asynccontextmanager
async def _hidden(page: Page) -> AsyncIterator[None]:
    """Another tab in front of this one."""
    async with page.context.expect_page() as opened:
        await page.evaluate(ANOTHER_TAB)
    front = await opened.value
    await _wait_until(page, "hidden")
    try:
        yield
    finally:
        await front.close()
        await _wait_until(page, "visible")


async def _wait_until(page: Page, state: str) -> None:
    # By the clock: a hidden page draws no frames, at which it would be looked at else.
    await page.wait_for_function(
        "state => document.visibilityState === state", arg=state, polling=50
    )
