"""The closed loop of the benchmarks: what it counts is what was done."""

from collections import deque

from benchmarks.headless.load import ClosedLoop, Done
from benchmarks.headless.wire import Failed, Loaded


class System:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.open: deque[Done] = deque()
        self.most = self.begun = 0
        self.ends: list[Loaded | Failed] = []

    def begin(self, number: int, done: Done) -> None:
        self.begun += 1
        assert number == self.begun
        self.open.append(done)
        self.most = max(self.most, len(self.open))

    def run(self, outstanding: int, seconds: float, error: Exception | None = None) -> None:
        ClosedLoop(self.begin, outstanding, seconds, self.ends.append).start()
        while self.open:
            self.open.popleft()(error)


def test_as_many_are_outstanding_as_it_says_and_all_are_counted() -> None:
    system = System()
    system.run(7, 0.01)
    (end,) = system.ends
    assert isinstance(end, Loaded)
    assert system.most == 7
    assert end.writes == system.begun > 7
    assert end.wall >= 0.01
    assert 0 <= end.p50 <= end.p99 <= end.wall


def test_it_ends_when_the_time_is_up_and_all_are_answered() -> None:
    system = System()
    system.run(3, 0.0)
    (end,) = system.ends
    assert isinstance(end, Loaded)
    assert end.writes == 3


def test_a_write_that_fails_ends_it_and_makes_no_figure() -> None:
    system = System()
    system.run(2, 3600, ValueError("no"))
    assert system.ends == [Failed("a write failed: ValueError('no')")]


def test_what_is_never_answered_is_told_of() -> None:
    system = System()
    loop = ClosedLoop(system.begin, 5, 0.0, system.ends.append)
    loop.start()
    assert isinstance(loop.so_far(), Failed)
    for _ in range(3):
        system.open.popleft()(None)
    assert system.ends == []
    so_far = loop.so_far()
    assert isinstance(so_far, Loaded)
    assert (so_far.writes, so_far.unanswered) == (3, 2)
