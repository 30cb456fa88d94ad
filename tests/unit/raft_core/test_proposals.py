"""A proposal from call to answer: each ends once, and with what is known of it."""

from math import inf

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from raft_core.errors import (
    NoLeader,
    OutcomeUnknown,
    Overloaded,
    SessionExpired,
    Stopped,
)
from raft_core.io import Proposed
from raft_core.messages import (
    APPLIED,
    EXPIRED,
    FAILED,
    NOT_LEADER,
    OVERLOADED,
    UNKNOWN,
    AnswerStatus,
)
from raft_core.proposals import Proposals
from raft_core.sessions import Outcome, decode_session_commands
from tests.unit.raft_core.caller import FIRST, RETRY, TIMEOUT, Caller

EXPIRED_OUTCOME = Outcome(EXPIRED, b"")


def settled_of(proposed: Proposed) -> int:
    return decode_session_commands(proposed.data).settled


def test_a_proposal_carries_its_client_and_its_number() -> None:
    proposed = Caller().propose()
    batch = decode_session_commands(proposed.data)
    assert proposed.request == FIRST
    assert (batch.client, batch.first) == ("me", FIRST)
    assert batch.commands == (b"command",)


def test_numbers_follow_each_other_and_say_what_is_settled() -> None:
    caller = Caller()
    first, second = caller.propose(), caller.propose()
    assert [first.request, second.request] == [FIRST, FIRST + 1]
    assert [settled_of(first), settled_of(second)] == [FIRST, FIRST]
    caller.answer(second.request, APPLIED)
    assert settled_of(caller.propose()) == FIRST
    caller.answer(first.request, APPLIED)
    assert settled_of(caller.propose()) == FIRST + 2


def test_too_many_are_refused_before_they_begin() -> None:
    caller = Caller(limit=2)
    caller.propose()
    caller.propose()
    with pytest.raises(Overloaded, match="too many proposals are under way, the limit is 2"):
        caller.propose()
    assert len(caller.proposals) == 2
    caller.answer(FIRST, APPLIED)
    assert caller.propose().request == FIRST + 2


def test_too_many_bytes_are_refused_too_but_never_the_only_one() -> None:
    told: list[object] = []
    proposals = Proposals(
        "me", first=1, retry_interval=1.0, limit=10, max_uncommitted=100, batch_bytes=100
    )
    for size in (150, 60):
        first = proposals.add(bytes(size), 0.0, 9.0, told.append)
        with pytest.raises(Overloaded, match=r"too many bytes of proposals .* the limit is 100"):
            proposals.add(bytes(41), 0.0, 9.0, told.append)
        proposals.applied(first, [Outcome(APPLIED, b"")], 0)
    second = proposals.add(bytes(60), 0.0, 9.0, told.append)
    proposals.forget(second)
    proposals.add(bytes(60), 0.0, 9.0, told.append)
    proposals.add(bytes(40), 0.0, 9.0, told.append)


@pytest.mark.parametrize("status", [APPLIED, FAILED])
def test_a_result_ends_it_once(status: AnswerStatus) -> None:
    caller = Caller()
    request = caller.propose().request
    caller.answer(request, status, b"result")
    caller.answer(request, status, b"again")
    caller.proposals.applied(request, [Outcome(APPLIED, b"again")], 0)
    assert caller.told[request] == [Outcome(status, b"result")]
    assert len(caller.proposals) == 0


def test_what_is_applied_here_ends_it_too() -> None:
    caller = Caller()
    request = caller.propose().request
    caller.proposals.applied(request, [Outcome(APPLIED, b"result")], 0)
    assert caller.told[request] == [Outcome(APPLIED, b"result")]


def test_answers_to_nobody_are_passed_over() -> None:
    caller = Caller()
    request = caller.propose().request
    caller.answer(FIRST - 1, APPLIED, b"for a life before this one")
    caller.proposals.applied(FIRST + 7, [Outcome(APPLIED, b"")], 0)
    assert caller.told[request] == []


@pytest.mark.parametrize("status", [UNKNOWN, NOT_LEADER])
def test_what_settles_nothing_leaves_it_open(status: AnswerStatus) -> None:
    caller = Caller()
    request = caller.propose().request
    caller.answer(request, status)
    assert caller.told[request] == []
    assert len(caller.proposals) == 1


