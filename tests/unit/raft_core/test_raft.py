"""The step: what it writes, what waits for the write, what is durable, committed and applied."""

from collections.abc import Callable
from math import inf

import pytest

from raft_core.config import Config
from raft_core.errors import InvariantBroken
from raft_core.io import (
    Copied,
    Persisted,
    Proposed,
    ReadRequested,
    Received,
    Resolved,
    Unreachable,
    Write,
)
from raft_core.membership import Configuration
from raft_core.messages import (
    OVERLOADED,
    Answer,
    AppendEntries,
    AppendReply,
    Forward,
    ForwardedProposal,
    Message,
    ReadIndex,
    ReadIndexReply,
    RequestVote,
    VoteReply,
)
from raft_core.types import Role
from tests.unit.raft_core.roles import blank, follower, in_every_role, memory
from tests.unit.raft_core.support import (
    Member,
    append,
    ask_vote,
    configured,
    entries,
    indexes,
    only,
    sent,
    terms,
)

# --- a step -------------------------------------------------------------------------------------


@in_every_role
@pytest.mark.parametrize("part", [0.0, 0.5, 0.999])
def test_a_tick_before_the_deadline_changes_nothing(
    make: Callable[[], Member], part: float
) -> None:
    member = make()
    before, deadline = memory(member.raft), member.out.deadline
    now = member.now + part * (min(deadline, member.now + 1e6) - member.now)
    out = member.raft.step(now, ())
    assert memory(member.raft) == before
    assert out.deadline == deadline
    assert (out.write, out.role, out.configuration) == (None, None, None)
    assert [*out.sends, *out.apply, *out.resolved, *out.answers] == []


@in_every_role
def test_a_late_tick_does_once_what_was_due(make: Callable[[], Member]) -> None:
    member = make()
    member.step(after=1e6)
    assert member.out.deadline > member.now
    assert member.out.deadline <= member.now + 1.5 or member.out.deadline == inf


@in_every_role
def test_the_same_inputs_give_the_same_outputs(make: Callable[[], Member]) -> None:
    one, other = make(), make()
    inputs = (
        Received("c", RequestVote(9, 9, 9, pre=False)),
        Received("b", append(9, 1, 1)),
        Proposed(1, b"x"),
    )
    assert one.step(*inputs, after=2.0) == other.step(*inputs, after=2.0)
    assert memory(one.raft) == memory(other.raft)


def test_what_is_no_input_is_the_callers_fault() -> None:
    with pytest.raises(TypeError, match="'tick' is no input"):
        blank().raft.step(101.0, ["tick"])  # type: ignore[list-item]


def test_a_role_or_a_configuration_is_told_once_when_it_changed() -> None:
    member = Member([1, 1])
    out = member.wait()
    assert (out.role, out.configuration) == (Role.PRE_CANDIDATE, None)
    out = member.receive(
        "b", AppendEntries(1, 3, 1, 0, (configured(4, 1, Configuration.of("ab")),))
    )
    assert (out.role, out.configuration) == (Role.FOLLOWER, Configuration.of("ab"))
    out = member.receive("b", append(1, 4, 1))
    assert (out.role, out.configuration) == (None, None)


def test_a_leader_of_one_step_is_not_told() -> None:
    member = Member([1, 1], term=3).stand()
    out = member.receive("b", VoteReply(4, granted=True, pre=False), append(9, 3, 1))
    assert (member.raft.role, member.raft.term) == (Role.FOLLOWER, 9)
    assert out.role is Role.FOLLOWER


# --- the write ----------------------------------------------------------------------------------


def test_a_step_that_changes_nothing_durable_writes_nothing() -> None:
    member = follower()
    assert member.receive("b", append(3, 3, 1)).write is None
    assert member.receive("c", RequestVote(3, 9, 9, pre=True)).write is None


def test_one_record_holds_term_vote_truncation_and_entries() -> None:
    member = Member([1, 1, 2], term=2, voted_for="b")
    out = member.receive("c", append(5, 2, 1, [3, 5]))
    write = out.write
    assert isinstance(write, Write)
    assert (write.id, write.term, write.voted_for) == (1, 5, None)
    assert write.truncate_from == 3
    assert write.entries == entries([3, 5], 3)
    assert write.vital


