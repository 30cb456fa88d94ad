"""Processes of a run: each in a session of its own, and none is left when the run ends."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tests.browser.processes import descendants


async def start(*command: str | Path, **options: object) -> Process:
    """Start a program as the head of a process group, so that `kill` gets its children, too."""
    process: Process = await asyncio.create_subprocess_exec(
        *command,
        start_new_session=True,
        **options,  # type: ignore[arg-type] # those of Popen, as they are
    )
    return process


async def kill(process: Process | None) -> None:
    """SIGKILL for it and for all that it has started; nothing if it has ended."""
    if process is None:
        return
    for number in {process.pid, *descendants(process.pid)}:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def send(numbers: Iterable[int], what: signal.Signals) -> int:
    """A signal for each of these that still runs; how many that are."""
    got = 0
    for number in numbers:
        with suppress(ProcessLookupError):
            os.kill(number, what)
            got += 1
    return got


class Slowed:
    """Makes processes slow, by stopping them most of the time."""

    PERIOD = 0.05

    def __init__(self, numbers: Iterable[int], times: float) -> None:
        self._numbers = set(numbers)
        self._task = asyncio.create_task(self._run(times))

    async def _run(self, times: float) -> None:
        try:
            while True:
                send(self._numbers, signal.SIGSTOP)
                await asyncio.sleep(self.PERIOD * (1 - 1 / times))
                send(self._numbers, signal.SIGCONT)
                await asyncio.sleep(self.PERIOD / times)
        finally:
            send(self._numbers, signal.SIGCONT)

    async def end(self) -> None:
        """Let them run again."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
