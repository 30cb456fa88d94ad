"""The member's end of the control socket."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from raft_node.control.address import socket_address
from raft_node.control.requests import Answer, Refused, Request
from raft_node.errors import FolderRefused
from raft_node.exits import Exit
from raft_node.folder import SOCKET

LONGEST_REQUEST: Final = 16 * 1024 * 1024
"""Bytes of a request's line."""

_log = logging.getLogger("raft_node")
_decode = msgspec.json.Decoder(Request).decode
_encode = msgspec.json.Encoder().encode


class ControlServer:
    """Answers the requests of commands; several at a time, each connection in order.

    :param folder: the data directory, which this process holds
    :param answer: must not raise
    """

    def __init__(self, folder: Path, answer: Callable[[Request], Awaitable[Answer]]) -> None:
        self._folder = folder
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Take requests from now on.

        :raises FolderRefused: there can be no socket in the data directory
        """
        listener = socket.socket(socket.AF_UNIX)
        try:
            with socket_address(self._folder) as address:
                # This process holds the directory, so a socket that is there is a dead one's.
                (self._folder / SOCKET).unlink(missing_ok=True)
                mask = os.umask(0o177)
                try:
                    listener.bind(address)
                finally:
                    os.umask(mask)
            self._server = await asyncio.start_unix_server(
                self._accept, sock=listener, limit=LONGEST_REQUEST
            )
        except OSError as error:
            listener.close()
            raise FolderRefused(
                f"there can be no control socket in {self._folder}: {error.strerror or error}"
            ) from error

    def stop_listening(self) -> None:
        """Take no more; what is under way goes on. Idempotent."""
        if self._server is not None:
            self._server.close()
            self._server = None
            with suppress(OSError):
                (self._folder / SOCKET).unlink(missing_ok=True)
            for writer in self._idle:
                writer.close()

    async def end(self, grace: float) -> None:
        """Give what is under way so many seconds to be answered, then end it."""
        self.stop_listening()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # the command was broken off, or the member ends
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self._server is not None:
            self._idle.add(writer)
            try:
                line = await reader.readuntil()
            except asyncio.IncompleteReadError:
                return
            except asyncio.LimitOverrunError:
                refusal = Refused(Exit.FAILED, "TooLarge", "the request is too large")
                writer.write(_encode(refusal) + b"\n")
                await writer.drain()
                return
            finally:
                self._idle.discard(writer)
            writer.write(_encode(await self._answered(line)) + b"\n")
            await writer.drain()

    async def _answered(self, line: bytes) -> Answer:
        try:
            request = _decode(line)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            return Refused(
                Exit.FAILED,
                "UnknownRequest",
                f"the member does not know this request ({error}): is it of another version?",
            )
        return await self._answer(request)
