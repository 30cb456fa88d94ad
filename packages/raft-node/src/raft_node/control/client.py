"""The command's end of the control socket."""

from __future__ import annotations

import socket
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import msgspec

from raft_node.control.address import socket_address
from raft_node.control.requests import (
    Answer,
    AskState,
    AskStatus,
    GetValue,
    Refused,
    Report,
    Request,
)
from raft_node.errors import NodeError
from raft_node.exits import Exit
from raft_node.folder import read_identity

T = TypeVar("T")

PATIENCE: Final = 10.0
"""Seconds that a member may take to answer beyond what the request gives it."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Answer).decode


class CallFailed(NodeError):
    """What was asked was not done, or nobody knows; `code` is the exit code that says which."""

    def __init__(self, code: int, error: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.error = error


class ControlClient:
    """A connection to the member of a data directory; use it as a context manager.

    :raises CallFailed: no member runs there (`Exit.NOT_RUNNING`)
    """

    def __init__(self, folder: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(PATIENCE)
            with socket_address(folder) as address:
                self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            raise CallFailed(Exit.NOT_RUNNING, "NotRunning", _nobody(folder, error)) from error
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._socket.close()

    def report(self) -> Report:
        """How the member is."""
        return self.call(AskStatus(), Report)

    def call(self, request: Request, kind: type[T]) -> T:
        """Ask, and return the result as a `kind`.

        :raises CallFailed: it was refused, or the connection broke before the answer
        """
        result: T = msgspec.json.decode(self.ask(request), type=kind)
        return result

    def ask(self, request: Request) -> bytes:
        """As `call`; the result stays JSON."""
        self._socket.settimeout(getattr(request, "timeout", 0.0) + PATIENCE)
        try:
            self._socket.sendall(_encode(request) + b"\n")
            line = self._file.readline()
        except OSError as error:
            raise _broken(request, str(error) or "no answer in time") from error
        if not line.endswith(b"\n"):
            raise _broken(request, "the member ended before it answered")
        answer: Any = _decode(line)
        if isinstance(answer, Refused):
            raise CallFailed(answer.code, answer.error, answer.message)
        return bytes(answer.result)


def _nobody(folder: Path, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"the member in {folder} is another user's: {error.strerror}"
    if read_identity(folder) is None:
        return f"{folder} holds no member: `raft-node run --data {folder}` makes one"
    return f"the member in {folder} does not run: `raft-node run --data {folder}` starts it"


def _broken(request: Request, why: str) -> CallFailed:
    harmless = isinstance(request, AskStatus | AskState | GetValue)
    return CallFailed(
        Exit.NOT_RUNNING if harmless else Exit.OUTCOME_UNKNOWN,
        "NoAnswer",
        why if harmless else f"{why}: it may have been done, or not",
    )
