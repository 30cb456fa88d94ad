"""A browser that is killed while it acknowledges: what it had acknowledged is there afterwards.

`--kill-rounds 50` does it longer.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from tests.browser.conftest import PATIENCE
from tests.browser.site import Site
from tests.browser.storage.conftest import open_storage_page

LOAD = """
member = Member("00000000000000aa")
json.dumps(await member.load())
"""
WRITE = "member.keep_on()\njson.dumps(None)"
ASK = "json.dumps([member.acknowledged, member.refused])"
LOOKS = 20
"""How often a round looks at what was acknowledged, at most, before it kills."""

Launch = Callable[[], BrowserContext]


def descendants() -> set[int]:
    """All processes that this one has started, and those that they have started."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = stat.read_text().rpartition(")")[2].split()[1]
            children.setdefault(int(parent), []).append(int(stat.parent.name))
    found = [os.getpid()]
    for one in found:
        found += children.get(one, [])
    return set(found[1:])


def run(page: Page, code: str) -> Any:
    return page.evaluate("code => evaluatePython(code)", code)


def check_kills(launch: Launch, site: Site, rounds: int) -> None:
    acknowledged = 0
    for round_number in range(rounds + 1):
        before = descendants()
        context = launch()
        context.set_default_timeout(PATIENCE)
        processes = descendants() - before
        try:
            page = open_storage_page(context, site)
            found = run(page, LOAD)
            assert found == list(range(1, len(found) + 1)), "there is a gap"
            assert len(found) >= acknowledged, f"{acknowledged} were acknowledged, not all is there"
            if round_number < rounds:
                run(page, WRITE)
                for _ in range(random.randint(2, LOOKS)):
                    acknowledged, refused = run(page, ASK)
                    assert refused is None
                while acknowledged == len(found):
                    acknowledged, refused = run(page, ASK)
        finally:
            for process in processes | (descendants() - before):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            with suppress(Error):
                context.close()


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    count: int = request.config.getoption("--kill-rounds")
    return count


def test_in_chromium(
    playwright: Playwright,
    browser_type_launch_args: dict[str, Any],
    site: Site,
    tmp_path: Path,
    rounds: int,
) -> None:
    def launch() -> BrowserContext:
        return playwright.chromium.launch_persistent_context(tmp_path, **browser_type_launch_args)

    check_kills(launch, site, rounds)


def test_in_firefox(
    playwright: Playwright,
    firefox_launch_args: dict[str, Any],
    site: Site,
    tmp_path: Path,
    rounds: int,
) -> None:
    def launch() -> BrowserContext:
        return playwright.firefox.launch_persistent_context(tmp_path, **firefox_launch_args)

    check_kills(launch, site, rounds)
