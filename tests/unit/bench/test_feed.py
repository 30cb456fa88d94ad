"""What the page shows of a run: while it goes on, and of the last one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.feed import Feed
from bench.plan import Plan
from bench.runner import Runner
from raft_core.config import Config
from raft_core.errors import NoLeader
from raft_core.events import Event
from raft_core.status import Status
from tests.unit.bench.world import Cluster, Loop
from tests.unit.statuses import make_status


class Subject(Cluster):
    """A member to measure: answers after 5 ms."""

    config = Config()

    @property
    def status(self) -> Status:
        return make_status()

    def observe_events(self, _callback: Callable[[Event], None]) -> Callable[[], None]:
        return lambda: None


class Window:
    """A runner, and what a page shows of it."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.subject = Subject(self.loop)
        self.runner = Runner(self.subject, self.loop)
        self.feed = Feed(self.runner)

    def start(self, **plan: Any) -> None:
        self.runner.start(Plan(**{"warm_up": 0.0, "seconds": 10.0, **plan}), lambda _: None)

    def finish(self) -> None:
        while self.runner.load is not None:
            assert self.loop.step()


@pytest.fixture
def window() -> Window:
    return Window()


def test_without_a_run_there_is_nothing_to_show(window: Window) -> None:
    feed = window.feed
    assert not feed.look()
    assert (feed.running, feed.plan, feed.words, feed.line(), feed.verdict()) == (
        False,
        None,
        "",
        "",
        "",
    )
    assert (list(feed.points), list(feed.marks), feed.bins(), feed.figures()) == ([], [], [], {})


def test_a_run_that_anybody_began_is_noticed_once(window: Window) -> None:
    window.start(outstanding=2)
    assert window.feed.look()
    assert not window.feed.look()
    assert window.feed.running
    assert window.feed.words == "2 outstanding, 60 bytes, 10 s"


def test_while_it_runs_the_rate_is_that_of_the_last_second(window: Window) -> None:
    window.start(outstanding=2)
    window.feed.look()
    window.loop.run(5)
    assert window.feed.rate == pytest.approx(400, rel=0.05)
    window.subject.delay = 0.05
    window.loop.run(2)
    assert window.feed.rate == pytest.approx(40, rel=0.05)
    assert len(window.feed.points) >= 27
    figures = window.feed.figures()
    assert figures["p50"].startswith(("4.9", "5.0"))
    assert figures["max"] == "50.0 ms"
    assert figures["errors"] == "0"
    assert sum(number for _, number in window.feed.bins()) > 2000


def test_the_last_run_stays_with_the_rate_of_all_of_it(window: Window) -> None:
    window.start(outstanding=1, iterations=500)
    window.feed.look()
    window.finish()
    feed = window.feed
    assert not feed.look()
    assert (feed.running, feed.words) == (False, "")
    assert feed.figures()["rate"] == "200"
    assert feed.line() == "500 iterations in 2.5 seconds (200 per second)"
    assert feed.verdict() == "Linearizable (500 of 500 operations judged)."


def test_the_next_run_takes_its_place(window: Window) -> None:
    window.start(outstanding=1, iterations=10)
    window.feed.look()
    window.finish()
    window.start(outstanding=7)
    assert window.feed.look()
    assert window.feed.plan is not None
    assert window.feed.plan.outstanding == 7
    assert window.feed.verdict() == "", "the verdict is of a run that is not shown any more"


def test_what_went_wrong_is_counted_and_said(window: Window) -> None:
    window.subject.fails = lambda number: NoLeader("none") if number == 3 else None
    window.start(outstanding=1)
    window.feed.look()
    window.loop.run(1)
    window.subject.delay = None
    window.loop.run(1)
    window.runner.stop()
    window.finish()
    assert window.feed.figures()["errors"] == "1"
    assert window.feed.verdict().endswith(
        "1 without an answer at the end. It ended early: stopped."
    )
