"""What a page says that should fail its test: errors that it logs, and those that nobody caught."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Error, Page


def collect(page: Page, errors: list[str]) -> None:
    """Add to `errors` whatever goes wrong in the page from now on."""

    def hear(text: str) -> None:
        # Of a refused or cut connection with an introducer the browser itself complains.
        if "ws://" not in text:
            errors.append(text)

    def hear_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            hear(message.text)

    def hear_uncaught(error: Error) -> None:
        hear(str(error))

    page.on("console", hear_console)
    page.on("pageerror", hear_uncaught)
