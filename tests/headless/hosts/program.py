"""A program that a test runs: it hears its lines, and ends it.

Whatever is started here ends with the process that runs the test, however that ends: the kernel
kills it when we are gone.
"""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Self

TIED = ("setpriv", "--pdeathsig", "KILL")
"""Begins a command: what follows dies when we do."""


class Program:
    """A running program. What it writes to its error output is shown when the test fails."""

    def __init__(self, process: Process, heard: Callable[[str], object]) -> None:
        self._process = process
        self._reading = asyncio.create_task(self._read(heard))

    @classmethod
    async def start(cls, *command: str | Path, heard: Callable[[str], object]) -> Self:
        """Start it; `heard` gets each line of its output."""
        process = await asyncio.create_subprocess_exec(
            *TIED, *command, stdin=PIPE, stdout=PIPE, limit=2**24
        )
        return cls(process, heard)

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, line: str) -> None:
        """Write a line to its input; nothing happens if it has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """End it without a word. Idempotent."""
        if self._process.returncode is None:
            self._process.kill()
        await self.ended()

    async def ended(self) -> int:
        await self._reading
        return await self._process.wait()

    async def _read(self, heard: Callable[[str], object]) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            heard(line.decode().rstrip("\n"))