def test_many_messages_in_a_step_make_one_record() -> None:
    member = follower()
    out = member.receive("b", append(3, 3, 1, [2]), append(3, 4, 2, [2]), append(3, 5, 2, [3]))
    assert isinstance(out.write, Write)
    assert indexes(out.write.entries) == [4, 5, 6]


def test_a_record_without_a_new_term_or_vote_is_not_vital() -> None:
    out = follower().receive("b", append(3, 3, 1, [3]))
    assert isinstance(out.write, Write)
    assert not out.write.vital
    assert out.write.term == 3


def test_a_vote_is_vital() -> None:
    member = Member([1, 1], term=3)
    out = member.receive("b", ask_vote(member.raft, newer_by=0))
    assert isinstance(out.write, Write)
    assert (out.write.term, out.write.voted_for, out.write.vital) == (3, "b", True)
    assert out.write.entries == []


def test_writes_are_numbered_one_after_the_other() -> None:
    member = follower()
    for index in range(4, 8):
        member.receive("b", append(3, index - 1, member.raft.log.last_term, [3]))
    assert [write.id for write in member.writes] == [1, 2, 3, 4]


def test_what_was_never_written_need_not_be_truncated() -> None:
    member = follower()
    out = member.receive("b", append(3, 3, 1, [2, 2]), append(4, 3, 1, [4]))
    assert isinstance(out.write, Write)
    assert out.write.truncate_from == 0
    assert out.write.entries == entries([4], 4)


def test_a_tail_that_came_and_went_within_a_step_is_not_written() -> None:
    member = follower()
    out = member.receive("b", append(3, 3, 1, [2]), append(3, 3, 1, [2, 2]))
    assert isinstance(out.write, Write)
    assert indexes(out.write.entries) == [4, 5]


def test_the_lowest_of_two_truncations_in_a_step_counts() -> None:
    member = Member([1, 2, 2], term=3)
    out = member.receive("b", append(3, 3, 2, [3]), append(4, 1, 1, [4]))
    assert isinstance(out.write, Write)
    assert (out.write.truncate_from, out.write.entries) == (2, entries([4], 2))
    member = Member([1, 2, 2], term=3)
    out = member.receive("b", append(3, 1, 1, [3]), append(4, 1, 1, [4, 4, 4]))
    assert isinstance(out.write, Write)
    assert (out.write.truncate_from, out.write.entries) == (2, entries([4, 4, 4], 2))


# --- what waits for it ---------------------------------------------------------------------------


def test_an_answer_waits_for_the_write_of_its_step() -> None:
    member = follower()
    member.slow = True
    out = member.receive("b", append(3, 3, 1, [3]))
    assert [(type(send.message), send.after) for send in out.sends] == [(AppendReply, 1)]


def test_an_answer_of_a_step_without_a_write_waits_for_the_newest_one() -> None:
    member = follower()
    member.slow = True
    member.receive("b", append(3, 3, 1, [3]))
    out = member.receive("b", append(3, 3, 1, [3]))
    assert out.write is None
    assert [send.after for send in out.sends] == [1]


def test_answers_wait_for_what_comes_after_them_in_the_step() -> None:
    out = follower().receive("b", append(3, 3, 1), append(3, 3, 1, [3]))
    assert isinstance(out.write, Write)
    assert {send.after for send in out.sends} == {out.write.id}


@pytest.mark.parametrize(
    "message",
    [
        RequestVote(5, 9, 9, pre=False),
        append(5, 3, 1),
        append(5, 9, 9),
        AppendReply(5, accepted=True, match_index=2),
    ],
)
def test_whoever_hears_of_a_new_term_it_is_durable_first(message: Message) -> None:
    out = Member([1, 1], term=3).receive("b", message, append(4, 2, 1))
    assert isinstance(out.write, Write)
    assert out.write.term == 5
    assert out.sends
    assert all(send.after == out.write.id for send in out.sends)


