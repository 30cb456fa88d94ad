"""An event loop for Pyodide that is quick and keeps its deadlines.

Pyodide's own `WebLoop` raises ValueError on a deadline in the past, which anyio's cancel scopes hit
as a race; it fires delays of up to 2 ms at once; a cancelled timer keeps its `setTimeout`; and one
turn takes 50 microseconds. Here one deque holds what is ready, one message to ourselves starts its
draining, and one heap with one `setTimeout` holds the timers.

A hidden window's timers fire once a second, messages do not wait: whoever calls `tick` often (the
ticker worker does) makes due timers run on time there too.

Given up: `run_sync`, and `asyncio.run` inside a task, because callbacks do not run in a stack that
JavaScript may suspend.
"""

# ruff: noqa: SLF001  (an event loop runs handles by their private method, as asyncio's own does)

from __future__ import annotations

import asyncio
import heapq
import math
from collections import deque
from collections.abc import Callable
from contextvars import Context
from time import monotonic
from typing import Any, Final, cast

SLICE: Final = 0.008
"""Seconds after which draining lets the page draw and take input: half a frame at 60 Hz."""

LOOKS: Final = 16
"""Callbacks between two looks at the clock, which costs as much as a short callback."""

MAX_DELAY_MS: Final = 2**31 - 1
"""The longest delay `setTimeout` takes; a later timer is looked at again then."""


class Timer(asyncio.TimerHandle):
    """A timer that knows whether the heap still holds it."""

    __slots__ = ("queued",)
    queued: bool


class FastLoop:
    """What of the loop needs no JavaScript: scheduling. The rest comes from Pyodide's WebLoop."""

    _ready: deque[asyncio.Handle]
    _timers: list[tuple[float, int, Timer]]
    _timer_count: int  # breaks ties in the heap: equal times run in the order of their calls
    _cancelled_timers: int
    _timer_set_for: float  # the time the one JavaScript timer fires, or infinity
    _woken: bool  # a message is under way, or what is ready runs
    _message_under_way: bool
    _draining: bool

    def _start_empty(self) -> None:
        self._as_loop = cast("asyncio.AbstractEventLoop", self)
        self._ready = deque()
        self._timers = []
        self._timer_count = 0
        self._cancelled_timers = 0
        self._timer_set_for = math.inf
        self._woken = False
        self._message_under_way = False
        self._draining = False

    time = staticmethod(monotonic)
    """Seconds on a clock that never goes back. No call of ours: it is asked for every operation."""

    def _post_message(self) -> None:
        """Have `_message_came` called in an event of its own, as soon as the page may."""
        raise NotImplementedError

    def _set_timer(self, milliseconds: int) -> None:
        """Have `_timer_fired` called then; replaces the one set before."""
        raise NotImplementedError

    def _clear_timer(self) -> None:
        raise NotImplementedError

    def _claim_thread(self) -> None:
        """Make this the running loop of the thread state that an event came in on."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------- scheduling

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Run `callback` in a later turn, in the order of the calls."""
        handle = asyncio.Handle(callback, args, self._as_loop, context)
        self._ready.append(handle)
        if not self._woken:
            self._wake()
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """The same as `call_soon`: there is one thread."""
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self,
        delay: float,
        callback: Callable[..., Any],
        *args: Any,
        context: Context | None = None,
    ) -> Timer:
        """Run `callback` after `delay` seconds; one that is not positive means the next turn."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> Timer:
        """Run `callback` at `when`, never earlier; a time in the past means the next turn."""
        timer = Timer(when, callback, args, self._as_loop, context)
        timer.queued = False
        if when == math.inf:
            return timer
        self._timer_count += 1
        heapq.heappush(self._timers, (when, self._timer_count, timer))
        timer.queued = True
        if when < self._timer_set_for and not self._woken:
            self._arm()
        return timer

    def _timer_handle_cancelled(self, handle: Timer) -> None:
        """Called by a timer just before it is cancelled, whether the heap holds it or not."""
        if not handle.queued:
            return
        self._cancelled_timers += 1
        if self._cancelled_timers > 64 and self._cancelled_timers * 2 > len(self._timers):
            handle.queued = False
            self._timers = [
                entry for entry in self._timers if entry[2].queued and not entry[2].cancelled()
            ]
            heapq.heapify(self._timers)
            self._cancelled_timers = 0

    # --------------------------------------------------------------------------------- running

    def tick(self) -> None:
        """Run what is due and what is ready, now. Call it from an event of the page."""
        timers = self._timers
        if self._ready or (timers and timers[0][0] <= self.time()):
            self._drain()

    def _wake(self) -> None:
        """Have the rest run soon: by one message, and never by two.

        A tick or a timer drains as well while a message is under way, and what it leaves that
        message takes. With one more for each, all else in the page would wait behind our own.
        """
        self._woken = True
        if not self._message_under_way:
            self._message_under_way = True
            self._post_message()

    def _message_came(self) -> None:
        self._message_under_way = False
        self._drain()

    def _timer_fired(self) -> None:
        self._timer_set_for = math.inf
        self._drain()

    def _drain(self) -> None:
        """Run what is ready until nothing is or the slice is over; then set the timer anew."""
        if self._draining:  # a callback made JavaScript fire an event: the outer call goes on
            return
        self._draining = True
        self._woken = True
        self._claim_thread()
        ready = self._ready
        now = self.time()
        end = now + SLICE
        try:
            while now < end:
                self._collect_due(now)
                if not ready:
                    break
                for _ in range(min(len(ready), LOOKS)):
                    handle = ready.popleft()
                    if not handle._cancelled:
                        handle._run()
                now = self.time()
        finally:
            self._draining = False
            if ready:
                self._wake()
            else:
                self._woken = self._message_under_way
                self._arm()

    def _collect_due(self, now: float) -> None:
        """Move the timers that are due behind what is ready."""
        timers = self._timers
        while timers and timers[0][0] <= now:
            timer = heapq.heappop(timers)[2]
            timer.queued = False
            if timer.cancelled():
                self._cancelled_timers -= 1
            else:
                self._ready.append(timer)

    def _arm(self) -> None:
        """Have the earliest timer looked at when it is due."""
        timers = self._timers
        while timers and timers[0][2].cancelled():
            heapq.heappop(timers)[2].queued = False
            self._cancelled_timers -= 1
        when = timers[0][0] if timers else math.inf
        if when == self._timer_set_for:
            return
        self._timer_set_for = math.inf
        self._clear_timer()
        if when == math.inf:
            return
        delay = when - self.time()
        if delay <= 0:
            # A message is quicker than setTimeout, and is not held back in a hidden window.
            self._wake()
        else:
            self._timer_set_for = when
            # Rounded up: setTimeout cuts fractions off, and too early a call has to be repeated.
            self._set_timer(min(MAX_DELAY_MS, math.ceil(delay * 1000)))


def install() -> FastLoop:
    """Turn Pyodide's running loop into a `FastLoop`, in place, and return it. Once a page.

    Whatever the loop had scheduled before still runs. Needs Pyodide.
    """
    from raft_web._pyodide_loop import FastWebLoop  # noqa: PLC0415  (imports Pyodide)

    return FastWebLoop.take_over(asyncio.get_event_loop())
