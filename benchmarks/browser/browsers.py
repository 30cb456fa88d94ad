"""Browsers to measure in: three windows of one, or of three processes of their own.

Windows of one headless browser are what a person with three windows has, but for a screen: all of
them stay active, whichever was opened last.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import BrowserContext, Playwright
from playwright.async_api import Error as PlaywrightError

from tools.browsers import FIREFOX, launch_options

WINDOWS = 3
PATIENCE = 120_000
"""Milliseconds after which a wait has failed: three cold starts of Python on a busy machine."""


class BrowserMissing(Exception):
    """There is no such browser here; the sentence says how to get one."""


def present(playwright: Playwright) -> list[str]:
    """The browsers to measure in if nobody says which: Chromium, and Firefox if it is here."""
    if FIREFOX.exists() or Path(playwright.firefox.executable_path).exists():
        return ["chromium", "firefox"]
    return ["chromium"]


@asynccontextmanager
async def contexts(
    playwright: Playwright, browser: str, profiles: Path, *, separate: bool
) -> AsyncIterator[list[BrowserContext]]:
    """A context for each window: three times that of one browser, or one of each of three.

    Profiles lie in `profiles`, so that what the first window has compiled the others find. They
    begin empty: nothing of a person's own.

    :raises BrowserMissing: there is none to start
    """
    async with AsyncExitStack() as stack:
        opened = []
        for number in range(WINDOWS if separate else 1):
            context = await _launch(playwright, browser, profiles / f"{browser}{number}")
            stack.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE)
            opened.append(context)
        yield opened if separate else opened * WINDOWS


async def _launch(playwright: Playwright, browser: str, profile: Path) -> BrowserContext:
    kind = playwright.firefox if browser == "firefox" else playwright.chromium
    try:
        return await kind.launch_persistent_context(profile, **launch_options(browser))
    except PlaywrightError as error:
        if "Executable doesn't exist" not in str(error):
            raise
        package = "firefox-esr" if browser == "firefox" else "chromium"
        raise BrowserMissing(
            f"There is no {browser} here: install Debian's {package}, or run "
            f".venv/bin/playwright install --with-deps {browser}"
        ) from None


def version_of(contexts: list[BrowserContext]) -> str:
    """The browser's name and version."""
    browser = contexts[0].browser
    return f"{browser.browser_type.name} {browser.version}" if browser is not None else "a browser"
