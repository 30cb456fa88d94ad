"""ReadIndex: a read may be answered where a quorum has said that nobody else was elected."""

from collections.abc import Callable

import pytest

from raft_core.config import Config
from raft_core.io import Output, Proposed, ReadRequested, Received
from raft_core.membership import Configuration
from raft_core.messages import (
    AppendEntries,
    AppendReply,
    ReadIndex,
    ReadIndexReply,
    RequestVote,
    VoteReply,
)
from raft_core.progress import PeerProgress
from raft_core.types import Role
from tests.unit.raft_core import thrifty
from tests.unit.raft_core.roles import in_every_role, memory
from tests.unit.raft_core.support import Member, append, configured, only, sent

READ = ReadRequested(7)
LEASE = Config(read_lease=0.9)


def leader(configuration: Configuration | None = None) -> Member:
    """One with all committed and applied."""
    made = Member([1, 1], configuration=configuration or Configuration.of("abc"))
    return made.lead().settle()


def answered(member: Member, peer: str, number: int) -> Output:
    """``peer`` has the whole log, and answers that round of heartbeats."""
    raft = member.raft
    reply = AppendReply(raft.term, True, raft.log.last_index, read_round=number)
    return member.receive(peer, reply)


# --- a leader -----------------------------------------------------------------------------------


def test_a_read_begins_a_round_of_heartbeats_at_once() -> None:
    member = leader()
    out = member.step(READ)
    (message,) = sent(out, AppendEntries)
    assert (message.entries, message.read_round) == ((), 1)
    assert out.sends[0].to == ("b", "c")
    assert out.sends[0].after == 0
    assert not out.reads


def test_it_is_valid_once_a_quorum_has_answered_that_round() -> None:
    member = leader()
    member.step(READ)
    assert answered(member, "c", 1).reads == [7]
    assert not answered(member, "b", 1).reads


def test_answers_to_earlier_rounds_prove_nothing_of_a_later_read() -> None:
    member = leader()
    member.step(READ)
    member.step(ReadRequested(8))
    assert not answered(member, "b", 0).reads
    assert answered(member, "b", 1).reads == [7]
    assert not answered(member, "c", 1).reads
    assert answered(member, "b", 2).reads == [8]


def test_an_answer_that_comes_together_with_the_question_is_none_to_it() -> None:
    member = leader()
    member.step(READ)
    reply = AppendReply(member.raft.term, True, member.raft.log.last_index, read_round=1)
    assert member.step(ReadRequested(8), Received("b", reply)).reads == [7]
    assert answered(member, "b", 2).reads == [8]


def test_a_round_that_never_began_is_not_believed() -> None:
    member = leader()
    answered(member, "b", 2**63)
    member.step(READ)
    assert not answered(member, "c", 0).reads


def test_all_questions_of_a_step_share_a_round() -> None:
    member = leader()
    out = member.step(READ, ReadRequested(8), Received("c", ReadIndex(9)))
    assert only(out, AppendEntries).read_round == 1
    out = answered(member, "b", 1)
    assert out.reads == [7, 8]
    assert only(out, ReadIndexReply) == ReadIndexReply(9, member.raft.commit_index)


def test_entries_that_leave_anyway_take_the_round_along() -> None:
    member = Member([1, 1]).lead()
    member.accept("b")
    member.accept("c")
    out = member.step(Proposed(1, b"x"), READ)
    message = only(out, AppendEntries)
    assert (len(message.entries), message.read_round) == (1, 1)


def test_a_heartbeat_repeats_a_round_that_was_lost() -> None:
    member = leader()
    member.step(READ)
    out = member.step(after=member.raft.config.heartbeat_interval)
    assert {message.read_round for message in sent(out, AppendEntries)} == {1}


def test_a_leader_without_peers_is_sure_of_itself() -> None:
    member = Member([1, 1], configuration=Configuration.of("a"))
    member.wait()
    assert member.raft.role is Role.LEADER
    out = member.step(READ)
    assert (out.reads, out.sends) == ([7], [])


def test_a_new_leader_first_commits_an_entry_of_its_own() -> None:
    member = Member([1, 1]).lead()
    assert member.raft.commit_index < member.raft.term_start
    member.step(READ)
    prev = member.raft.term_start - 1
    out = member.receive("b", AppendReply(member.raft.term, True, prev, read_round=1))
    assert not out.reads
    assert member.accept("b").reads == [7]


