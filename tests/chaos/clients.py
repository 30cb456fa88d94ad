"""Clients that put, get and compare-and-set through every member, at a bounded rate.

Every value is written once, so that a lost write is seen. Keys change as time goes on: a key has
some dozens of operations, which a checker can judge, and old ones stay to be counted at the end.
"""

from __future__ import annotations

import asyncio
from random import Random

from raft_core.keyvalue import CompareAndSet, Put
from raft_core.testing.linearizability import Get
from tests.chaos.app.src.chaos.answers import Answer
from tests.chaos.history import History, Wanted
from tests.chaos.members import OPERATION_SECONDS, Member, NotThere

KEYS = 4
AGE = 10.0
"""Seconds after which there are other keys."""
PATIENCE = OPERATION_SECONDS + 2.0
"""After so long a client asks for something else; the answer still counts when it comes."""
MOST_OPEN = 3
NOBODY_THERE = 0.3
"""Seconds until a member that is not there is asked again."""


class Client:
    """Asks one member, one thing after the other."""

    def __init__(self, name: str, member: Member, history: History, rng: Random) -> None:
        self.name = name
        self._member = member
        self._history = history
        self._rng = rng
        self._written = 0
        self._seen: dict[str, str | None] = {}
        self._open: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None
        """What came of an operation that nobody foresaw: an answer that cannot be read."""

    async def run(self, interval: float, over: asyncio.Event) -> None:
        """Ask something each `interval` seconds, or as often as there are answers, until `over`.

        What an operation raised that nobody foresaw is raised here, or by `end`.
        """
        loop = asyncio.get_running_loop()
        due = loop.time() + self._rng.uniform(0, interval)
        while not over.is_set():
            await asyncio.sleep(max(0.0, due - loop.time()))
            due = max(due + interval, loop.time())
            await self._next(over)
            self._require_sound()

    async def end(self, seconds: float) -> None:
        """Wait so long for what is under way."""
        if self._open:
            await asyncio.wait(self._open, timeout=seconds)
        for task in self._open:
            task.cancel()
        self._require_sound()

    async def ask(self, wanted: Wanted) -> Answer | None:
        """Have it done and noted; None if the member was not there."""
        call = self._history.called(self.name, self._member.name, wanted)
        try:
            answer = await self._member.ask(wanted)
        except NotThere:
            self._history.never_asked(call)
            return None
        self._history.answered(call, answer)
        return answer

    async def _next(self, over: asyncio.Event) -> None:
        while len(self._open) >= MOST_OPEN and not over.is_set():
            await asyncio.wait(
                self._open, timeout=NOBODY_THERE, return_when=asyncio.FIRST_COMPLETED
            )
        task = asyncio.create_task(self._operate(self._wanted()))
        self._open.add(task)
        task.add_done_callback(self._ended)
        await asyncio.wait({task}, timeout=PATIENCE)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._open.discard(task)
        if not task.cancelled():
            self._error = self._error or task.exception()

    def _require_sound(self) -> None:
        if self._error is not None:
            raise self._error

    async def _operate(self, wanted: Wanted) -> None:
        answer = await self.ask(wanted)
        if answer is None:
            await asyncio.sleep(NOBODY_THERE)
        elif answer.outcome == "done":
            self._seen[wanted.key] = answer.value
            if isinstance(wanted, Put) or (
                isinstance(wanted, CompareAndSet) and answer.value == wanted.expected
            ):
                self._seen[wanted.key] = wanted.value

    def _wanted(self) -> Wanted:
        rng = self._rng
        age = int(self._history.now() / AGE)
        if age and rng.random() < 0.1:
            age -= 1
        key = f"{age}.{rng.randrange(KEYS)}"
        kind = rng.random()
        if kind < 0.3:
            return Get(key)
        self._written += 1
        value = f"{self.name}.{self._written}"
        if kind < 0.7:
            return Put(key, value)
        return CompareAndSet(key, self._seen.get(key), value)
