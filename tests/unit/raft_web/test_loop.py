"""The loop on a page that is made up: its clock moves by hand, its events come when we say."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

import pytest

from raft_web.loop import LOOKS, MAX_DELAY_MS, SLICE, FastLoop


class PageLoop(FastLoop):
    """What a browser gives: a message to ourselves, one timer, a clock."""

    def __init__(self) -> None:
        self._start_empty()
        self.now = 0.0
        self.messages = 0
        self.timers: list[float] = []
        self.timer: int | None = None  # milliseconds
        self.errors: list[dict[str, Any]] = []

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.errors.append(context)

    def _post_message(self) -> None:
        self.messages += 1

    def _set_timer(self, milliseconds: int) -> None:
        self.timer = milliseconds
        self.timers.append(milliseconds)

    def _clear_timer(self) -> None:
        self.timer = None

    def _claim_thread(self) -> None:
        pass

    def page_turn(self) -> None:
        """One event of the page: the message, if one is under way."""
        assert self.messages == 1, "there is one message under way, never more"
        self.messages = 0
        self._message_came()

    def fire_timer(self, early: float = 0.0) -> None:
        assert self.timer is not None
        self.now += self.timer / 1000 - early
        self.timer = None
        self._timer_fired()


@pytest.fixture
def loop() -> PageLoop:
    return PageLoop()


@pytest.fixture
def seen() -> list[Any]:
    return []


def test_ready_callbacks_run_in_order_in_one_event_of_the_page(
    loop: PageLoop, seen: list[Any]
) -> None:
    for number in range(100):
        loop.call_soon(seen.append, number)
    assert seen == []
    loop.page_turn()
    assert seen == list(range(100))
    assert loop.messages == 0


def test_what_a_callback_schedules_runs_in_the_same_event_but_later(
    loop: PageLoop, seen: list[Any]
) -> None:
    def first() -> None:
        loop.call_soon(seen.append, "inner")
        seen.append("first")

    loop.call_soon(first)
    loop.call_soon(seen.append, "second")
    loop.page_turn()
    assert seen == ["first", "second", "inner"]


def test_a_cancelled_callback_does_not_run(loop: PageLoop, seen: list[Any]) -> None:
    loop.call_soon(seen.append, 1).cancel()
    loop.call_soon(seen.append, 2)
    loop.page_turn()
    assert seen == [2]


def test_an_exception_is_reported_and_the_rest_runs(loop: PageLoop, seen: list[Any]) -> None:
    def fail() -> None:
        raise ValueError("broken")

    loop.call_soon(fail)
    loop.call_soon(seen.append, 1)
    loop.page_turn()
    assert seen == [1]
    assert str(loop.errors[0]["exception"]) == "broken"


def test_an_exception_that_ends_a_program_leaves_the_rest_for_the_next_event(
    loop: PageLoop, seen: list[Any]
) -> None:
    def leave() -> None:
        raise SystemExit(3)

    loop.call_soon(leave)
    loop.call_soon(seen.append, 1)
    with pytest.raises(SystemExit):
        loop.page_turn()
    loop.page_turn()
    assert seen == [1]


def test_callbacks_without_end_let_the_page_have_its_turn(loop: PageLoop) -> None:
    turns = 0

    def again() -> None:
        nonlocal turns
        turns += 1
        loop.now += SLICE / 100
        loop.call_soon(again)

    loop.call_soon(again)
    loop.page_turn()
    assert 100 <= turns <= 100 + LOOKS
    loop.page_turn()
    assert turns >= 200


@pytest.mark.parametrize("also", ["tick", "timer"])
def test_what_else_drains_meanwhile_asks_for_no_second_message(loop: PageLoop, also: str) -> None:
    """They would add up, and all other events of the page wait behind them."""

    def again() -> None:
        loop.now += SLICE / 10
        loop.call_soon(again)

    loop.call_later(SLICE, print)
    loop.call_soon(again)
    for _ in range(10):
        loop.page_turn()
        assert loop.messages == 1
        if also == "tick":
            loop.tick()
        else:
            loop._timer_fired()
        assert loop.messages == 1


def test_a_message_that_finds_everything_done_does_no_harm(loop: PageLoop, seen: list[Any]) -> None:
    loop.call_soon(seen.append, 1)
    loop.tick()
    loop.call_soon(seen.append, 2)
    loop.call_later(0.5, seen.append, "late")
    assert (seen, loop.messages) == ([1], 1)
    loop.page_turn()
    assert seen == [1, 2]
    assert (loop.messages, loop.timer) == (0, 500)
    loop.call_soon(seen.append, 3)
    assert loop.messages == 1


def test_timers_run_in_the_order_of_their_times_then_of_their_calls(
    loop: PageLoop, seen: list[Any]
) -> None:
    loop.call_later(0.2, seen.append, "second")
    loop.call_later(0.1, seen.append, "first")
    loop.call_at(loop.now + 0.2, seen.append, "third")
    loop.fire_timer()
    assert seen == ["first"]
    loop.fire_timer()
    assert seen == ["first", "second", "third"]
    assert loop.timer is None


def test_delays_are_rounded_up_to_milliseconds(loop: PageLoop) -> None:
    loop.call_at(0.0101, print)
    assert loop.timer == 11


def test_a_timer_that_fires_early_waits_for_its_time(loop: PageLoop, seen: list[Any]) -> None:
    loop.call_later(0.010, seen.append, 1)
    loop.fire_timer(early=0.0004)
    assert seen == []
    loop.fire_timer()
    assert seen == [1]


@pytest.mark.parametrize("delay", [0.0, -0.1, -1e9])
def test_a_deadline_in_the_past_means_the_next_turn(
    loop: PageLoop, seen: list[Any], delay: float
) -> None:
    loop.call_later(delay, seen.append, "late")
    assert seen == []
    assert loop.timer is None, "a message is quicker than setTimeout"
    loop.page_turn()
    assert seen == ["late"]


def test_deadlines_in_the_past_keep_their_order(loop: PageLoop, seen: list[Any]) -> None:
    loop.call_at(loop.now + 0.001, seen.append, "first")
    loop.now += 1
    loop.call_at(loop.now - 0.5, seen.append, "second")
    loop.tick()
    assert seen == ["first", "second"]


def test_a_timer_with_no_end_never_runs(loop: PageLoop, seen: list[Any]) -> None:
    handle = loop.call_at(math.inf, seen.append, 1)
    loop.now += 1e12
    loop.tick()
    assert (seen, loop.timer, loop.messages) == ([], None, 0)
    handle.cancel()


def test_a_very_late_timer_is_looked_at_again_when_setTimeout_ends(  # noqa: N802
    loop: PageLoop, seen: list[Any]
) -> None:
    loop.call_later(MAX_DELAY_MS / 1000 + 5, seen.append, 1)
    assert loop.timer == MAX_DELAY_MS
    loop.fire_timer()
    assert (seen, loop.timer) == ([], 5000)
    loop.fire_timer()
    assert seen == [1]


def test_an_earlier_timer_replaces_the_one_that_was_set(loop: PageLoop) -> None:
    loop.call_later(1.0, print)
    loop.call_later(0.5, print)
    loop.call_later(0.7, print)
    assert loop.timers == [1000, 500]


def test_timers_made_while_callbacks_run_are_set_once(loop: PageLoop) -> None:
    def make() -> None:
        for delay in (3, 2, 1):
            loop.call_later(delay, print)

    loop.call_soon(make)
    loop.page_turn()
    assert loop.timers == [1000]


def test_a_tick_runs_what_is_due_and_nothing_else(loop: PageLoop, seen: list[Any]) -> None:
    loop.call_later(0.125, seen.append, "due")
    loop.call_later(0.25, seen.append, "not yet")
    loop.tick()
    assert seen == []
    loop.now += 0.1875
    loop.tick()
    assert seen == ["due"]
    assert loop.timer == 63, "62.5 rounded up"


def test_a_timer_that_was_cancelled_while_it_waited_to_run_does_not_run(
    loop: PageLoop, seen: list[Any]
) -> None:
    second = loop.call_later(0.1, seen.append, "second")
    loop.call_at(loop.now + 0.05, second.cancel)
    loop.now += 1
    loop.tick()
    assert seen == []


def test_cancelled_timers_do_not_pile_up(loop: PageLoop) -> None:
    kept = loop.call_later(50, print)
    for _ in range(10_000):
        loop.call_later(60, print).cancel()
    assert len(loop._timers) < 200
    assert loop._cancelled_timers == len(loop._timers) - 1
    kept.cancel()
    loop.call_soon(print)
    loop.page_turn()
    assert loop._timers == []
    assert loop.timer is None


def test_an_event_inside_a_callback_does_not_run_the_others_inside_it(
    loop: PageLoop, seen: list[Any]
) -> None:
    def outer() -> None:
        seen.append("outer starts")
        loop.call_soon(seen.append, "other")
        loop.tick()
        seen.append("outer ends")

    loop.call_soon(outer)
    loop.page_turn()
    assert seen == ["outer starts", "outer ends", "other"]


def test_real_tasks_run_on_it(loop: PageLoop) -> None:
    async def nested(depth: int) -> int:
        await asyncio.sleep(0)
        return 1 + (await nested(depth - 1) if depth else 0)

    def run(page: PageLoop, main: Callable[[], Any]) -> asyncio.Task[int]:
        asyncio._set_running_loop(page._as_loop)
        try:
            task: asyncio.Task[int] = asyncio.Task(main(), loop=page._as_loop)
            while not task.done():
                page.page_turn()
        finally:
            asyncio._set_running_loop(None)
        return task

    assert run(loop, lambda: nested(5)).result() == 6
