"""Makes the operations of a plan, and counts what comes of them.

No task, future, timer or closure is made for a single operation: slots that are used again and
again pass a callback that is bound once. It knows no event loop: the clock and the ways to be
called later are arguments.

    warming ---> measuring ---> draining ---> over
                 (time is up, all iterations answered, stopped, the member halted)

Counted is what is answered while it measures. Then nothing more is begun, and what is under way has
two seconds to be answered: it counts for the verdict only. What is without an answer even then is
unknown. So a run ends, whatever the cluster does.

An answer begins the next operation at once, without a turn of the event loop, so that batches stay
batches; but when `SLICE` has passed since the last turn, what is next waits for one. Without that a
cluster of one would answer for ever, and the page would neither draw nor take input. A turn is
asked for at half of that time: where the loop has its turns anyway, nothing has to wait for one.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from random import Random
from typing import Any, Final, Protocol

from bench.histogram import Histogram
from bench.history import History, Outcome
from bench.plan import MAX_OUTSTANDING, Plan
from bench.state import KEYS, BenchState, Put, value_length
from bench.timeline import PHASE, Counts, Timeline
from raft_core.errors import (
    CommandFailed,
    InvariantBroken,
    NoLeader,
    Overloaded,
    ProposalTooLarge,
    RaftError,
    StateFailed,
    Stopped,
    StorageFailed,
)

SLICE: Final = 0.016
"""Seconds of beginning operations after which the event loop has its turn: a frame."""

REST: Final = 0.05
"""Seconds that a slot rests after a failure: what fails at once would else fail all the time."""

DRAIN: Final = 2.0
"""Seconds that operations under way have when the run is over."""

_REFUSED: Final = (NoLeader, Overloaded, ProposalTooLarge, CommandFailed)
"""After these a write has no effect, and never will."""

_FATAL: Final = (Stopped, StorageFailed, StateFailed, InvariantBroken)
"""After these the member answers nothing any more."""


class Target(Protocol):
    """What takes the operations: a `raft_core.Node` does, and a `raft_web.app.FullMember`."""

    def submit(
        self, command: Any, done: Callable[[Any], None], *, timeout: float | None = None
    ) -> None:
        """Replicate `command`; `done` gets the result or the `RaftError`."""

    def submit_read(self, done: Callable[[Any], None], *, timeout: float | None = None) -> None:
        """Read linearizably; `done` gets the state or the `RaftError`."""


class Scheduler(Protocol):
    """What of an event loop is needed."""

    def time(self) -> float: ...
    def call_soon(self, callback: Callable[[], None], /) -> object: ...
    def call_later(self, delay: float, callback: Callable[[], None], /) -> object: ...


class Phase(StrEnum):
    """Where a run is."""

    WARMING = "warming up"
    MEASURING = "measuring"
    DRAINING = "draining"
    OVER = "over"


MANY: Final = 64
"""So many outstanding make more operations than the verdict can look at: it sees one in 16."""

_OVER: Final = Phase.OVER
"""For the hot path: to look a member of an enum up costs 70 nanoseconds on Python 3.11."""


class _Slot:
    """One of the operations that may be under way."""

    __slots__ = ("answered", "called", "intended", "number", "value")

    def __init__(self, answered: Callable[[_Slot, Any], None]) -> None:
        self.answered = partial(answered, self)
        self.number = 0
        self.intended = 0.0
        self.called = 0  # the number of its event, if the history wants it
        self.value: str | None = None  # None: it is a read


class Load:
    """One run of a plan. `ended` is called once, when it is over.

    :param tag: eight characters that no other run has, in each value that it writes
    :param rng: decides which operations are reads
    """

    def __init__(
        self,
        target: Target,
        plan: Plan,
        scheduler: Scheduler,
        ended: Callable[[], None],
        *,
        tag: str,
        rng: Random | None = None,
    ) -> None:
        self.plan = plan
        self.phase = Phase.WARMING
        self.reason = ""
        """Why it ended: "time", "iterations", "stopped", or what halted the member."""
        self.measured = Counts()
        self.outside = Counts()
        """What was answered in the warm-up and after the end."""
        self.lateness = Histogram()
        """Of the open loop: how long after its intended start each operation was begun."""
        self.under_way = 0
        self.begun = 0
        self._flows = plan.loop == "closed" and not plan.iterations
        """Each answer begins the next operation, and that is all there is to it."""
        many = self._flows and plan.outstanding >= MANY
        self.history = History(mask=15 if many else 0)
        self.timeline: Timeline
        self._target = target
        self._scheduler = scheduler
        self._clock = scheduler.time
        self._ended = ended
        self._timeout = plan.timeout
        self._reads = plan.reads
        self._random = (rng or Random()).random  # noqa: S311  (a share, no secret)
        self._tail = tag.ljust(value_length(plan.payload) - 12, ".")
        self._write_seconds: list[float] = []  # of this interval
        self._read_seconds: list[float] = []
        self._failures = Counts()
        self._mask = self.history.mask
        count = plan.outstanding if plan.loop == "closed" else MAX_OUTSTANDING
        self._slots = [_Slot(self._on_answer) for _ in range(count)]
        self._idle = self._slots[::-1]
        self._resting: list[_Slot] = []
        self._beginning = False
        self._turn_is_due = False
        self._slice_ends = 0.0
        self._next_look = 0.0
        self._measured_from = self._measured_until = 0.0
        self._warm = 0  # the last operation begun before it measured
        self._answered = 0  # iterations
        self._opened = 0.0  # when the open loop's first operation was intended
        self._timer_is_set = False  # of the open loop, for what is due next
        self._doomed = False

    # --- life ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin."""
        now = self._clock()
        self.timeline = Timeline(now, self.plan.warm_up + self.plan.seconds)
        self._opened = now
        self._measured_from = now + self.plan.warm_up
        self._measured_until = self._measured_from + self.plan.seconds
        self._next_look = now
        self._look(now)
        self._tick()
        self._turn()

    def stop(self) -> None:
        """End it early: begin nothing more, and drain."""
        self._finish("stopped")

    @property
    def seconds(self) -> float:
        """How long it has measured."""
        if self.phase is Phase.WARMING:
            return 0.0
        until = self._clock() if self.phase is Phase.MEASURING else self._measured_until
        return until - self._measured_from

    @property
    def unbegun(self) -> int:
        """Operations of the open loop whose time came before the end, and that never began."""
        if self.plan.loop == "closed" or self.phase in {Phase.WARMING, Phase.MEASURING}:
            return 0
        due = int((self._measured_until - self._opened) * self.plan.rate)
        return max(0, due - self.begun)

    def _look(self, now: float) -> None:
        """Go on to the next phase if it is time, and close the interval."""
        if now < self._next_look:
            return
        if self.phase is Phase.WARMING and now >= self._measured_from:
            self._close(now)
            self.phase = Phase.MEASURING
            self._warm = self.begun
            self._measured_until += now - self._measured_from
            self._measured_from = now
            self.timeline.mark(now, PHASE, self.phase)
        elif self.phase is Phase.MEASURING and now >= self._measured_until:
            self._finish("time")
        elif now > self.timeline.began:
            self._close(now)
        interval = self.timeline.interval
        self._next_look += interval * (1 + (now - self._next_look) // interval)
        if self.phase is Phase.WARMING:
            self._next_look = min(self._next_look, self._measured_from)
        elif self.phase is Phase.MEASURING:
            self._next_look = min(self._next_look, self._measured_until)

    def _close(self, now: float) -> None:
        counts, self._failures = self._failures, Counts()
        counts.writes.add_all(self._write_seconds)
        counts.reads.add_all(self._read_seconds)
        self._write_seconds.clear()
        self._read_seconds.clear()
        measuring = self.phase is Phase.MEASURING
        if now > self.timeline.began:
            self.timeline.close(now, counts, measured=measuring)
        (self.measured if measuring else self.outside).merge(counts)

    def _tick(self) -> None:
        """Look even when nothing is answered."""
        if self.phase is Phase.OVER:
            return
        now = self._clock()
        self._look(now)
        self._scheduler.call_later(max(0.0, self._next_look - now), self._tick)

    def _finish(self, reason: str) -> None:
        """Measure no more."""
        if self.phase not in {Phase.WARMING, Phase.MEASURING}:
            return
        now = self._clock()
        self._close(now)
        self.reason = reason
        if self.phase is Phase.WARMING:
            self._measured_from = now
        self._measured_until = now
        self.phase = Phase.DRAINING
        self._flows = False
        self.timeline.mark(now, PHASE, self.phase)
        if self.under_way:
            self._scheduler.call_later(DRAIN, self._end)
        else:
            self._scheduler.call_soon(self._end)

    def _end(self) -> None:
        if self.phase is Phase.OVER:
            return
        self._close(self._clock())
        self.phase = Phase.OVER
        for slot in self._slots:
            if slot.number and slot.value is not None and not slot.number & self.history.mask:
                self.history.failed(slot.number, slot.called, slot.value, Outcome.UNKNOWN)
        self._ended()

    # --- beginning -----------------------------------------------------------------------------

    def _turn(self) -> None:
        """A turn of the event loop of our own: another slice."""
        self._turn_is_due = False
        now = self._clock()
        self._slice_ends = now + SLICE
        self._fill(now)

    def _fill(self, now: float) -> None:
        """Begin what there is to begin, in this slice; ask for a turn for what is left."""
        if self._beginning:  # an answer came while its operation was being begun
            return
        begin = self._begin_due if self.plan.loop == "open" else self._begin_idle
        self._beginning = True
        try:
            left = begin(now)
        finally:
            self._beginning = False
        if left:
            self._ask_for_turn()

    def _ask_for_turn(self) -> None:
        if not self._turn_is_due:
            self._turn_is_due = True
            self._scheduler.call_soon(self._turn)

    def _begin_idle(self, now: float) -> bool:
        """The closed loop; whether there is more to begin."""
        idle = self._idle
        while idle and self._may_begin():
            if now >= self._slice_ends:
                return True
            self._begin(idle.pop(), now)
            now = self._clock()  # each time: a cluster of one answers within the call
        return False

    def _may_begin(self) -> bool:
        if self.phase is Phase.MEASURING:
            wanted = self.plan.iterations
            return not wanted or self.begun - self._warm < wanted
        return self.phase is Phase.WARMING

    def _begin_due(self, now: float) -> bool:
        """The open loop; whether there is more to begin now."""
        if self.phase not in {Phase.WARMING, Phase.MEASURING}:
            return False
        idle = self._idle
        while idle:
            intended = self._opened + self.begun / self.plan.rate
            if intended > now:
                self._wake_at(intended, now)
                return False
            if now >= self._slice_ends:
                return True
            self.lateness.add(now - intended)
            self._begin(idle.pop(), intended)
            now = self._clock()
        return False

    def _wake_at(self, when: float, now: float) -> None:
        if not self._timer_is_set:
            self._timer_is_set = True
            self._scheduler.call_later(max(0.0, when - now), self._on_timer)

    def _on_timer(self) -> None:
        self._timer_is_set = False
        self._wake()

    def _wake(self) -> None:
        if not self._turn_is_due:
            self._turn()

    def _begin(self, slot: _Slot, intended: float) -> None:
        self.begun = number = self.begun + 1
        slot.number = number
        slot.intended = intended
        if not number & self._mask:
            slot.called = self.history.event()
        self.under_way += 1
        try:
            if self._reads and self._random() < self._reads:
                slot.value = None
                self._target.submit_read(slot.answered, timeout=self._timeout)
            else:
                slot.value = value = f"{number:012x}{self._tail}"
                put = Put(number % KEYS, value)
                self._target.submit(put, slot.answered, timeout=self._timeout)
        except RaftError as error:
            slot.answered(error)

    # --- answers -------------------------------------------------------------------------------

    def _on_answer(self, slot: _Slot, answer: Any) -> None:
        if self.phase is _OVER:
            return
        now = self._clock()
        if now >= self._next_look:
            self._look(now)
        self.under_way -= 1
        number = slot.number
        slot.number = 0
        failed = isinstance(answer, RaftError)
        if failed:
            self._count_failure(number, slot, answer)
        else:
            latency = now - slot.intended
            (self._read_seconds if slot.value is None else self._write_seconds).append(latency)
            if not number & self._mask:
                self._record(number, slot, answer)
        if failed or not self._flows:
            self._answered_otherwise(number, slot, now, failed=failed)
        elif self._beginning:
            self._idle.append(slot)
        elif now < self._slice_ends:
            if now > self._slice_ends - SLICE / 2:
                self._ask_for_turn()
            self._beginning = True
            self._begin(slot, now)
            self._beginning = False
            if self._idle:
                self._fill(now)
        else:
            self._idle.append(slot)
            self._ask_for_turn()

    def _answered_otherwise(self, number: int, slot: _Slot, now: float, *, failed: bool) -> None:
        if self.plan.iterations and number > self._warm and self.phase is Phase.MEASURING:
            self._answered += 1
            if self._answered == self.plan.iterations:
                self._finish("iterations")
        if self.phase is Phase.DRAINING:
            if not self.under_way:
                self._scheduler.call_soon(self._end)
        elif failed:
            self._rest(slot)
        else:
            self._idle.append(slot)
            self._fill(now)

    def _record(self, number: int, slot: _Slot, answer: Any) -> None:
        if slot.value is not None:
            self.history.wrote(number, slot.called, slot.value, answer)
        else:
            state: BenchState = answer
            self.history.read(number, slot.called, state.writes, state.read(number % KEYS))
        self._mask = self.history.mask

    def _count_failure(self, number: int, slot: _Slot, error: RaftError) -> None:
        self._failures.fail(type(error).__name__)
        if slot.value is not None and not number & self._mask:
            outcome = Outcome.REFUSED if isinstance(error, _REFUSED) else Outcome.UNKNOWN
            self.history.failed(number, slot.called, slot.value, outcome)
            self._mask = self.history.mask
        if isinstance(error, _FATAL) and not self._doomed:
            # Later: the others that are under way are about to fail as well, and shall be counted.
            self._doomed = True
            self._scheduler.call_soon(partial(self._finish, str(error)))

    def _rest(self, slot: _Slot) -> None:
        self._resting.append(slot)
        if len(self._resting) == 1:
            self._scheduler.call_later(REST, self._wake_rested)

    def _wake_rested(self) -> None:
        self._idle += self._resting
        self._resting.clear()
        self._wake()
