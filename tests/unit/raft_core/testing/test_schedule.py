from math import inf

import pytest

from raft_core.testing.schedule import Schedule


def test_events_happen_in_the_order_of_time_and_of_their_making() -> None:
    schedule = Schedule()
    seen: list[str] = []
    schedule.at(2.0, seen.append, "c")
    schedule.after(1.0, seen.append, "a")
    schedule.at(1.0, seen.append, "b")
    while len(schedule):
        schedule.run_next()
    assert seen == ["a", "b", "c"]
    assert schedule.now == 2.0


def test_the_past_is_now() -> None:
    schedule = Schedule()
    seen: list[int] = []
    schedule.at(3.0, seen.append, 1)
    schedule.run_next()
    schedule.at(1.0, seen.append, 2)
    assert schedule.next_time == 3.0
    schedule.run_next()
    assert (schedule.now, seen) == (3.0, [1, 2])


def test_an_empty_schedule() -> None:
    schedule = Schedule()
    assert schedule.next_time == inf
    with pytest.raises(IndexError):
        schedule.run_next()
