"""The sample: all of a small run, a bounded part of a large one, spread over all of it."""

from bench.history import History, Outcome
from bench.state import KEYS, Register


def run(history: History, count: int) -> None:
    """Writes one after the other, as a load records them."""
    for number in range(1, count + 1):
        if not number & history.mask:
            history.wrote(number, history.event(), f"value {number}", number)


def test_a_small_run_is_kept_whole() -> None:
    history = History(most=100)
    run(history, 100)
    assert len(history.operations) == 100
    assert {each.key for each in history.operations} == set(range(KEYS))


def test_a_large_run_keeps_whole_keys_over_all_its_time() -> None:
    history = History(most=1000)
    run(history, 20_000)
    numbers = [each.number for each in history.operations]
    assert 500 <= len(numbers) <= 1000
    keys = {each.key for each in history.operations}
    assert len(keys) == 2
    assert numbers == [number for number in range(1, 20_001) if number % KEYS in keys]


def test_of_the_last_key_it_keeps_a_part() -> None:
    history = History(most=100)
    run(history, 100_000)
    assert 50 <= len(history.operations) <= 100
    assert {each.key for each in history.operations} == {0}
    assert history.operations[-1].number > 90_000


def test_what_was_begun_before_it_became_pickier_is_left_out() -> None:
    history = History(most=4)
    called = history.event()
    run(history, 8)
    kept = list(history.operations)
    history.wrote(7, called, "late", 9)
    history.failed(5, called, "later", Outcome.UNKNOWN)
    assert history.operations == kept


def test_events_are_numbered_as_they_come() -> None:
    history = History()
    first, second = history.event(), history.event()
    history.read(2, second, 1, Register("value", 1))
    history.wrote(1, first, "value", 1)
    read, write = history.operations
    assert first < second < read.returned < write.returned
    assert (write.called, read.called) == (first, second)