def test_a_vote_is_asked_for_when_ones_own_is_durable_and_a_pre_vote_at_once() -> None:
    member = Member([1, 1], term=3, slow=True)
    out = member.wait()
    assert only(out, RequestVote).pre
    assert [send.after for send in out.sends] == [0]
    out = member.receive("b", VoteReply(4, granted=True, pre=True))
    assert not only(out, RequestVote).pre
    assert isinstance(out.write, Write)
    assert [send.after for send in out.sends] == [out.write.id]


def test_a_leader_sends_while_it_writes() -> None:
    member = Member([1, 1]).lead().settle()
    out = member.step(Proposed(1, b"x"))
    assert isinstance(out.write, Write)
    assert sent(out, AppendEntries)
    assert all(send.after == 0 for send in out.sends)


def test_a_refusal_to_a_forwarded_proposal_waits_too() -> None:
    member = follower()
    member.slow = True
    out = member.receive("b", append(3, 3, 1, [3]), Forward((ForwardedProposal(7, b""),)))
    assert {send.after for send in out.sends} == {1}


# --- replies of one step -------------------------------------------------------------------------


def test_one_answer_covers_all_that_a_leader_sent_into_a_step() -> None:
    member = follower()
    out = member.receive("b", append(3, 3, 1, [2]), append(3, 4, 2, [2, 2]), append(3, 3, 1))
    assert only(out, AppendReply) == AppendReply(3, accepted=True, match_index=6)


def test_a_refusal_in_between_has_an_answer_of_its_own() -> None:
    out = follower().receive("b", append(3, 3, 1, [2]), append(3, 9, 3), append(3, 4, 2, [3]))
    assert [(reply.accepted, reply.match_index) for reply in sent(out, AppendReply)] == [
        (False, 9),
        (True, 5),
    ]


def test_a_new_leader_in_the_step_is_not_told_what_matched_the_one_before() -> None:
    out = follower().receive("b", append(3, 3, 1, [3]), append(4, 2, 1))
    assert [send.to for send in out.sends] == [("b",)]
    assert only(out, AppendReply) == AppendReply(4, accepted=True, match_index=2)


def test_who_stops_following_in_the_step_answers_nobody() -> None:
    out = follower().receive("b", append(3, 3, 1, [3]), AppendReply(9, True, 1))
    assert out.sends == []
    member = Member([1, 1], term=3).ask()
    member.raft.accepted_upto = 3
    assert member.step().sends == []
    assert member.raft.accepted_upto is None


# --- durable, committed, applied ----------------------------------------------------------------


def test_only_what_is_committed_and_durable_here_is_applied() -> None:
    member = follower()
    member.slow = True
    out = member.receive("b", append(3, 3, 1, [3, 3], commit=5))
    assert (member.raft.commit_index, member.raft.durable_index) == (5, 3)
    assert indexes(out.apply) == [1, 2, 3]
    assert indexes(member.persist().apply) == [4, 5]


def test_nothing_is_applied_twice() -> None:
    member = follower()
    assert indexes(member.receive("b", append(3, 3, 1, commit=2)).apply) == [1, 2]
    assert indexes(member.receive("b", append(3, 3, 1, commit=2)).apply) == []
    assert indexes(member.receive("b", append(3, 3, 1, commit=3)).apply) == [3]


def test_a_write_makes_all_before_it_durable() -> None:
    member = follower()
    member.slow = True
    for index in (4, 5, 6):
        member.receive("b", append(3, index - 1, member.raft.log.last_term, [3]))
    member.step(Persisted(2))
    assert member.raft.durable_index == 5
    member.step(Persisted(1), Persisted(3))
    assert member.raft.durable_index == 6


def test_a_leaders_own_write_may_be_the_last_that_a_commit_lacks() -> None:
    member = Member([1, 1]).lead()
    member.slow = True
    member.step(Proposed(1, b"x"))
    last = member.raft.log.last_index
    member.accept("b")
    assert member.raft.commit_index < last
    member.persist()
    assert member.raft.commit_index == last


