"""When a window is drawn, by a clock that moves by hand."""

from collections.abc import Callable

import pytest

from raft_web.drawing import PACE, Drawing


class Window:
    """A window, and the loop that draws it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.hidden = False
        self.drawn: list[float] = []
        self._timers: list[tuple[float, Callable[[], None]]] = []
        self.drawing = Drawing(self._draw, lambda: self.hidden, self)

    def _draw(self) -> None:
        self.drawn.append(self.now)

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> None:
        self._timers.append((self.now + delay, callback))

    def go_on(self, seconds: float, step: float = 0.001) -> None:
        until = self.now + seconds
        while self.now < until:
            due = [callback for when, callback in self._timers if when <= self.now]
            self._timers = [timer for timer in self._timers if timer[0] > self.now]
            for callback in due:
                callback()
            self.now += step


def test_the_first_change_is_drawn_at_once_and_not_within_the_call() -> None:
    window = Window()
    window.drawing.ask()
    assert window.drawn == []
    window.go_on(0.002)
    assert window.drawn == [1000.0]


def test_what_changes_all_the_time_is_drawn_twenty_times_a_second() -> None:
    window = Window()
    for _ in range(1000):
        window.drawing.ask()
        window.go_on(0.001)
    gaps = [after - before for before, after in zip(window.drawn, window.drawn[1:], strict=False)]
    assert min(gaps) >= PACE - 1e-9
    assert len(window.drawn) == pytest.approx(1 / PACE, abs=1)


def test_the_last_change_is_drawn_too() -> None:
    window = Window()
    window.drawing.ask()
    window.go_on(0.01)
    window.drawing.ask()
    window.go_on(1)
    assert len(window.drawn) == 2


def test_a_hidden_window_is_drawn_only_now_and_then() -> None:
    window = Window()
    window.hidden = True
    window.drawing.ask()
    window.go_on(0.5)
    assert window.drawn == []
    window.drawing.now_and_then()
    assert len(window.drawn) == 1
    window.drawing.now_and_then()
    assert len(window.drawn) == 1


def test_a_window_that_shows_again_is_drawn_as_ever() -> None:
    window = Window()
    window.hidden = True
    window.drawing.ask()
    window.go_on(0.1)
    window.hidden = False
    window.drawing.now_and_then()
    window.drawing.ask()
    window.go_on(0.1)
    assert len(window.drawn) == 2
