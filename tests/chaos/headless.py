"""A member without a browser: `raft-node run` in a process of its own, asked by its socket."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import signal
import sys
from asyncio.subprocess import Process
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from raft_core import Status
from raft_core.keyvalue import CompareAndSet, Put
from raft_node.control.address import socket_address
from raft_node.control.requests import (
    Answer as Told,
)
from raft_node.control.requests import (
    AskState,
    AskStatus,
    ChangeMembers,
    ChangeValue,
    GetValue,
    Refused,
    Report,
    Request,
)
from raft_node.exits import Exit
from tests.chaos import processes
from tests.chaos.app.src.chaos.answers import Answer
from tests.chaos.app.src.chaos.wires import NO_CUTS, Cuts, to_json
from tests.chaos.history import Wanted
from tests.chaos.members import OPERATION_SECONDS, Member, NotThere, Session
from tests.chaos.plan import Kind
from tests.chaos.processes import Slowed
from transport_webrtc.session import new_key

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
LOOK_SECONDS = 3.0
STOP_SECONDS = 20.0


class Headless(Member):
    """See `Member`. What it says goes to a log beside its data directory."""

    kind = Kind.HEADLESS

    def __init__(self, name: str, session: Session, folder: Path, *, target_size: int) -> None:
        super().__init__(name, session)
        self._folder = folder
        self._target_size = target_size
        self._process: Process | None = None
        self._slowed: Slowed | None = None
        self._cuts = NO_CUTS
        self.version = f"Python {platform.python_version()}"

    # --- its life -------------------------------------------------------------------------------

    async def found(self) -> None:
        self._session.key = new_key(self._session.durability)
        await self._start("--found")

    async def start(self) -> None:
        if self._process is None:
            await self._start()

    async def _start(self, *options: str) -> None:
        command = [sys.executable, "-m", "tests.chaos.headless_process", "run", "--state", "kv"]
        command += ["--introducer", self._session.introducer, "--data", str(self._folder)]
        command += ["--target-size", str(self._target_size), "--log-level", "warning", *options]
        with self._folder.with_suffix(".log").open("ab") as log:
            self._process = await processes.start(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, "RAFT_NODE_SESSION": self._session.key},
            )
        await self.cut(self._cuts)

    async def kill(self) -> None:
        process, self._process = self._process, None
        await self.slow(1.0)
        await processes.kill(process)

    async def close(self) -> None:
        process, self._process = self._process, None  # from here on it does not end by itself
        await self.slow(1.0)
        if process is not None:
            with suppress(ProcessLookupError):
                process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()
        await processes.kill(process)

    async def freeze(self) -> None:
        processes.send({self._running()}, signal.SIGSTOP)

    async def thaw(self) -> None:
        if self._process is not None:
            processes.send({self._process.pid}, signal.SIGCONT)

    async def slow(self, times: float) -> None:
        slowed, self._slowed = self._slowed, None
        if slowed is not None:
            await slowed.end()
        if times > 1:
            self._slowed = Slowed({self._running()}, times)

    def _running(self) -> int:
        if self._process is None or self.ended:
            raise NotThere(f"{self.name} does not run")
        return self._process.pid

    async def clear(self) -> None:
        await self.kill()
        await asyncio.to_thread(shutil.rmtree, self._folder)

    async def cut(self, cuts: Cuts) -> None:
        self._cuts = cuts
        process = self._process
        if process is not None and process.stdin is not None:
            with suppress(OSError):
                process.stdin.write(to_json(cuts).encode() + b"\n")
                await process.stdin.drain()

    @property
    def ended(self) -> str:
        if self._process is not None and self._process.returncode is not None:
            log = self._folder.with_suffix(".log").read_text().splitlines()
            return f"its process ended: {log[-1] if log else self._process.returncode}"
        return ""

    async def complaint(self) -> str:
        return self.ended

    # --- what is asked of it --------------------------------------------------------------------

    async def ask(self, wanted: Wanted) -> Answer:
        if isinstance(wanted, Put | CompareAndSet):
            request: Request = ChangeValue(wanted, OPERATION_SECONDS)
        else:
            request = GetValue(wanted.key, OPERATION_SECONDS)
        return await self._answer(request)

    async def replace(self, old: str, new: str) -> Answer:
        return await self._answer(ChangeMembers(20.0, replace={old: new}))

    async def everything(self) -> Answer:
        return await self._answer(AskState(OPERATION_SECONDS))

    async def _answer(self, request: Request) -> Answer:
        try:
            told = await self._call(request)
        except OSError as error:
            return Answer("unknown", why=str(error))
        if isinstance(told, Refused):
            # What these leave open, all others do not.
            unknown = told.code == Exit.OUTCOME_UNKNOWN
            why = f"{told.error}: {told.message}"
            return Answer("unknown" if unknown else "refused", why=why)
        value = msgspec.json.decode(told.result)
        if isinstance(value, dict):  # of the whole state
            value = msgspec.json.encode(value["items"]).decode()
        return Answer("done", value if isinstance(value, str) else None)

    async def status(self) -> Status:
        return (await self._look(AskStatus(), Report)).status

    async def items(self) -> dict[str, str]:
        found = await self._look(AskState(LOOK_SECONDS, local=True), dict[str, dict[str, str]])
        return found["items"]

    async def _look(self, request: Request, kind: type[T]) -> T:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                told = await self._call(request)
        except OSError as error:  # a TimeoutError, too
            raise NotThere(f"{self.name} does not answer: {error}") from error
        if isinstance(told, Refused):
            raise NotThere(f"{self.name}: {told.message}")
        return msgspec.json.decode(told.result, type=kind)

    async def _call(self, request: Request) -> Any:
        """The answer of the control socket.

        :raises NotThere: it does not listen; nothing was begun
        :raises OSError: it ended before it answered
        """
        try:
            with socket_address(self._folder) as address:
                reader, writer = await asyncio.open_unix_connection(address, limit=2**26)
        except OSError as error:
            raise NotThere(f"{self.name} does not run: {error}") from error
        try:
            writer.write(msgspec.json.encode(request) + b"\n")
            line = await reader.readline()
        finally:
            writer.close()
        if not line.endswith(b"\n"):
            raise ConnectionResetError(f"{self.name} ended before it answered")
        return msgspec.json.decode(line, type=Told)
