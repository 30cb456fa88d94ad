"""The thread that owns a database: takes all that waits, writes it in one commit, and tells.

A commit waits for the disk, so it is no work for the event loop. What is appended meanwhile is the
next commit: the slower the disk, the larger they get. The loop is woken once a commit, for all of
it.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import TypeVar

from msgspec import Struct

from storage_sqlite.database import Database
from storage_sqlite.errors import SqliteStorageError, refusal
from storage_sqlite.journal import Journal

Done = Callable[[Exception | None], None]
_T = TypeVar("_T")


class Job(Struct, frozen=True, gc=False):
    """A record to append, or a checkpoint that replaces all before it."""

    content: bytes
    done: Done
    replaces: bool = False


class Writer:
    """Serves one storage, in the order of `put`, until `end`.

    :param loop: where each `done` is called
    """

    def __init__(self, database: Database, loop: asyncio.AbstractEventLoop) -> None:
        self.loaded: asyncio.Future[Journal] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._database = database
        self._loop = loop
        self._ending = False
        self._given: deque[Job] = deque()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        # A process that ends without closing is a crash to the storage, and must not wait for it.
        self._thread = threading.Thread(target=self._run, name="storage-sqlite", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Have it written, after what was put before.

        It is handed over in the loop's next turn. Until then the caller keeps Python to itself, so
        that the thread would be woken only to wait again.
        """
        self._given.append(job)
        if len(self._given) == 1:
            self._loop.call_soon(self._hand_over)

    @property
    def is_open(self) -> bool:
        """Whether the file is still held, or was not asked yet to be let go of."""
        return not self._ending and not self.ended.done()

    def ask_to_end(self) -> None:
        """Let it write what was put before and let go of the file, without waiting for it."""
        if not self._ending:
            self._ending = True
            self._hand_over()
            self._jobs.put(None)

    async def end(self) -> None:
        """Write what was put before, let go of the file, and have told of all."""
        self.ask_to_end()
        if asyncio.get_running_loop() is self._loop:
            await asyncio.shield(self.ended)
        self._thread.join()

    def _hand_over(self) -> None:
        while self._given:
            self._jobs.put(self._given.popleft())

    def _run(self) -> None:
        try:
            journal = self._database.read()
        except Exception as error:  # noqa: BLE001  it is raised where it is waited for
            self._tell(_resolve, self.ended, None)
            self._tell(_fail, self.loaded, refusal(error, self._database.path))
        else:
            self._tell(_resolve, self.loaded, journal)
            self._serve()
            self._database.close()
            self._tell(_resolve, self.ended, None)

    def _serve(self) -> None:
        jobs = self._jobs
        problem = self._attempt(self._database.begin)
        while True:
            batch: list[Job] = []
            job = jobs.get()
            while job is not None:
                batch.append(job)
                if not jobs.qsize():
                    break
                job = jobs.get_nowait()
            if batch:
                problem = problem or self._write(batch)
                self._tell(_answer, [one.done for one in batch], problem)
            if job is None:
                return

    def _write(self, batch: list[Job]) -> SqliteStorageError | None:
        """Write all of it in one commit; the reason if it was refused."""
        checkpoint: bytes | None = None
        records: list[bytes] = []
        for job in batch:
            if job.replaces:
                # What it replaces need not be written first: nobody was told of it yet.
                checkpoint = job.content
                records = []
            else:
                records.append(job.content)
        return self._attempt(self._database.write, checkpoint, records)

    def _attempt(
        self, change: Callable[..., None], *arguments: object
    ) -> SqliteStorageError | None:
        try:
            change(*arguments)
        except Exception as error:  # noqa: BLE001  each `done` is told
            return refusal(error, self._database.path)
        return None

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        # A loop that was closed has nobody to be told.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *arguments)


def _answer(dones: list[Done], problem: SqliteStorageError | None) -> None:
    for done in dones:
        try:
            done(problem)
        except Exception as error:  # noqa: BLE001  one caller's mistake must not keep others waiting
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a done of a write has raised", "exception": error}
            )


def _resolve(future: asyncio.Future[_T], result: _T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[_T], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
