"""A read from call to answer: calls share questions, and each ends once."""

from math import inf

import pytest

from raft_core.errors import NoLeader, Overloaded, RaftError, Stopped
from raft_core.queries import MAX_ASKED, Queries, Query

FIRST = 1000
TIMEOUT = 10.0
RETRY = 1.0


class Caller:
    """Reads, and remembers what it was told. Time begins at 0."""

    def __init__(self, limit: int = 100) -> None:
        self.queries = Queries(first=FIRST, retry_interval=RETRY, limit=limit)
        self.told: list[list[RaftError | None]] = []

    def read(self, now: float = 0.0, timeout: float = TIMEOUT) -> Query:
        told: list[RaftError | None] = []
        self.told.append(told)
        return self.queries.add(told.append, now, timeout)

    def ask(self, now: float = 0.0) -> int:
        assert self.queries.waits
        return self.queries.ask(now).request

    def answer(self, *requests: int) -> None:
        self.queries.answer(requests)


def test_calls_gather_until_the_next_question_and_share_it() -> None:
    caller = Caller()
    assert not caller.queries.waits
    caller.read()
    caller.read()
    assert caller.ask() == FIRST
    assert not caller.queries.waits
    caller.read()
    assert caller.ask() == FIRST + 1
    caller.answer(FIRST)
    assert caller.told == [[None], [None], []]
    caller.answer(FIRST + 1)
    assert caller.told == [[None], [None], [None]]
    assert len(caller.queries) == 0


def test_while_enough_questions_are_under_way_calls_gather() -> None:
    caller = Caller()
    for _ in range(MAX_ASKED):
        caller.read()
        caller.ask()
    for _ in range(3):
        caller.read()
    assert not caller.queries.waits
    caller.answer(FIRST + 2)
    last = caller.ask()
    caller.answer(last)
    assert caller.told[-3:] == [[None]] * 3


def test_an_answer_to_nobody_is_passed_over() -> None:
    caller = Caller()
    caller.read()
    request = caller.ask()
    caller.answer(FIRST - 1, FIRST + 5)
    assert caller.told == [[]]
    caller.answer(request)
    caller.answer(request)
    assert caller.told == [[None]]


def test_too_many_are_refused_before_they_begin() -> None:
    caller = Caller(limit=1)
    caller.read()
    with pytest.raises(Overloaded, match="too many reads are under way, the limit is 1"):
        caller.read()
    caller.answer(caller.ask())
    caller.read()


def test_a_question_without_an_answer_is_asked_again_with_another_number() -> None:
    caller = Caller()
    caller.read()
    caller.ask(0.0)
    assert caller.queries.deadline == RETRY
    caller.queries.due(RETRY - 0.1)
    assert not caller.queries.waits
    caller.queries.due(RETRY)
    assert caller.ask(RETRY) == FIRST + 1
    assert caller.queries.deadline == 2 * RETRY
    caller.answer(FIRST + 1)
    assert caller.told == [[None]]


def test_a_late_answer_to_what_was_asked_again_counts() -> None:
    caller = Caller()
    caller.read()
    caller.ask(0.0)
    caller.queries.due(RETRY)
    caller.ask(RETRY)
    caller.answer(FIRST)
    assert caller.told == [[None]]
    caller.answer(FIRST + 1)
    assert caller.told == [[None]]


def test_a_late_answer_is_none_to_calls_that_joined_after_the_question() -> None:
    caller = Caller()
    caller.read()
    caller.ask(0.0)
    caller.queries.due(RETRY)
    caller.read(RETRY)
    caller.ask(RETRY)
    caller.answer(FIRST)
    assert caller.told == [[None], []]


def test_a_new_leader_is_asked_at_once_whatever_is_under_way() -> None:
    caller = Caller()
    for _ in range(MAX_ASKED):
        caller.read()
        caller.ask()
    caller.queries.again()
    last = caller.ask(0.5)
    caller.answer(last)
    assert caller.told == [[None]] * MAX_ASKED
    caller.queries.again()
    assert not caller.queries.waits


def test_out_of_time_it_ends_with_a_hint_whom_to_look_at() -> None:
    caller = Caller()
    caller.queries.leader = "b"
    caller.read(timeout=0.5)
    caller.ask()
    assert caller.queries.deadline == 0.5
    caller.queries.due(0.5)
    (error,) = caller.told[0]
    assert isinstance(error, NoLeader)
    assert error.leader == "b"
    assert "nothing was read; the last one known to lead is b" in str(error)
    assert caller.queries.deadline == inf
    caller.answer(FIRST)
    assert len(caller.told[0]) == 1


def test_out_of_time_before_it_was_asked_for() -> None:
    caller = Caller()
    caller.read(timeout=0.5)
    caller.queries.due(0.5)
    assert isinstance(caller.told[0][0], NoLeader)
    assert not caller.queries.waits


def test_what_is_forgotten_is_never_answered() -> None:
    caller = Caller()
    query = caller.read()
    request = caller.ask()
    caller.queries.forget(query)
    caller.queries.forget(query)
    caller.answer(request)
    caller.queries.due(100.0)
    assert caller.told == [[]]


def test_a_question_whose_calls_have_all_ended_is_not_asked_again() -> None:
    caller = Caller()
    query = caller.read()
    caller.ask()
    caller.queries.forget(query)
    caller.queries.due(RETRY)
    assert not caller.queries.waits
    assert caller.queries.deadline == inf


def test_at_the_end_each_gets_an_error_of_its_own() -> None:
    caller = Caller()
    caller.read()
    caller.ask()
    caller.read()
    caller.queries.fail_all(lambda: Stopped("over"))
    (one,), (other,) = caller.told
    assert isinstance(one, Stopped)
    assert one is not other
    assert (caller.queries.deadline, caller.queries.waits) == (inf, False)


def test_a_callback_may_read_again() -> None:
    caller = Caller()

    def again(_answer: object) -> None:
        caller.read()

    caller.queries.add(again, 0.0, TIMEOUT)
    caller.answer(caller.ask())
    caller.answer(caller.ask())
    assert caller.told == [[None]]
