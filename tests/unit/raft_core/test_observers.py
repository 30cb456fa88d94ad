import logging

import pytest

from raft_core.observers import Observers


def test_all_are_called_in_order() -> None:
    calls: list[tuple[str, int]] = []
    observers: Observers[[int]] = Observers()
    observers.add(lambda value: calls.append(("first", value)))
    observers.add(lambda value: calls.append(("second", value)))
    observers.call(7)
    assert calls == [("first", 7), ("second", 7)]


def test_it_is_false_while_nobody_observes() -> None:
    observers: Observers[[]] = Observers()
    assert not observers
    remove = observers.add(lambda: None)
    assert observers
    remove()
    assert not observers


def test_removing_twice_removes_only_once() -> None:
    calls: list[int] = []

    def callback() -> None:
        calls.append(1)

    observers: Observers[[]] = Observers()
    remove = observers.add(callback)
    observers.add(callback)
    remove()
    observers.call()
    assert calls == [1]
    remove()
    remove()
    assert not observers


def test_one_that_fails_is_logged_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []

    def fail(value: int) -> None:
        raise ValueError(f"no {value}")

    observers: Observers[[int]] = Observers()
    observers.add(fail)
    observers.add(calls.append)
    with caplog.at_level(logging.ERROR, "raft_core"):
        observers.call(3)
    assert calls == [3]
    assert "ValueError: no 3" in caplog.text


def test_who_is_added_or_removed_meanwhile_counts_from_the_next_call() -> None:
    calls: list[str] = []
    observers: Observers[[]] = Observers()

    def first() -> None:
        calls.append("first")
        remove_second()
        observers.add(lambda: calls.append("third"))

    remove_first = observers.add(first)
    remove_second = observers.add(lambda: calls.append("second"))
    observers.call()
    assert calls == ["first", "second"]
    remove_first()
    observers.call()
    assert calls == ["first", "second", "third"]
