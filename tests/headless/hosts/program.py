"""A program that a test runs: it hears its lines, and ends it.

Whatever is started here ends with the process that runs the test, however that ends: the kernel
kills it when we are gone.
"""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest

T = TypeVar("T")

TIED = ("setpriv", "--pdeathsig", "KILL")
"""Begins a command: what follows dies when we do."""


class Program:
    """A running program. What it writes to its error output is shown when the test fails."""

    def __init__(self, name: str, process: Process, heard: Callable[[str], object]) -> None:
        self._name = name
        self._process = process
        self._reading = asyncio.create_task(self._read(heard))

    @classmethod
    async def start(cls, *command: str | Path, heard: Callable[[str], object]) -> Self:
        """Start it; `heard` gets each line of its output."""
        process = await asyncio.create_subprocess_exec(
            *TIED, *command, stdin=PIPE, stdout=PIPE, limit=2**24
        )
        return cls(" ".join(map(str, command)), process, heard)

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, line: str) -> None:
        """Write a line to its input; nothing happens if it has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def says(self, answer: Coroutine[Any, Any, T]) -> T:
        """Wait for what comes of something it says; fail if it ends without."""
        waiting = asyncio.create_task(answer)
        try:
            await asyncio.wait({waiting, self._reading}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                pytest.fail(f"{self._name} has ended, with {await self.ended()}")
            return waiting.result()
        finally:
            waiting.cancel()

    async def kill(self) -> None:
        """End it without a word. Idempotent."""
        if self._process.returncode is None:
            self._process.kill()
        await self.ended()

    async def ended(self) -> int:
        """Wait until it has, and return its exit code."""
        await self._reading
        return await self._process.wait()

    async def _read(self, heard: Callable[[str], object]) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            heard(line.decode().rstrip("\n"))
