"""A browser window on a host: real Chromium, and in it a page of the transport's browser tests."""

from __future__ import annotations

import asyncio
import json
import secrets
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from tests.browser.site import start_python
from tests.headless.hosts.ground import PATIENCE, Ground
from tools.browsers import CHROMIUM, CHROMIUM_ARGUMENTS

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
async def window(ground: Ground, host: str, folder: Path) -> AsyncIterator[Window]:
    """A window on a host, while the block runs. It has loaded the page, from its own host."""
    serve = (sys.executable, "-um", "http.server", str(PORT), "--bind", "127.0.0.1")
    ready = asyncio.Event()
    server = await ground.run(host, *serve, "--directory", folder, heard=lambda _: ready.set())
    await server.says(ready.wait())
    program = folder / "chromium-there"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(ground.inside(host))} {CHROMIUM} "$@"\n')
    program.chmod(0o755)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        try:
            page = await browser.new_page()
            page.set_default_timeout(PATIENCE * 1000)
            await page.goto(f"http://127.0.0.1:{PORT}/member.html")
            await page.wait_for_function("window.ready")
            yield Window(page, secrets.token_hex(8))
        finally:
            await browser.close()
