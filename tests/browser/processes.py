"""The processes of a browser: which one draws a page, and how to kill or stop it.

A browser that the tests have started, of any kind; on Linux.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

WORK = """() => { const end = performance.now() + 200; while (performance.now() < end); }"""
ROUNDS = 3
TICKS = os.sysconf("SC_CLK_TCK")
RENDERERS = (b"--type=renderer", b"-contentproc")
"""What stands in the command line of a process that draws pages, in Chromium and in Firefox."""


def descendants(of: int | None = None) -> set[int]:
    """All processes that this one has started, or another, and those that they have started."""
    children: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = process.read_text().rpartition(")")[2].split()[1]
            children.setdefault(int(parent), []).append(int(process.parent.name))
    found = [os.getpid() if of is None else of]
    for one in found:
        found += children.get(one, [])
    return set(found[1:])


def renderer(page: Page) -> int:
    """The process that draws a page: the one that works while the page works.

    Each time that it does: another one may have work of its own in between, as after its start.
    """
    found: list[int | None] = [None]
    while len(found) < ROUNDS or len(set(found[-ROUNDS:])) > 1 or found[-1] is None:
        found.append(_busiest(page))
    return found[-1]


def _busiest(page: Page) -> int | None:
    """Who works most by far while the page works."""
    before = _worked()
    page.evaluate(WORK)
    after = _worked()
    work = {one: after[one] - before.get(one, 0) for one in after}
    first, second, *_ = sorted(work, key=work.__getitem__, reverse=True)
    return first if work[first] >= 0.1 and work[first] > 2 * work[second] else None


def _worked() -> dict[int, float]:
    """Seconds that each process which draws pages has worked."""
    worked = {}
    for process in descendants():
        folder = Path(f"/proc/{process}")
        with suppress(OSError):
            command = (folder / "cmdline").read_bytes()
            if any(mark in command for mark in RENDERERS):
                words = (folder / "stat").read_text().rpartition(")")[2].split()
                worked[process] = (int(words[11]) + int(words[12])) / TICKS
    return worked


def kill(page: Page) -> None:
    """Kill the process that draws a page, and close what is left: the page is not told."""
    os.kill(renderer(page), signal.SIGKILL)
    page.close()


@contextmanager
def frozen(page: Page) -> Iterator[None]:
    """Stop the process that draws a page while the block runs, which must not use the page."""
    process = renderer(page)
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)
