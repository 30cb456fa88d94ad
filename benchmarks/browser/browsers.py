"""Browsers to measure in: three windows of one, or of three processes of their own.

Windows of one headless browser are what a person with three windows has, but for a screen: all of
them stay active, whichever was opened last.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import BrowserContext, Playwright
from playwright.async_api import Error as PlaywrightError

CHROMIUM = Path("/usr/bin/chromium")
FIREFOX = Path("/usr/bin/firefox-esr")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
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
    if browser == "firefox":
        kind, arguments, executable = playwright.firefox, [], FIREFOX
    else:
        kind, arguments, executable = playwright.chromium, CHROMIUM_ARGUMENTS, CHROMIUM
    if executable.exists():
        # Playwright drives Debian's Firefox as it is; its own is a build of its own.
        channel = "moz-firefox" if browser == "firefox" else None
        return await kind.launch_persistent_context(
            profile, executable_path=executable, args=arguments, channel=channel
        )
    try:
        return await kind.launch_persistent_context(profile, args=arguments)
    except PlaywrightError as error:
        if "Executable doesn't exist" not in str(error):
            raise
        raise BrowserMissing(
            f"There is no {browser} here: install Debian's {executable.name}, or run "
            f".venv/bin/playwright install --with-deps {browser}"
        ) from None


def version_of(contexts: list[BrowserContext]) -> str:
    """The browser's name and version."""
    browser = contexts[0].browser
    return f"{browser.browser_type.name} {browser.version}" if browser is not None else "a browser"
