"""A member of PySyncObj with the same store: `python -m benchmarks.headless.theirs SETUP`.

As it comes, but for these settings. ``appendEntriesUseBatch=False``: with its default a write waits
for the next tick, 50 milliseconds. A journal, when the kind says so, which it maps into memory and
never flushes. Election time-outs as long as those of our members: this machine is shared. And it
does not log: in this mode followers warn thousands of times that they drop entries which they have
applied, and to write that down would slow it.
"""

import logging
import threading
import time
from pathlib import Path
from typing import Any

from pysyncobj import FAIL_REASON, SyncObj, SyncObjConf, replicated

from benchmarks.cluster import command
from benchmarks.headless import wire
from benchmarks.headless.load import ClosedLoop, Done

PATIENCE = 5.0


class KeyValue(SyncObj):  # type: ignore[misc]  # it comes without types
    """Strings by strings, as ``raft_core.keyvalue`` has them."""

    def __init__(self, address: str, others: list[str], settings: SyncObjConf) -> None:
        super().__init__(address, others, settings)
        self._items: dict[str, str] = {}

    @replicated  # type: ignore[untyped-decorator]  # it comes without types
    def put(self, key: str, value: str) -> str | None:
        """Set it; the value before."""
        before = self._items.get(key)
        self._items[key] = value
        return before


class Member:
    """A member, and what the coordinator may ask of it."""

    def __init__(self, setup: wire.Setup) -> None:
        self._address = setup.addresses[setup.position]
        settings: dict[str, Any] = {
            "appendEntriesUseBatch": False,
            "raftMinTimeout": 5.0,
            "raftMaxTimeout": 8.0,
            "connectionTimeout": 20.0,
            "connectionRetryTime": 0.1,
        }
        if setup.kind == "journal":
            settings["journalFile"] = str(Path(setup.data) / f"journal-{setup.position}")
        if setup.position == 0:  # It leads, as with ours the founder does.
            settings.update(raftMinTimeout=0.4, raftMaxTimeout=0.5)
        others = [address for address in setup.addresses if address != self._address]
        self._object = KeyValue(self._address, others, SyncObjConf(**settings))

    def status(self) -> wire.Status:
        """See ``wire.Status``."""
        leader = self._object._getLeader()  # noqa: SLF001 - the name it documents
        whole = bool(self._object.isReady()) and leader is not None
        leads = whole and leader.address == self._address
        return wire.Status(whole, leads, time.process_time())

    def load(self, load: wire.Load) -> wire.Loaded | wire.Failed:
        """Run a closed loop in the thread that PySyncObj calls back from."""
        answered = threading.Event()
        answers: list[wire.Loaded | wire.Failed] = []

        def ended(answer: wire.Loaded | wire.Failed) -> None:
            answers.append(answer)
            answered.set()

        loop = ClosedLoop(self._put, load.outstanding, load.seconds, ended)
        # It calls back in its own thread: the loop must begin there, too.
        self._object.put("first", "", callback=lambda _result, _reason: loop.start())
        if not answered.wait(load.seconds + PATIENCE):
            return loop.so_far()  # it loses a callback now and then, mostly of a follower's
        return answers[0]

    def _put(self, number: int, done: Done) -> None:
        def answer(_result: str | None, reason: int) -> None:
            failed = reason != FAIL_REASON.SUCCESS
            done(RuntimeError(f"PySyncObj: reason {reason}") if failed else None)

        put = command(number)
        self._object.put(put.key, put.value, callback=answer)

    def end(self) -> None:
        """Stop its thread."""
        self._object.destroy_synchronous()


def main() -> None:
    """Answer the coordinator until it wants no more."""
    logging.disable(logging.CRITICAL)
    member = Member(wire.setup())
    try:
        while True:
            match wire.next_request():
                case wire.AskStatus():
                    wire.reply(member.status())
                case wire.Load() as load:
                    wire.reply(member.load(load))
                case wire.Signal():
                    raise ValueError("a member of PySyncObj takes no signals")
                case wire.End():
                    return
    finally:
        member.end()


if __name__ == "__main__":
    main()
