"""When a window is drawn: soon after something changed, and not more often than anybody sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

PACE: Final = 0.05
"""Seconds between two pictures at least. While much is written each write changes something, and
60 pictures a second take a fifth of the processor from it."""


class Scheduler(Protocol):
    """What of an event loop is needed."""

    def time(self) -> float: ...
    def call_later(self, delay: float, callback: Callable[[], None], /) -> object: ...


class Drawing:
    """Calls `draw` when it was asked to, in a turn of the event loop of its own.

    No animation frame is asked for: a frame costs as much if nothing in it is new.

    :param draw: draws whatever changed
    :param hidden: nobody sees the window now
    """

    def __init__(
        self, draw: Callable[[], None], hidden: Callable[[], bool], scheduler: Scheduler
    ) -> None:
        self._draw = draw
        self._hidden = hidden
        self._scheduler = scheduler
        self._asked = False
        self._drawn_at = scheduler.time() - PACE

    def ask(self) -> None:
        """Something changed."""
        if not self._asked:
            self._asked = True
            rest = self._drawn_at + PACE - self._scheduler.time()
            self._scheduler.call_later(max(0.0, rest), self._on_time)

    def now_and_then(self) -> None:
        """Draw what waits, which it does in a hidden window: to be called twice a second."""
        if self._asked:
            self._go()

    def _on_time(self) -> None:
        if self._asked and not self._hidden():
            self._go()

    def _go(self) -> None:
        self._asked = False
        self._drawn_at = self._scheduler.time()
        self._draw()
