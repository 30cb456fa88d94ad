"""Visits: a browser opens an address, and we take how long it is until it can be used."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page

from raft_web.serve import SiteServer
from tools.browsers import launch_options

PATIENCE = 120_000  # milliseconds
SETTLED = 3_000  # milliseconds until a browser has stored the machine code of what it compiled

BARE = """<!doctype html><html><head><meta charset="utf-8"><title>bare</title></head><body>
<script type="module">
import { loadPyodide } from "/pyodide/VERSION/pyodide.mjs";
const lockFileURL = location.origin + "/bare-lock.json";
const stdLibURL = location.origin + "/LIBRARY";
const python = await loadPyodide({ lockFileURL, stdLibURL, packages: [] });
if (python.runPython("1 + 1") === 2) document.documentElement.dataset.raft = "ready";
</script></body></html>
"""
"""The floor: Pyodide and nothing else."""

BARE_LOCK = (
    '{"info": {"arch": "wasm32", "platform": "pyemscripten_2026_0", "version": "VERSION", '
    '"python": "3.14.2", "abi_version": "2026_0"}, "packages": {}}'
)

WATCH = """
new MutationObserver(() => {
  const state = document.documentElement?.dataset.raft;
  if (state && state !== "loading" && !window.reached) window.reached = [state, performance.now()];
}).observe(document, { attributes: true, childList: true, subtree: true });
"""

TAKE = """() => [window.reached[0], window.reached[1],
  Object.fromEntries(performance.getEntriesByType("mark").map(e => [e.name, e.startTime])),
  performance.getEntriesByType("resource").length + 1]"""


class Visit(Struct, frozen=True):
    """One visit: seconds until usable, processor seconds of the window, bytes over the wire.

    `marks` are the seconds at which the page came past its own milestones.
    """

    wall: float
    processor: float
    bytes: int
    files: int
    marks: dict[str, float]


@dataclass(frozen=True)
class Place:
    """A served site. `megabits` is what the way to it carries a second; none: what it can."""

    origin: str
    megabits: float | None


@contextmanager
def serve(folder: Path, megabits: float | None) -> Iterator[Place]:
    """Serve a built site, and the bare page beside it."""
    (pyodide,) = (folder / "pyodide").iterdir()
    (library,) = folder.glob("packages/*/python_stdlib.zip")
    bare = BARE.replace("VERSION", pyodide.name)
    extra = {
        "/bare.html": bare.replace("LIBRARY", str(library.relative_to(folder))).encode(),
        "/bare-lock.json": BARE_LOCK.replace("VERSION", pyodide.name).encode(),
        # A cluster of one runs at once, and needs no introducer.
        "/site.json": b'{"introducer": "/v1", "hosts": [], "target_size": 1}',
    }
    with SiteServer(folder, "127.0.0.1", 0, extra=extra) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Place(f"http://wraft0.localhost:{server.port}", megabits)
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def browser(chromium: BrowserType, profile: Path) -> Iterator[BrowserContext]:
    """A browser that keeps what it has in `profile`."""
    context = chromium.launch_persistent_context(str(profile), **launch_options("chromium"))
    context.set_default_timeout(PATIENCE)
    try:
        yield context
    finally:
        context.close()


def visit(context: BrowserContext, place: Place, path: str, state: str) -> tuple[Visit, Page]:
    """Open an address in a new window, and take how long it is until it is in that state."""
    page = context.new_page()
    page.add_init_script(WATCH)
    network = context.new_cdp_session(page)
    amounts: list[float] = []
    network.on("Network.loadingFinished", lambda event: amounts.append(event["encodedDataLength"]))
    network.send("Network.enable")
    if place.megabits is not None:
        rate = place.megabits * 1e6 / 8
        conditions = {"offline": False, "latency": 20}
        network.send(
            "Network.emulateNetworkConditions",
            {**conditions, "downloadThroughput": rate, "uploadThroughput": rate},
        )
    before = _processor(context)
    page.goto(place.origin + path, wait_until="commit")
    page.wait_for_function("window.reached")
    processor = _processor(context) - before
    reached, milliseconds, marks, files = page.evaluate(TAKE)
    if reached != state:
        raise RuntimeError(f"{path} is {reached!r} and not {state!r}: {page.inner_text('body')}")
    seconds = {name: at / 1000 for name, at in marks.items()}
    return Visit(milliseconds / 1000, processor, int(sum(amounts)), files, seconds), page


def found(context: BrowserContext, place: Place) -> str:
    """Start a cluster of one, and return the path that leads back to it."""
    page = context.new_page()
    page.goto(f"{place.origin}/todo/")
    page.get_by_test_id("start").click()
    page.wait_for_selector("html[data-raft=running]", state="attached")
    path = page.url.removeprefix(place.origin)
    page.wait_for_timeout(SETTLED)
    page.close()
    return path


def forget(profile: Path) -> None:
    """Have the next visit be the first."""
    shutil.rmtree(profile, ignore_errors=True)


def program(context: BrowserContext) -> Browser:
    """The browser that a context is in."""
    if context.browser is None:
        raise RuntimeError("This version of Playwright does not tell which browser it started")
    return context.browser


def _processor(context: BrowserContext) -> float:
    """Processor seconds of all windows so far: those at rest take none."""
    session = program(context).new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return sum(float(one["cpuTime"]) for one in processes if one["type"] == "renderer")