def test_an_overload_ends_it_when_no_attempt_is_under_way() -> None:
    caller = Caller()
    request = caller.propose().request
    caller.answer(request, OVERLOADED)
    (error,) = caller.told[request]
    assert isinstance(error, Overloaded)
    assert error.limit == 4096
    assert "uncommitted bytes" in str(error)


def test_an_overload_says_nothing_while_another_attempt_may_be_in_a_log() -> None:
    caller = Caller()
    request = caller.propose().request
    caller.proposals.again(0.5)
    caller.answer(request, OVERLOADED)
    assert caller.told[request] == []
    caller.proposals.due(TIMEOUT)
    assert isinstance(caller.told[request][0], OutcomeUnknown)


# --- sessions that are forgotten ----------------------------------------------------------------


def born_of(proposed: Proposed) -> int:
    return decode_session_commands(proposed.data).born


def test_a_proposal_says_when_it_was_born_and_keeps_it_when_it_is_made_again() -> None:
    caller = Caller()
    caller.add()
    proposed = caller.proposals.take(0.0, 7)
    assert born_of(proposed) == 7
    assert [born_of(item) for item in caller.proposals.again(0.5)] == [7]
    assert [born_of(item) for item in caller.proposals.due(2.0)] == [7]


def test_those_that_expired_are_made_again_at_once_and_born_anew() -> None:
    caller = Caller()
    first, second = caller.add(), caller.add()
    caller.proposals.take(0.0, 0)
    again = caller.proposals.applied(first, [EXPIRED_OUTCOME] * 2, 9)
    assert again is not None
    assert (again.request, born_of(again)) == (first, 9)
    assert decode_session_commands(again.data).sequences == range(first, second + 1)
    assert [born_of(item) for item in caller.proposals.due(RETRY)] == [9]
    assert caller.proposals.applied(first, [Outcome(APPLIED, b"")] * 2, 10) is None
    assert caller.told == {first: [Outcome(APPLIED, b"")], second: [Outcome(APPLIED, b"")]}
    assert caller.proposals.applied(first, [EXPIRED_OUTCOME] * 2, 10) is None


def test_one_that_expired_where_this_member_did_not_look_is_not_made_again() -> None:
    caller = Caller()
    before = caller.propose().request
    waiting = caller.add()
    caller.proposals.skipped()
    after = caller.proposals.take(0.0, 5).request
    assert after == waiting
    assert caller.proposals.applied(before, [EXPIRED_OUTCOME], 9) is None
    (error,) = caller.told[before]
    assert isinstance(error, SessionExpired)
    assert isinstance(error, OutcomeUnknown)
    assert caller.proposals.applied(after, [EXPIRED_OUTCOME], 9) is not None


# --- time ---------------------------------------------------------------------------------------


def test_without_an_answer_it_is_made_again_with_the_same_number() -> None:
    caller = Caller()
    proposed = caller.propose()
    assert caller.proposals.deadline == RETRY
    assert caller.proposals.due(RETRY - 0.1) == []
    assert caller.proposals.due(RETRY) == [proposed]
    assert caller.proposals.deadline == 2 * RETRY
    assert caller.proposals.due(RETRY) == []
    assert caller.proposals.due(5.0) == [proposed]


def test_only_what_is_due_is_made_again() -> None:
    caller = Caller()
    first = caller.propose(0.0)
    second = caller.propose(0.5)
    assert caller.proposals.due(1.2) == [first]
    assert [item.request for item in caller.proposals.due(1.5)] == [second.request]


def test_a_new_leader_is_asked_for_all_at_once() -> None:
    caller = Caller()
    requests = [caller.propose().request for _ in range(3)]
    caller.answer(requests[1], APPLIED)
    assert [item.request for item in caller.proposals.again(0.9)] == [requests[0], requests[2]]
    assert caller.proposals.due(1.5) == []
    assert len(caller.proposals.due(1.9)) == 2


def test_out_of_time_its_outcome_is_unknown() -> None:
    caller = Caller()
    request = caller.propose(timeout=0.5).request
    assert caller.proposals.deadline == 0.5
    assert caller.proposals.due(0.5) == []
    (error,) = caller.told[request]
    assert isinstance(error, OutcomeUnknown)
    assert "may be applied, now or later, or not" in str(error)
    assert caller.proposals.deadline == inf


