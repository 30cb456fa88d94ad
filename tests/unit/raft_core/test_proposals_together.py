"""Proposals that wait for the same step share an entry, and are answered one by one."""

from raft_core.config import Config
from raft_core.errors import NoLeader, OutcomeUnknown, Overloaded
from raft_core.messages import APPLIED, NOT_LEADER, OVERLOADED
from raft_core.proposals import MOST_BATCHES, SMALL_BATCH, Proposals
from raft_core.sessions import Outcome, decode_session_commands
from tests.unit.raft_core.caller import RETRY, Caller


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


def test_a_batch_is_worth_its_while_with_a_quarter_of_what_is_open() -> None:
    caller = Caller(limit=100)
    assert not caller.proposals.is_ready()
    under_way = [caller.add() for _ in range(MOST_BATCHES)]
    assert caller.proposals.is_ready()
    while caller.proposals.waiting:
        caller.proposals.take(0.0, 0)
    caller.add()
    assert not caller.proposals.is_ready()
    caller.add()
    assert caller.proposals.is_ready()
    caller.proposals.take(0.0, 0)
    caller.add()
    for request in under_way[:3]:
        assert not caller.proposals.is_ready()
        caller.answer(request, APPLIED)
    assert caller.proposals.is_ready()


def test_a_batch_has_so_many_bytes_at_most_but_a_larger_command_goes_alone() -> None:
    caller = Caller()
    for size in (60, 30, 1, 300, 60, 31, 300):
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
        [300],
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


def test_one_out_of_time_before_its_first_step_is_not_proposed_any_more() -> None:
    """Without a leader a few wait beside many for an answer that does not come."""
    caller = Caller()
    forgotten, first = caller.add(), caller.add(timeout=0.5)
    second = caller.add()
    caller.proposals.forget(forgotten)
    caller.proposals.due(0.5)
    assert [type(error) for error in caller.told[first]] == [NoLeader]
    batch = decode_session_commands(caller.proposals.take(0.5, 0).data)
    assert (list(batch.sequences), batch.settled) == ([second], second)


def test_one_out_of_time_behind_others_that_wait_is_about_to_be_proposed_all_the_same() -> None:
    caller = Caller()
    first, second = caller.add(), caller.add(timeout=0.5)
    caller.proposals.due(0.5)
    assert [type(error) for error in caller.told[second]] == [OutcomeUnknown]
    batch = decode_session_commands(caller.proposals.take(0.5, 0).data)
    assert list(batch.sequences) == [first, second]
