"""A proposal from call to answer: each ends once, and with what is known of it."""

from math import inf

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from raft_core.config import Config
from raft_core.errors import (
    NoLeader,
    OutcomeUnknown,
    Overloaded,
    RaftError,
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
    Answer,
    AnswerStatus,
)
from raft_core.proposals import SMALL_BATCH, Proposals
from raft_core.sessions import Outcome, decode_session_commands

FIRST = 1000
TIMEOUT = 10.0
RETRY = 1.0
EXPIRED_OUTCOME = Outcome(EXPIRED, b"")


class Caller:
    """Proposes, and remembers what it was told. Time begins at 0."""

    def __init__(self, limit: int = 10) -> None:
        self.proposals = Proposals(
            "me",
            first=FIRST,
            retry_interval=RETRY,
            limit=limit,
            max_uncommitted=4096,
            batch_bytes=100,
        )
        self.told: dict[int, list[Outcome | RaftError]] = {}

    def propose(self, now: float = 0.0, timeout: float = TIMEOUT) -> Proposed:
        """One that travels alone."""
        self.add(now, timeout)
        return self.proposals.take(now, 0)

    def add(self, now: float = 0.0, timeout: float = TIMEOUT, command: bytes = b"command") -> int:
        """One that waits for a batch."""
        told: list[Outcome | RaftError] = []
        request = self.proposals.add(command, now, timeout, told.append)
        self.told[request] = told
        return request

    def answer(self, request: int, status: AnswerStatus, data: bytes = b"") -> None:
        self.proposals.answer([Answer(request, status, data)])


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
        proposals.resolve(first, Outcome(APPLIED, b""))
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
    caller.proposals.resolve(request, Outcome(APPLIED, b"again"))
    assert caller.told[request] == [Outcome(status, b"result")]
    assert len(caller.proposals) == 0


def test_what_is_applied_here_ends_it_too() -> None:
    caller = Caller()
    request = caller.propose().request
    caller.proposals.resolve(request, Outcome(APPLIED, b"result"))
    assert caller.told[request] == [Outcome(APPLIED, b"result")]


def test_answers_to_nobody_are_passed_over() -> None:
    caller = Caller()
    request = caller.propose().request
    caller.answer(FIRST - 1, APPLIED, b"for a life before this one")
    caller.proposals.resolve(FIRST + 7, Outcome(APPLIED, b""))
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


# --- those that travel together -----------------------------------------------------------------


def test_what_waits_for_the_same_step_shares_an_entry_and_is_answered_one_by_one() -> None:
    caller = Caller()
    requests = [caller.add(command=b"%d" % number) for number in range(3)]
    proposed = caller.proposals.take(0.0, 0)
    batch = decode_session_commands(proposed.data)
    assert (proposed.request, list(batch.sequences)) == (requests[0], requests)
    assert batch.commands == (b"0", b"1", b"2")
    assert caller.proposals.waiting == []
    outcomes = [Outcome(APPLIED, b"%d" % number) for number in range(3)]
    caller.proposals.applied(proposed.request, outcomes, 3)
    assert [caller.told[request] for request in requests] == [[outcome] for outcome in outcomes]
    assert caller.proposals.due(RETRY) == []


def test_it_is_made_again_whole_while_one_of_it_is_open() -> None:
    caller = Caller()
    first, second = caller.add(), caller.add()
    proposed = caller.proposals.take(0.0, 0)
    caller.answer(first, APPLIED)
    assert caller.proposals.again(0.5) == [proposed]
    caller.answer(second, APPLIED)
    assert caller.proposals.again(0.5) == []
    assert len(caller.told[first]) == len(caller.told[second]) == 1


def test_many_are_made_two_halves_so_that_one_is_on_its_way_while_the_other_is_answered() -> None:
    caller = Caller(limit=1000)
    caller.proposals = Proposals(
        "me", first=1, retry_interval=1, limit=1000, max_uncommitted=10**6, batch_bytes=10**5
    )
    for _ in range(200):
        caller.add()
    sizes = []
    while caller.proposals.waiting:
        batch = decode_session_commands(caller.proposals.take(0.0, 0).data)
        sizes.append((batch.first, len(batch.commands)))
    assert sizes == [(1, 100), (101, 100)]
    for _ in range(SMALL_BATCH):
        caller.add()
    batch = decode_session_commands(caller.proposals.take(0.0, 0).data)
    assert (batch.first, len(batch.commands)) == (201, SMALL_BATCH)


def test_a_batch_has_so_many_bytes_at_most_but_a_larger_command_goes_alone() -> None:
    caller = Caller()
    for size in (60, 30, 1, 300, 60, 31):
        caller.add(command=bytes(size))
    taken = []
    while caller.proposals.waiting:
        taken.append(decode_session_commands(caller.proposals.take(0.0, 0).data).commands)
    assert [[len(command) for command in commands] for commands in taken] == [
        [60, 30],
        [1],
        [300],
        [60],
        [31],
    ]


def test_a_member_makes_no_batch_that_its_own_settings_refuse() -> None:
    config = Config(max_proposal_bytes=1000)
    proposals = Proposals.under(config, "0123456789abcdef", first=2**63)
    for _ in range(100):
        proposals.add(bytes(20), 0.0, 9.0, lambda _: None)
    while proposals.waiting:
        assert len(proposals.take(0.0, 2**63).data) <= 1000


def test_all_that_travel_together_are_refused_together() -> None:
    caller = Caller()
    first, second, third = caller.add(), caller.add(), caller.add()
    caller.proposals.take(0.0, 0)
    caller.proposals.forget(second)
    caller.answer(first, OVERLOADED)
    assert [type(caller.told[request][0]) for request in (first, third)] == [Overloaded] * 2
    assert caller.told[second] == []
    assert caller.proposals.again(0.5) == []


def test_one_is_told_that_it_is_not_applied_only_if_all_it_travels_with_end_with_it() -> None:
    caller = Caller()
    short, long = caller.add(timeout=0.5), caller.add(timeout=0.7)
    caller.proposals.take(0.0, 0)
    caller.answer(short, NOT_LEADER)
    caller.proposals.due(0.5)
    caller.proposals.due(0.7)
    assert [type(caller.told[request][0]) for request in (short, long)] == [
        OutcomeUnknown,
        NoLeader,
    ]


def test_one_forgotten_before_its_first_step_is_proposed_for_nobody() -> None:
    caller = Caller()
    first, second = caller.add(), caller.add()
    caller.proposals.forget(first)
    proposed = caller.proposals.take(0.0, 0)
    assert list(decode_session_commands(proposed.data).sequences) == [first, second]
    caller.proposals.forget(second)
    assert caller.proposals.again(0.5) == []
    caller.add()
    caller.proposals.forget(second + 1)
    caller.proposals.take(0.0, 0)
    assert caller.proposals.again(0.5) == []


def test_one_out_of_time_before_its_first_step_is_about_to_be_proposed_all_the_same() -> None:
    caller = Caller()
    request = caller.add(timeout=0.5)
    caller.proposals.due(0.5)
    assert [type(error) for error in caller.told[request]] == [OutcomeUnknown]
    assert caller.proposals.take(0.5, 0).request == request


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
