"""An event loop whose clock moves by hand, and a cluster that answers when it is told to."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from typing import Any

from bench.load import Load, Phase
from bench.plan import Plan
from bench.state import BenchState, Put
from raft_core.errors import RaftError

TAG = "fedcba98"


class Loop:
    """Satisfies `bench.load.Scheduler`. Callbacks take no time unless they call `spend`."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.turns: list[float] = []
        """How long each callback took."""
        self._ready: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def time(self) -> float:
        return self.now

    def spend(self, seconds: float) -> None:
        """What runs now takes so long."""
        self.now += seconds

    def call_soon(self, callback: Callable[[], None], /) -> None:
        self._ready.append(callback)

    def call_later(self, delay: float, callback: Callable[[], None], /) -> None:
        assert delay >= 0
        self._count += 1
        heapq.heappush(self._timers, (self.now + delay, self._count, callback))

    def step(self) -> bool:
        """One callback; the clock goes on to the next timer if nothing else is to do."""
        if not self._ready:
            if not self._timers:
                return False
            self.now = max(self.now, self._timers[0][0])
        while self._timers and self._timers[0][0] <= self.now:
            self._ready.append(heapq.heappop(self._timers)[2])
        began = self.now
        self._ready.popleft()()
        self.turns.append(self.now - began)
        return True

    def run(self, seconds: float) -> None:
        """Run for so long."""
        end = self.now + seconds
        while self._ready or (self._timers and self._timers[0][0] <= end):
            if self.now > end:
                return
            self.step()
        self.now = max(self.now, end)


class Cluster:
    """Satisfies `bench.load.Target`: applies a write when it answers it."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.state = BenchState()
        self.delay: float | None = 0.005
        """Seconds to an answer; None: there is none. 0: at once, in the call."""
        self.cost = 0.0
        """Seconds that the call of an operation takes."""
        self.answer_cost = 0.0
        self.fails: Callable[[int], RaftError | None] = lambda _number: None
        """What the operation of this number gets instead of an answer."""
        self.refuses: RaftError | None = None
        """What every call raises."""
        self.calls = 0
        self.stale: BenchState | None = None
        """What reads see instead of the state."""
        self.waiting: list[Callable[[], None]] = []
        """Answers that wait for `answer_all`, while `delay` is None."""
        self.begun: list[float] = []
        self.commands: list[Put] = []
        self.most = self.under_way = 0

    def submit(
        self, command: Any, done: Callable[[Any], None], *, timeout: float | None = None
    ) -> None:
        assert timeout is not None
        self.commands.append(command)
        self._call(lambda: self.state.apply(command), done)

    def submit_read(self, done: Callable[[Any], None], *, timeout: float | None = None) -> None:
        assert timeout is not None
        self._call(lambda: self.stale or self.state, done)

    def _call(self, effect: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self.calls += 1
        number = self.calls
        self.loop.spend(self.cost)
        if self.refuses is not None:
            raise self.refuses
        self.begun.append(self.loop.now)
        self.under_way += 1
        self.most = max(self.most, self.under_way)

        def answer() -> None:
            self.under_way -= 1
            self.loop.spend(self.answer_cost)
            done(self.fails(number) or effect())

        if self.delay is None:
            self.waiting.append(answer)
        elif self.delay == 0:
            answer()
        else:
            self.loop.call_later(self.delay, answer)

    def answer_all(self) -> None:
        """In one go, as the answers of a batch come."""
        waiting, self.waiting = self.waiting, []
        for answer in waiting:
            answer()


class Bench:
    """A load on the cluster, on the loop."""

    def __init__(self, **plan: Any) -> None:
        self.loop = Loop()
        self.cluster = Cluster(self.loop)
        self.ends = 0
        settings = {"warm_up": 0.0, "seconds": 1.0, **plan}
        self.load = Load(self.cluster, Plan(**settings), self.loop, self._ended, tag=TAG)

    def _ended(self) -> None:
        self.ends += 1

    def start(self) -> None:
        self.load.start()

    def finish(self) -> Load:
        """Run to the end."""
        while self.load.phase is not Phase.OVER:
            assert self.loop.step(), "nothing is left to do, and the run is not over"
        assert self.ends == 1
        return self.load

    def run(self) -> Load:
        self.start()
        return self.finish()
