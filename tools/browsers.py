"""The browsers that tests and benchmarks drive: Debian's if it is here, else Playwright's own."""

from pathlib import Path
from typing import Any

CHROMIUM = Path("/usr/bin/chromium")
FIREFOX = Path("/usr/bin/firefox-esr")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch_options(browser: str) -> dict[str, Any]:
    """What Playwright's launch of `chromium` or `firefox` is given."""
    executable = FIREFOX if browser == "firefox" else CHROMIUM
    options: dict[str, Any] = {"args": [*CHROMIUM_ARGUMENTS]} if browser == "chromium" else {}
    if executable.exists():
        options["executable_path"] = str(executable)
        if browser == "firefox":
            # A stock Firefox is driven by WebDriver BiDi; Playwright's own is a build of its own.
            options["channel"] = "moz-firefox"
    return options
