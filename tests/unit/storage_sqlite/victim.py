"""A member's process that gets killed while it writes: run as a program by `test_crashes`.

Its arguments are the file and who writes: the `thread`, or the `loop` whenever it may.
It forks a life for each line of its standard input, which says how that life dies: `WHEN COUNT`.
On standard output a life says what it found (`found COVERS LAST`), then what was acknowledged (`ack
NUMBER`); before it comes `life PROCESS`, after it `over STATUS`. Records are numbered for ever,
over all lives, so that each can check what the last one left.

WHEN: `statement` before SQL statement number COUNT is run; `inside` after so many steps of
SQLite's machine; `before` or `after` commit number COUNT; `byte` at the write that makes a file
longer than COUNT bytes; `any`: the parent kills it, whenever it likes, and it waits for that in
the end; `never`.
"""

import asyncio
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from math import inf

from storage_sqlite import Journal, SqliteStorage, database, journal, writer

SESSION = "0123456789abcdef"
OUTSTANDING = {"thread": 5, "loop": 1}
CHECKPOINT_EVERY = 23
LAST = 400
REFUSED = 4
"""How a life ends that was refused a write: none should be."""


def record(number: int) -> bytes:
    return f"{number} ".encode() * (1 + number % 40)


def snapshot(number: int) -> bytes:
    """In place of all records up to this one: several rows of parts."""
    return f"{number} ".encode() * 4000


def number_of(content: bytes) -> int:
    return int(content.partition(b" ")[0])


def check(found: Journal) -> tuple[int, int]:
    """The number of the last record that the checkpoint replaced, and of the last record."""
    covers = 0
    if found.checkpoint is not None:
        covers = number_of(found.checkpoint)
        assert found.checkpoint == snapshot(covers)
    for number, content in enumerate(found.records, covers + 1):
        assert content == record(number)
    return covers, covers + len(found.records)


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def counted(count: int) -> Callable[..., None]:
    """Dies when it is called for the `count`th time."""
    left = count

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            die()

    return step


def arm(storage: SqliteStorage, when: str, count: int) -> None:
    """Arrange the death of this process."""
    assert storage._writer is not None
    database = storage._writer._database
    connection: sqlite3.Connection = database._connection
    write, step = database.write, counted(count)

    def dying_write(checkpoint: bytes | None, records: Sequence[bytes]) -> None:
        if when == "before":
            step()
        write(checkpoint, records)
        if when == "after":
            step()

    match when:
        case "statement":
            connection.set_trace_callback(step)
        case "inside":
            connection.set_progress_handler(step, 1)
        case "before" | "after":
            storage._writer._database.write = dying_write  # type: ignore[method-assign]
        case "byte":
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (count, resource.RLIM_INFINITY))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - plain, and without what could wait in a child
        await asyncio.sleep(0)


async def live(path: str, who: str, when: str, count: int) -> None:
    storage = SqliteStorage(path, session=SESSION)
    covers, last = check(await storage.load())
    say("found", covers, last)
    written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    number = acknowledged = last
    final = last + LAST

    def put_next() -> None:
        nonlocal number
        number += 1
        storage.append(record(number), done)
        if number % CHECKPOINT_EVERY == 0:
            storage.checkpoint(snapshot(number), checkpointed)

    def checkpointed(error: Exception | None) -> None:
        if error is not None:
            os._exit(REFUSED)

    def done(error: Exception | None) -> None:
        nonlocal acknowledged
        if error is not None:
            os._exit(REFUSED)
        acknowledged += 1
        say("ack", acknowledged)
        if number < final:
            put_next()
        elif acknowledged == final:
            written.set_result(None)

    # The first commit is over, so that what it arms is not in the midst of it.
    storage.append(record(number := number + 1), done)
    await until(lambda: acknowledged > last)
    arm(storage, when, count)
    for _ in range(OUTSTANDING[who]):
        put_next()
    await written
    if when == "any":
        signal.pause()
    await storage.close()


def main() -> None:
    path, who = sys.argv[1:]
    journal.PART = 2000
    database.LONG_LOG = 12 * 4096
    writer.QUICK, writer.QUICK_ONES = (inf, 1) if who == "loop" else (0.0, 1)
    for line in sys.stdin:
        when, count = line.split()
        child = os.fork()
        if child == 0:
            asyncio.run(live(path, who, when, int(count)))
            os._exit(0)
        say("life", child)
        _, status = os.waitpid(child, 0)
        say("over", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
