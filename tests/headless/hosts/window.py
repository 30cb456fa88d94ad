"""A browser window on a host: a real browser, and in it a page of the transport's browser tests."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from playwright._impl._driver import compute_driver_executable
from playwright.async_api import Page, Playwright, async_playwright

from tests.browser.site import start_python
from tests.headless.hosts.ground import PATIENCE, Ground
from tools.browsers import launch_options

PAGES = Path(__file__).resolve().parents[2] / "browser/transport"
PORT = 8000


class Window:
    """See `tests/browser/transport/member_page.py` for what there is in it."""

    def __init__(self, page: Page, node_id: str) -> None:
        self.node_id = node_id
        self._page = page

    async def join(self, introducer: str, key: str) -> None:
        """Make a member in it, which joins."""
        member = f"Member({self.node_id!r}, {introducer!r}, {key!r}, {{}})"
        code = f"member = {member}\nawait member.start(leaves=True)"
        await self._page.evaluate("code => runPython(code)", code)

    async def get(self, expression: str) -> Any:
        """The value of a Python expression in it; `member` is its member."""
        return json.loads(await self._page.evaluate("code => evaluatePython(code)", expression))


def lay_out(site: Path, folder: Path) -> None:
    """Put a built site, and the page, where a test may serve them from."""
    for entry in site.iterdir():
        (folder / entry.name).symlink_to(entry)
    (folder / "python.mjs").write_text(start_python(site))
    for name in "member.html", "member_page.py":
        (folder / name).symlink_to(PAGES / name)


@asynccontextmanager
async def window(
    ground: Ground, host: str, folder: Path, browser_name: str
) -> AsyncIterator[Window]:
    """A window on a host, while the block runs. It has loaded the page, from its own host."""
    serve = (sys.executable, "-um", "http.server", str(PORT), "--bind", "127.0.0.1")
    ready = asyncio.Event()
    server = await ground.run(host, *serve, "--directory", folder, heard=lambda _: ready.set())
    await server.says(ready.wait())
    async with _playwright(ground, host, folder) as playwright:
        kind = playwright.firefox if browser_name == "firefox" else playwright.chromium
        browser = await kind.launch(**launch_options(browser_name))
        try:
            page = await browser.new_page()
            page.set_default_timeout(PATIENCE * 1000)
            await page.goto(f"http://127.0.0.1:{PORT}/member.html")
            await page.wait_for_function("window.ready")
            yield Window(page, secrets.token_hex(8))
        finally:
            await browser.close()


@asynccontextmanager
async def _playwright(ground: Ground, host: str, folder: Path) -> AsyncIterator[Playwright]:
    """What drives browsers, on a host: it talks to a Firefox through a port of its own host."""
    node, _ = compute_driver_executable()
    program = folder / "node-there"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(ground.inside(host))} {node} "$@"\n')
    program.chmod(0o755)
    manager = async_playwright()
    with patch.dict(os.environ, PLAYWRIGHT_NODEJS_PATH=str(program)):
        playwright = await manager.start()
    try:
        yield playwright
    finally:
        await playwright.stop()
