"""Decides when a silent peer is dead, by a clock that may itself have been held back.

The channels of a killed window stay "open" for many seconds, so silence is what tells. But a hidden
or frozen page hears nothing either, for a reason of its own: whoever wakes up late first gives its
peers a full round to answer before it judges them.
"""

import enum


class Verdict(enum.Enum):
    """What to do after a round."""

    FINE = enum.auto()
    ASK = enum.auto()
    """Send a ping: nothing was heard in this round."""
    DEAD = enum.auto()


class Liveness:
    """Counts rounds of silence. The owner sets `heard` for each frame, and calls `round`.

    `heard` is a plain attribute because it is set for each message: reading a clock there would
    cost more than the rest of the handling.
    """

    __slots__ = (
        "_dead_after",
        "_interval",
        "_last",
        "_silent_rounds",
        "_since",
        "_was_late",
        "heard",
    )

    def __init__(self, now: float, *, interval: float, dead_after: float) -> None:
        self.heard = True
        self._interval = interval
        self._dead_after = dead_after
        self._last = now
        self._since = now
        self._silent_rounds = 0
        self._was_late = False

    def round(self, now: float) -> Verdict:
        """Judges what has passed since the last call, which should come every `interval` seconds.

        Dead is: at least two asked rounds and `dead_after` seconds of silence. A call that comes
        much too late after one in time means that this page slept; then the count begins anew. If
        calls are always late they count again, so that a page with slow timers still finds out.
        """
        late = now - self._last > 2.5 * self._interval
        woke = late and not self._was_late
        self._was_late = late
        self._last = now
        if self.heard:
            self.heard = False
            self._silent_rounds = 0
            self._since = now
            return Verdict.FINE
        if woke:
            self._silent_rounds = 0
            self._since = now
        if self._silent_rounds >= 2 and now - self._since >= self._dead_after:
            return Verdict.DEAD
        self._silent_rounds += 1
        return Verdict.ASK