def test_out_of_time_and_never_sent_it_is_not_applied() -> None:
    caller = Caller()
    request = caller.propose().request
    caller.answer(request, NOT_LEADER)
    for second in range(1, 10):
        assert len(caller.proposals.due(float(second))) == 1
        caller.answer(request, NOT_LEADER)
    caller.proposals.due(TIMEOUT)
    (error,) = caller.told[request]
    assert isinstance(error, NoLeader)
    assert "is not applied" in str(error)


def test_one_attempt_that_was_sent_makes_the_outcome_unknown() -> None:
    caller = Caller()
    request = caller.propose().request
    caller.answer(request, NOT_LEADER)
    caller.proposals.again(0.5)
    caller.proposals.due(1.5)
    caller.answer(request, NOT_LEADER)
    caller.proposals.due(TIMEOUT)
    assert isinstance(caller.told[request][0], OutcomeUnknown)


def test_a_late_answer_to_one_that_ended_is_nothing() -> None:
    caller = Caller()
    request = caller.propose(timeout=0.5).request
    caller.proposals.due(0.5)
    caller.answer(request, APPLIED, b"late")
    assert len(caller.told[request]) == 1


# --- the end ------------------------------------------------------------------------------------


def test_what_is_forgotten_is_never_answered() -> None:
    caller = Caller()
    request = caller.propose().request
    caller.proposals.forget(request)
    caller.proposals.forget(request)
    caller.answer(request, APPLIED)
    caller.proposals.due(100.0)
    assert caller.told[request] == []
    assert len(caller.proposals) == 0


def test_at_the_end_each_gets_an_error_of_its_own() -> None:
    caller = Caller()
    for _ in range(2):
        caller.propose()
    caller.proposals.fail_all(lambda: Stopped("over"))
    (one,), (other,) = caller.told.values()
    assert isinstance(one, Stopped)
    assert one is not other
    assert caller.proposals.deadline == inf
    assert caller.proposals.due(100.0) == []


def test_a_callback_may_propose_again_and_forget_others() -> None:
    caller = Caller()
    proposals = caller.proposals
    requests: list[int] = []

    def done(_answer: object) -> None:
        proposals.forget(requests[1])
        requests.append(caller.propose(now=0.5).request)

    requests.extend(proposals.add(b"", 0.0, 0.5, done) for _ in range(2))
    proposals.take(0.0, 0)
    proposals.due(0.5)
    assert len(proposals) == 1
    assert requests == [FIRST, FIRST + 1, FIRST + 2]


class AnyOrder(RuleBasedStateMachine):
    """Whatever is answered when, each is told at most once, and "not applied" only for sure."""

    def __init__(self) -> None:
        super().__init__()
        self.caller = Caller(limit=4)
        self.now = 0.0
        self.under_way: dict[int, int] = {}
        self.forgotten: set[int] = set()

    def attempted(self, items: list[Proposed]) -> None:
        for item in items:
            self.under_way[item.request] += 1
            assert settled_of(item) <= item.request

    @precondition(lambda self: len(self.caller.proposals) < 4)
    @rule(timeout=st.sampled_from([0.5, 3.0]))
    def propose(self, timeout: float) -> None:
        self.under_way[self.caller.propose(self.now, timeout).request] = 1

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), status=st.sampled_from([APPLIED, NOT_LEADER, OVERLOADED, UNKNOWN]))
    def answer(self, data: st.DataObject, status: AnswerStatus) -> None:
        request = data.draw(st.sampled_from(sorted(self.under_way)))
        if status in (NOT_LEADER, OVERLOADED):
            if not self.under_way[request]:
                return
            self.under_way[request] -= 1
        self.caller.answer(request, status)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        request = data.draw(st.sampled_from(sorted(self.under_way)))
        if not self.caller.told[request]:
            self.forgotten.add(request)
        self.caller.proposals.forget(request)

    @rule()
    def again(self) -> None:
        self.attempted(self.caller.proposals.again(self.now))

    @rule(seconds=st.sampled_from([0.1, 0.6, 2.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.attempted(self.caller.proposals.due(self.now))
        assert self.caller.proposals.deadline > self.now

    @invariant()
    def each_is_told_once_and_the_truth(self) -> None:
        still_open = 0
        for request, told in self.caller.told.items():
            assert len(told) <= 1
            assert not (told and request in self.forgotten)
            if told and isinstance(told[0], NoLeader | Overloaded):
                assert self.under_way[request] == 0
            still_open += not told and request not in self.forgotten
        assert len(self.caller.proposals) == still_open


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=50, stateful_step_count=30)