def test_what_is_truncated_while_it_is_written_is_not_durable() -> None:
    member = follower()
    member.slow = True
    member.receive("b", append(3, 3, 1, [3, 3, 3]))  # write 1: entries 4 to 6
    member.receive("c", append(4, 4, 3, [4]))  # write 2: 5 and 6 go, another 5 comes
    member.step(Persisted(1))
    assert member.raft.durable_index == 4
    member.step(Persisted(2))
    assert member.raft.durable_index == 5
    assert terms(member.raft) == [1, 1, 1, 3, 4]


def test_what_is_truncated_is_durable_no_more() -> None:
    member = follower()
    member.slow = True
    member.receive("b", append(3, 1, 1, [3]))
    assert member.raft.durable_index == 1
    member.step(Persisted(1))
    assert member.raft.durable_index == 2


def test_a_committed_entry_is_never_truncated_but_the_member_stops() -> None:
    member = follower()
    member.receive("b", append(3, 3, 1, commit=2))
    with pytest.raises(InvariantBroken, match="entry 2 would be truncated, but all up to 2"):
        member.receive("c", append(4, 1, 1, [4]))


def test_a_configuration_is_in_force_when_appended_and_goes_when_truncated() -> None:
    member = follower()
    first, second = Configuration.of("abc", "d"), Configuration.of("abcde", "", "abc")
    new = (configured(4, 3, first), configured(5, 3, second))
    member.receive("b", AppendEntries(3, 3, 1, 0, new))
    assert (member.raft.configuration, member.raft.configuration_index) == (second, 5)
    member.receive("c", append(4, 4, 3, [4]))
    assert (member.raft.configuration, member.raft.configuration_index) == (first, 4)
    member.receive("c", append(5, 3, 1, [5]))
    assert (member.raft.configuration, member.raft.configuration_index) == (
        Configuration.of("abc"),
        1,
    )


def test_only_a_candidate_becomes_leader() -> None:
    with pytest.raises(InvariantBroken, match="a follower cannot become leader"):
        follower().raft.become_leader()


def test_inputs_are_taken_in_their_order() -> None:
    member = Member([1, 1]).lead()
    member.receive("b", AppendReply(2, True, 4), AppendReply(9, True, 4))
    assert member.raft.commit_index == 4
    member = Member([1, 1]).lead()
    member.receive("b", AppendReply(9, True, 4), AppendReply(2, True, 4))
    assert member.raft.commit_index == 0


def test_a_follower_hears_of_lost_messages_without_harm() -> None:
    member = follower()
    before = memory(member.raft)
    assert member.step(Unreachable("b")).sends == []
    assert memory(member.raft) == before


def test_a_refusal_of_this_members_own_proposal_is_no_message() -> None:
    small = Config(max_uncommitted_bytes=4, max_proposal_bytes=4)
    member = Member([1, 1], term=3, config=small).lead().settle()
    out = member.step(Proposed(7, b"12345"))
    assert out.answers == [Answer(7, OVERLOADED)]
    assert list(out.sends) == []


def test_what_a_leader_applies_is_said_to_be_whose() -> None:
    member = Member([1, 1], term=3).lead().settle()
    member.step(Proposed(7, b"x"))
    member.receive("b", Forward((ForwardedProposal(8, b"x"),)))
    assert member.accept("c").resolved == [Resolved(5, "", 7), Resolved(6, "b", 8)]
    assert (member.raft.pending, member.raft.proposed) == ({}, set())


def test_a_read_of_a_follower_goes_to_the_leader_and_its_answer_comes_out() -> None:
    member = follower()
    asked = only(member.step(ReadRequested(7)), ReadIndex)
    assert member.receive("b", ReadIndexReply(asked.request, 0)).reads == [7]


def test_who_is_shown_to_be_a_copy_leads_no_more() -> None:
    member = Member([1]).lead()
    out = member.step(Copied())
    assert (out.role, member.raft.suspect) == (Role.FOLLOWER, True)
