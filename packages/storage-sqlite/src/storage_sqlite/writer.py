"""Who writes to a database: a thread, which writes all that waits in one commit, and tells.

A commit waits for the disk, so it is no work for the event loop. What is appended meanwhile is the
next commit: the slower the disk, the larger they get. The loop is woken once a commit, for all of
it.

But where the disk is quick, the way into the thread and back is a third as long as the commit. So
while commits are quick one after the other, and the thread has nothing to do, the loop writes a
single small record itself. The first commit that is slow ends that for a while: a slow disk holds
the loop up once, and neither a checkpoint nor the folding of the log ever does.
"""

import asyncio
import threading
import time
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

QUICK = 0.001
"""Seconds of a commit, at the most, that the loop may wait for."""

QUICK_ONES = 32
"""So many commits in a row must have been quick for the next to be taken for quick, too. The first
ones are always the thread's, which has to begin."""

SMALL = 4096
"""Bytes of a record, at the most, that the loop may write."""


class Job(Struct, frozen=True, gc=False):
    """A record to append, or a checkpoint that replaces all before it."""

    content: bytes
    done: Done
    replaces: bool = False


class Writer:
    """Serves one storage, in the order of `put`, until `end`.

    The database is the thread's, and the loop's while the thread has nothing to do with it.

    :param loop: where each `done` is called
    """

    def __init__(self, database: Database, loop: asyncio.AbstractEventLoop) -> None:
        self.loaded: asyncio.Future[Journal] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._database = database
        self._loop = loop
        self._ending = False
        self._problem: SqliteStorageError | None = None
        self._quick = 0
        """Commits since the last one that was not quick."""
        self._with_thread = 0
        """What the loop knows that the thread has still to do."""
        self._given: deque[Job] = deque()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        # A process that ends without closing is a crash to the storage, and must not wait for it.
        self._thread = threading.Thread(target=self._run, name="storage-sqlite", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Have it written, after what was put before.

        That begins in the loop's next turn. Until then the caller keeps Python to itself, so that
        the thread would be woken only to wait again; and what the caller sends leaves before.
        """
        self._given.append(job)
        if len(self._given) == 1:
            self._loop.call_soon(self._begin)

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

    # --- in the loop ---------------------------------------------------------------------------

    def _begin(self) -> None:
        if len(self._given) == 1 and self._may_write_here(self._given[0]):
            job = self._given.popleft()
            self._told([job.done], self._write([job]), 0)
        else:
            self._hand_over()

    def _may_write_here(self, job: Job) -> bool:
        return (
            self._quick >= QUICK_ONES
            and not self._with_thread
            and not job.replaces
            and len(job.content) <= SMALL
            and not self._database.is_log_long
        )

    def _hand_over(self) -> None:
        while self._given:
            self._with_thread += 1
            self._jobs.put(self._given.popleft())

    def _told(self, dones: list[Done], problem: SqliteStorageError | None, finished: int) -> None:
        self._with_thread -= finished
        for done in dones:
            try:
                done(problem)
            except Exception as error:  # noqa: BLE001  one's mistake must not keep others waiting
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "a done of a write has raised", "exception": error}
                )

    # --- in the thread -------------------------------------------------------------------------

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
        self._problem = self._attempt(self._database.begin)
        while True:
            batch: list[Job] = []
            job = jobs.get()
            while job is not None:
                batch.append(job)
                if not jobs.qsize():
                    break
                job = jobs.get_nowait()
            if batch:
                problem = self._write(batch)
                folds = self._database.is_log_long
                dones = [one.done for one in batch]
                self._tell(self._told, dones, problem, len(batch) - folds)
                if folds:
                    # Nobody waits for it; but until it is over the loop keeps off.
                    self._database.fold()
                    self._tell(self._told, [], None, 1)
            if job is None:
                return

    # --- in either -----------------------------------------------------------------------------

    def _write(self, batch: list[Job]) -> SqliteStorageError | None:
        """Write all of it in one commit; the reason if it, or one before, was refused."""
        if self._problem is not None:
            return self._problem
        checkpoint: bytes | None = None
        records: list[bytes] = []
        for job in batch:
            if job.replaces:
                # What it replaces need not be written first: nobody was told of it yet.
                checkpoint = job.content
                records = []
            else:
                records.append(job.content)
        began = time.perf_counter()
        self._problem = self._attempt(self._database.write, checkpoint, records)
        self._quick = self._quick + 1 if time.perf_counter() - began <= QUICK else 0
        return self._problem

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


def _resolve(future: asyncio.Future[_T], result: _T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[_T], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