def test_what_is_committed_and_not_yet_durable_here_is_waited_for() -> None:
    member = Member([1, 1], slow=True).stand()
    member.persist()
    member.receive("b", VoteReply(member.raft.term, granted=True, pre=False))
    assert member.raft.role is Role.LEADER
    member.accept("b")
    member.accept("c")
    assert member.raft.commit_index == member.raft.term_start
    member.step(READ)
    assert not answered(member, "b", 1).reads
    member.persist()
    assert member.out.reads == [7]


def test_while_joint_both_majorities_must_answer() -> None:
    member = leader()
    member.raft.append((configured(5, member.raft.term, Configuration.of("ade", (), "abc")),))
    for peer in "de":
        member.raft.progress[peer] = PeerProgress(1, member.now)
    out = member.step(READ)
    assert sorted(peer for send in out.sends for peer in send.to) == ["b", "c", "d", "e"]
    assert not answered(member, "b", 1).reads
    assert not answered(member, "c", 1).reads
    assert answered(member, "d", 1).reads == [7]


def test_learners_are_not_asked_and_do_not_count() -> None:
    member = leader(Configuration.of("abc", "d"))
    out = member.step(READ)
    assert only(out, AppendEntries).read_round == 1
    assert out.sends[0].to == ("b", "c")
    assert not answered(member, "d", 1).reads


@pytest.mark.parametrize("asker", ["b", "d"])
def test_a_member_that_asks_is_answered_with_the_commit_index(asker: str) -> None:
    member = leader(Configuration.of("abc", "d"))
    member.receive(asker, ReadIndex(9))
    out = answered(member, "c", 1)
    assert only(out, ReadIndexReply) == ReadIndexReply(9, member.raft.commit_index)
    assert out.sends[0].to == (asker,)
    assert not out.reads


def test_a_stranger_is_not_answered() -> None:
    member = leader()
    before = memory(member.raft)
    assert member.receive("x", ReadIndex(9)).sends == []
    assert memory(member.raft) == before


def test_who_leads_no_more_confirms_nothing() -> None:
    member = leader()
    member.step(READ)
    term = member.raft.term
    member.receive("c", AppendReply(term + 1, False, 0))
    assert member.raft.role is Role.FOLLOWER
    assert not member.receive("b", AppendReply(term, True, 4, read_round=1)).reads
    member.lead().settle()
    for peer in "bc":
        assert not answered(member, peer, 1).reads


def test_a_leader_nobody_hears_confirms_nothing_and_gives_up() -> None:
    member = leader()
    member.step(READ)
    for _ in range(20):
        assert not member.step(after=0.1).reads
    assert member.raft.role is not Role.LEADER


def test_the_rounds_of_a_term_begin_anew() -> None:
    member = leader()
    for request in range(5):
        member.step(ReadRequested(request))
    answered(member, "b", 5)
    member.receive("c", AppendReply(member.raft.term + 1, False, 0))
    member.lead().settle()
    assert only(member.step(READ), AppendEntries).read_round == 1
    assert not answered(member, "c", 0).reads
    assert answered(member, "c", 1).reads == [7]


# --- with a lease, see test_lease ---------------------------------------------------------------


def leasing() -> Member:
    """A leader with a lease, whose first heartbeat nobody has answered yet."""
    member = Member([1, 1], configuration=Configuration.of("abc", "d"), config=LEASE)
    member.lead().settle().step(after=LEASE.heartbeat_interval)
    return member


def test_with_a_lease_each_heartbeat_is_a_round() -> None:
    member = leasing()
    begun = member.raft.reads.round
    out = member.step(after=LEASE.heartbeat_interval)
    assert {message.read_round for message in sent(out, AppendEntries)} == {begun + 1}


def test_which_a_question_of_the_same_step_shares() -> None:
    member = leasing()
    begun = member.raft.reads.round
    out = member.step(READ, after=LEASE.heartbeat_interval)
    assert {message.read_round for message in sent(out, AppendEntries)} == {begun + 1}
    assert answered(member, "b", begun + 1).reads == [7]


def test_while_it_holds_questions_are_answered_in_their_step() -> None:
    member = leasing()
    answered(member, "b", member.raft.reads.round)
    out = member.step(READ, Received("d", ReadIndex(9)))
    assert out.reads == [7]
    assert only(out, ReadIndexReply) == ReadIndexReply(9, member.raft.commit_index)
    assert sent(out, AppendEntries) == []


def test_while_it_does_not_each_waits_for_its_round() -> None:
    member = leasing()
    out = member.step(READ)
    assert not out.reads
    round_of_it = only(out, AppendEntries).read_round
    assert not answered(member, "b", round_of_it - 1).reads
    assert answered(member, "b", round_of_it).reads == [7]


# --- everybody else -----------------------------------------------------------------------------


