from random import Random

import pytest

from raft_core.codec import Standing, Step, encode_record
from raft_core.io import Checkpoint
from raft_core.journal import checkpoint_record, first_record, restore
from raft_core.membership import Configuration
from raft_core.messages import COMMAND, Entry
from raft_core.snapshot import Snapshot
from raft_core.testing.schedule import Schedule
from raft_core.testing.storage import SimulatedStorage


def record(number: int, *, truncate_from: int = 0, term: int = 1) -> bytes:
    entry = Entry(truncate_from or number - 1, term, COMMAND, b"x")
    return encode_record(Step(number, term, "a", truncate_from, (entry,)))


class Told:
    def __init__(self) -> None:
        self.answers: list[Exception | None] = []

    def __call__(self, error: Exception | None) -> None:
        self.answers.append(error)


def storage(
    *, delay: float | None = None, may_tear: bool = False, seed: int = 0
) -> SimulatedStorage:
    made = SimulatedStorage("a", Schedule(), Random(seed), may_tear=may_tear)
    made.append(first_record("a"), lambda error: None)
    if delay is not None:
        made.delay = lambda: delay
    return made


def test_without_a_delay_a_record_is_durable_at_once() -> None:
    told = Told()
    made = storage()
    made.append(record(2), told, vital=True)
    assert told.answers == [None]
    assert (made.durable.term, made.durable.voted_for, made.durable.last_index) == (1, "a", 1)


def test_with_a_delay_records_become_durable_in_order() -> None:
    told = Told()
    schedule = Schedule()
    made = SimulatedStorage("a", schedule, Random(0))
    delays = [0.5, 0.1]
    made.delay = lambda: delays.pop(0)
    made.append(first_record("a"), told)
    made.append(record(2), told)
    assert (made.pending, told.answers, made.records) == (2, [], [])
    schedule.run_next()
    assert (schedule.now, made.pending, made.durable.last_index) == (0.5, 1, 0)
    schedule.run_next()
    assert (schedule.now, made.pending, made.durable.last_index) == (0.5, 0, 1)
    assert told.answers == [None, None]


def test_what_is_durable_is_what_a_restart_finds() -> None:
    made = storage()
    for number in (2, 3, 4):
        made.append(record(number), lambda error: None)
    made.append(record(5, truncate_from=2, term=2), lambda error: None)
    restored = restore(made.load(), "a")
    durable = made.durable
    assert restored.entries == durable.entries
    assert (restored.term, restored.voted_for) == (durable.term, durable.voted_for) == (2, "a")
    assert [durable.term_at(index) for index in range(4)] == [0, 1, 2, None]


@pytest.mark.parametrize("seed", range(20))
def test_a_crash_keeps_some_first_records_and_tells_nobody(seed: int) -> None:
    told = Told()
    made = storage(delay=1.0, may_tear=True, seed=seed)
    for number in (2, 3, 4):
        made.append(record(number), told)
    made.crash()
    assert (told.answers, made.pending) == ([], 0)
    restored = restore(made.load(), "a")
    assert restored.torn == bool(made.torn)
    assert len(restored.entries) == made.durable.last_index
    if restored.torn:
        made.drop_last()
    assert not restore(made.load(), "a").torn


def test_crashes_leave_all_there_is_to_leave() -> None:
    kept, torn = set(), 0
    for seed in range(40):
        made = storage(delay=1.0, may_tear=True, seed=seed)
        for number in (2, 3, 4):
            made.append(record(number), lambda error: None)
        made.crash()
        kept.add(made.durable.last_index)
        torn += made.torn
    assert kept == {0, 1, 2, 3}
    assert torn


def test_a_completion_of_the_life_before_is_nobodys() -> None:
    schedule, told = Schedule(), Told()
    made = SimulatedStorage("a", schedule, Random(3))
    made.delay = lambda: 1.0
    made.append(first_record("a"), told)
    made.crash()
    made.append(first_record("a"), told)
    schedule.run_next()
    assert told.answers == []
    schedule.run_next()
    assert told.answers == [None]


