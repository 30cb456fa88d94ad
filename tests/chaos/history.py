"""What clients asked, when, and what they got: kept while it happens, a line of JSON each.

Times are seconds since the run began, of one clock. What is known never to take effect is
"refused"; a write whose outcome nobody knows stays open for ever, for it may take effect any time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from raft_core.keyvalue import CompareAndSet, Put
from raft_core.testing.linearizability import Get, Operation
from tests.chaos.app.src.chaos.answers import Answer

Wanted = Get | Put | CompareAndSet


class Entry(msgspec.Struct, frozen=True):
    """One operation of one client."""

    client: str
    member: str
    wanted: Wanted
    called: float
    returned: float
    """When its answer came; of one that got none, when the history was closed."""
    outcome: Literal["done", "refused", "unknown"]
    output: str | None = None
    """The value that was found: of a write the one before."""
    why: str = ""

    @property
    def key(self) -> str:
        return self.wanted.key

    @property
    def writes(self) -> str | None:
        """The value that it surely wrote: of a compare-and-set only if it found what it wanted."""
        wanted = self.wanted
        if self.outcome != "done" or isinstance(wanted, Get):
            return None
        if isinstance(wanted, CompareAndSet) and self.output != wanted.expected:
            return None
        return wanted.value

    @property
    def may_write(self) -> str | None:
        """The value that it wrote, or may have written, or may write later."""
        if self.outcome == "unknown" and not isinstance(self.wanted, Get):
            return self.wanted.value
        return self.writes


class History:
    """Takes entries and writes them down; `close` when nothing is asked any more."""

    def __init__(self, path: Path) -> None:
        self.entries: list[Entry] = []
        self._began = time.monotonic()
        self._file = path.open("wb")
        self._open: dict[int, Entry] = {}
        self._calls = 0

    def now(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    def called(self, client: str, member: str, wanted: Wanted) -> int:
        """A client asks; the number names it to `answered`."""
        self._calls += 1
        self._open[self._calls] = Entry(client, member, wanted, self.now(), 0.0, "unknown")
        return self._calls

    def answered(self, call: int, answer: Answer) -> None:
        """It got this. After the end of the history it is too late, and changes nothing."""
        asked = self._open.pop(call, None)
        if asked is not None:
            self._keep(asked, answer)

    def never_asked(self, call: int) -> None:
        """Its member was not there to be asked: it is no operation."""
        self._open.pop(call, None)

    def close(self) -> None:
        """What has no answer by now is of unknown outcome. Idempotent."""
        for asked in self._open.values():
            self._keep(asked, Answer("unknown", why="no answer before the end"))
        self._open.clear()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _keep(self, asked: Entry, answer: Answer) -> None:
        entry = msgspec.structs.replace(
            asked,
            returned=self.now(),
            outcome=answer.outcome,
            output=answer.value,
            why=answer.why,
        )
        self.entries.append(entry)
        self._file.write(msgspec.json.encode(entry) + b"\n")
        self._file.flush()


def read(path: Path) -> list[Entry]:
    """The entries of a history that was written down.

    :raises msgspec.DecodeError: it is none
    """
    return [msgspec.json.decode(line, type=Entry) for line in path.read_bytes().splitlines()]


def operations(entries: Iterable[Entry]) -> Sequence[Operation[Any, Any]]:
    """As the linearizability checker takes them: without what is refused or was never read."""
    return [
        Operation(
            entry.client,
            entry.key,
            entry.wanted,
            entry.output,
            entry.called,
            entry.returned if entry.outcome == "done" else None,
        )
        for entry in entries
        if entry.outcome == "done"
        or (entry.outcome == "unknown" and not isinstance(entry.wanted, Get))
    ]