def test_a_follower_asks_its_leader() -> None:
    member = Member([1, 1])
    member.follow("b")
    out = member.step(READ)
    assert only(out, ReadIndex) == ReadIndex(7)
    assert out.sends[0].to == ("b",)
    assert not out.reads


def test_it_reads_where_the_index_is_applied() -> None:
    member = Member([1, 1])
    member.follow("b", commit=2)
    member.step(READ)
    assert not member.receive("b", ReadIndexReply(7, 3)).reads
    assert member.receive("b", append(1, 3, 1, commit=3)).reads == [7]
    member.step(ReadRequested(8))
    assert member.receive("b", ReadIndexReply(8, 3)).reads == [8]


def test_the_leaders_word_holds_in_every_term() -> None:
    member = Member([1, 1])
    member.follow("b", commit=3)
    member.step(READ)
    member.receive("c", RequestVote(member.raft.term + 1, 9, 9, pre=False), after=5.0)
    assert member.receive("b", ReadIndexReply(7, 3)).reads == [7]


@in_every_role
def test_without_a_leader_nothing_is_asked_and_nothing_is_valid(
    make: Callable[[], Member],
) -> None:
    member = make()
    if member.raft.leader is not None:
        member.receive("c", AppendReply(member.raft.term + 1, False, 0))
    assert member.raft.leader is None
    before = memory(member.raft)
    out = member.step(READ)
    assert not out.sends
    assert not out.reads
    assert memory(member.raft) == before


@in_every_role
def test_who_does_not_lead_says_nothing_to_who_asks(make: Callable[[], Member]) -> None:
    member = make()
    if member.raft.role is Role.LEADER:
        member.receive("b", AppendReply(member.raft.term + 1, False, 0))
    assert member.receive("b", ReadIndex(9)).sends == []


def test_an_answer_says_to_which_round_it_is() -> None:
    member = Member([1])
    message = AppendEntries(1, 2, 1, 0, (), 5)
    assert only(member.receive("b", message), AppendReply) == AppendReply(1, True, 2, read_round=5)


def test_one_answer_for_several_messages_is_to_the_latest_round() -> None:
    member = Member([1])
    messages = [AppendEntries(1, 2, 1, 0, (), number) for number in (5, 7, 6)]
    assert only(member.receive("b", *messages), AppendReply).read_round == 7
    assert only(member.receive("b", append(1, 2, 1)), AppendReply).read_round == 0


def test_a_refusal_is_an_answer_to_the_round_too() -> None:
    member = Member([1])
    message = AppendEntries(1, 8, 1, 0, (), 5)
    reply = only(member.receive("b", message), AppendReply)
    assert (reply.accepted, reply.read_round) == (False, 5)


def test_a_round_of_an_earlier_term_is_not_answered() -> None:
    """Numbers begin anew in each term: it would be taken for one of the new leader's."""
    member = Member([1], term=3)
    reply = only(member.receive("b", AppendEntries(1, 2, 1, 0, (), 5)), AppendReply)
    assert (reply.term, reply.read_round) == (3, 0)
    old, new = AppendEntries(3, 2, 1, 0, (), 5), AppendEntries(4, 2, 1, 0, (), 1)
    out = member.step(Received("b", old), Received("c", new))
    assert only(out, AppendReply) == AppendReply(4, True, 2, read_round=1)


def test_a_member_that_was_removed_is_not_answered() -> None:
    member = leader(Configuration.of("abc"))
    member.receive("c", ReadIndex(9))
    member.raft.append((configured(5, member.raft.term, Configuration.of("ab")),))
    del member.raft.progress["c"]
    member.receive("c", ReadIndex(10))
    out = answered(member, "b", 1)
    assert [message.request for message in sent(out, ReadIndexReply)] == [9]


def test_the_answer_of_a_peer_that_is_a_copy_confirms_nothing() -> None:
    """Its terms are not those of the original: that it knows of no newer one says nothing."""
    member = leader()
    member.step(ReadRequested(7))
    raft = member.raft
    copy = AppendReply(raft.term, True, raft.log.last_index, 0, 0, 1, 2, True, True)
    assert member.receive("b", copy).reads == ()
    assert raft.reads.answered_by_quorum(raft) == 0
    assert list(answered(member, "c", 1).reads) == [7]


def test_who_is_to_read_what_a_thrifty_leader_holds_back_gets_it_with_the_question() -> None:
    member = thrifty.leader()
    thrifty.propose(member)
    thrifty.answer(member, "b")
    member.receive("c", ReadIndex(1))
    assert thrifty.got(member)["c"] == [[5]]
