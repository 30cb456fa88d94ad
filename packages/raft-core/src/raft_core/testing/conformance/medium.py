"""What the storage suite does to a storage under test: lives on one medium, one after another."""

import threading
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from raft_core.interfaces import LoadedJournal, Storage
from raft_core.testing.conformance.waiting import turns, until

Answer = tuple[str, Exception | None]
"""The name of an append or checkpoint, and what its ``done`` was called with."""


class Medium:
    """The lives of a storage on one medium; closes what is open at the end.

    :param open_storage: makes a storage over the medium, as after a start of the process
    :param crash: ends a life of which nothing more may reach the medium
    """

    def __init__(
        self,
        open_storage: Callable[[], Awaitable[Storage]],
        crash: Callable[[Storage], Awaitable[None]],
        patience: float,
    ) -> None:
        self.answers: list[Answer] = []
        """Every call of a ``done`` in this life, in order."""
        self.faults: list[AssertionError] = []
        """What no storage may do, and this one did."""
        self._open = open_storage
        self._crash = crash
        self._patience = patience
        self._storage: Storage | None = None
        self._opened: list[Storage] = []
        self._asked = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for storage in self._opened:
            await storage.close()

    @property
    def storage(self) -> Storage:
        """The one of this life."""
        assert self._storage is not None
        return self._storage

    async def start(self) -> LoadedJournal:
        """Begin a life: what the storage loads."""
        self._storage = await self._open()
        if not any(storage is self._storage for storage in self._opened):
            self._opened.append(self._storage)
        self.answers = []
        self._asked = 0
        return await self._storage.load()

    async def restart(self) -> LoadedJournal:
        """End this life in order, and begin another."""
        await self.storage.close()
        return await self.start()

    async def restart_after_crash(self) -> LoadedJournal:
        """End this life in the middle of whatever it does, and begin another."""
        await self._crash(self.storage)
        return await self.start()

    def put(self, record: bytes, name: str = "", *, vital: bool = False) -> None:
        """Append, without waiting; the answer comes under ``name``."""
        self._ask(
            lambda done: self.storage.append(record, done, vital=vital), name or str(self._asked)
        )

    def put_checkpoint(self, record: bytes, name: str = "checkpoint") -> None:
        """Write a checkpoint, without waiting; the answer comes under ``name``."""
        self._ask(lambda done: self.storage.checkpoint(record, done), name)

    def _ask(self, call: Callable[[Callable[[Exception | None], None]], None], name: str) -> None:
        self._asked += 1
        answers, thread = self.answers, threading.get_ident()

        def done(error: Exception | None) -> None:
            if threading.get_ident() != thread:
                error = AssertionError("done was called in another thread than the event loop's")
                self.faults.append(error)
            answers.append((name, error))

        try:
            call(done)
        except Exception as error:
            raise AssertionError(f"it raised instead of calling done: {error!r}") from error

    async def answered(self) -> list[Answer]:
        """Wait for an answer to everything that was asked; then see whether more of them come."""
        answers = self.answers
        await until(
            lambda: len(answers) >= self._asked,
            f"done was not called for all of {self._asked} appends and checkpoints",
            self._patience,
        )
        await turns()
        if self.faults:
            raise self.faults[0]
        assert len(answers) == self._asked, "a done was called more than once"
        return answers

    async def stored(self) -> None:
        """Wait until everything that was asked for is durable."""
        for name, error in await self.answered():
            assert error is None, f"{name} was refused: {error!r}"

    async def store(self, records: Sequence[bytes]) -> None:
        """Append these, all at once, and wait until they are durable."""
        for record in records:
            self.put(record)
        await self.stored()


def expect(journal: LoadedJournal, records: Sequence[bytes], checkpoint: bytes | None) -> None:
    """Demand that the journal is exactly this, and name what is different.

    :raises AssertionError: it is not
    """
    if checkpoint is None:
        assert journal.checkpoint is None, "a checkpoint came back, and none was written"
    else:
        assert journal.checkpoint is not None, "the checkpoint is gone"
        assert bytes(journal.checkpoint) == checkpoint, "another checkpoint came back"
    found = [bytes(record) for record in journal.records]
    assert len(found) == len(records), f"{len(found)} records came back of {len(records)}"
    for place, (got, wanted) in enumerate(zip(found, records, strict=True)):
        assert got == wanted, (
            f"record {place} of {len(records)} came back changed or in another's place: "
            f"{_short(got)} for {_short(wanted)}"
        )


def _short(record: bytes) -> str:
    return f"{record[:40]!r} ({len(record)} bytes)"