def test_a_refusal_ends_with_the_next_load() -> None:
    told = Told()
    made = storage()
    made.refusing = True
    made.append(record(2), told)
    assert isinstance(told.answers[0], OSError)
    assert len(made.records) == 1
    made.load()
    made.append(record(2), told)
    assert told.answers[1] is None


# --- what a crash can lose that was durable ------------------------------------------------------


def vital(number: int, term: int, vote: str | None = None) -> bytes:
    return encode_record(Step(number, term, vote, 0, (), standing=Standing(1, False, 1)))


def test_a_tail_is_forgotten_and_what_is_vital_is_not() -> None:
    lengths = set()
    for seed in range(60):
        made = storage(seed=seed)
        made.forgetful = True
        for number in range(2, 12):
            made.append(record(number), lambda error: None)
        made.append(vital(12, 4, "b"), lambda error: None, vital=True)
        made.crash(forgets=True)
        journal = made.load()
        assert (journal.suspect, journal.vital) == (True, vital(12, 4, "b"))
        lengths.add(len(journal.records))
        again = restore(journal, "a")
        durable = made.durable
        assert (again.term, again.voted_for) == (durable.term, durable.voted_for) == (4, "b")
        assert again.entries == durable.entries
        assert again.standing == Standing(2, True, 1)
        assert durable.last_index_ever == 10
        assert all(durable.held(index, 1) for index in range(1, 11))
    assert min(lengths) == 1, "who the member is, is never forgotten"
    assert max(lengths) == 12
    assert len(lengths) > 6


def test_a_vital_record_of_a_new_life_ends_the_doubt() -> None:
    made = storage()
    made.forgetful = True
    made.crash(forgets=True)
    made.append(record(2), lambda error: None)
    assert made.load().suspect
    made.append(vital(3, 4), lambda error: None, vital=True)
    assert not made.load().suspect


def test_a_checkpoint_can_be_forgotten_too() -> None:
    snapshot = Snapshot(2, 1, 1, Configuration.of("a"), b"")
    checkpoint = checkpoint_record(4, "a", Checkpoint(1, 1, "a", snapshot, 2, 1, (), 2))
    kept = set()
    for seed in range(40):
        made = storage(seed=seed)
        made.forgetful = True
        for number in (2, 3):
            made.append(record(number), lambda error: None)
        made.checkpoint(checkpoint, lambda error: None)
        made.crash(forgets=True)
        kept.add(made.load().checkpoint)
        assert restore(made.load(), "a").snapshot == made.durable.snapshot
        assert made.durable.held(1, 1)
        assert made.durable.held(2, 1)
        assert not made.durable.held(3, 1)
    assert kept == {None, checkpoint}


def test_a_storage_that_does_not_forget_says_nothing_of_it() -> None:
    made = storage()
    made.crash()
    assert (made.load().suspect, made.load().vital) == (False, None)


def test_an_image_is_all_that_was_durable_and_can_be_used_twice() -> None:
    snapshot = Snapshot(2, 1, 1, Configuration.of("a"), b"")
    checkpoint = checkpoint_record(4, "a", Checkpoint(1, 1, "a", snapshot, 2, 1, (), 2))
    made = storage()
    for number in (2, 3):
        made.append(record(number), lambda error: None)
    image = made.image()
    before = restore(made.load(), "a")
    for number in (4, 5):
        for entry_number in range(number, 6):
            made.append(record(entry_number), lambda error: None)
        if number == 4:
            made.go_back(image)
    made.go_back(image)
    made.checkpoint(checkpoint, lambda error: None)
    made.go_back(image)
    again = restore(made.load(), "a")
    assert made.load().checkpoint is None
    assert (again.term, again.entries) == (before.term, before.entries)
    assert made.durable.entries == list(before.entries)
    assert made.durable.held(3, 1)
    assert not made.durable.holds(3, 1)
