"""What every member answers: votes, AppendEntries, answers to its proposals."""

import pytest

from raft_core.codec import Standing
from raft_core.config import Config
from raft_core.io import Proposed, Received, SnapshotTaken
from raft_core.membership import Configuration
from raft_core.messages import (
    APPLIED,
    CONFIGURATION,
    FAILED,
    NOT_LEADER,
    OVERLOADED,
    UNKNOWN,
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedProposal,
    ForwardReply,
    RequestVote,
    VoteReply,
)
from raft_core.types import Role
from tests.unit.raft_core.roles import ROLES, follower, memory
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

# --- votes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "last_index,last_term,granted",
    [
        (4, 3, True),  # the same log
        (5, 3, True),
        (3, 3, False),  # shorter
        (2, 4, True),  # shorter, but of a later term
        (9, 2, False),  # longer, but of an earlier one: the item the ancestor got wrong
    ],
)
@pytest.mark.parametrize("pre", [True, False])
def test_a_vote_needs_a_log_at_least_as_new_by_term_and_then_index(
    last_index: int, last_term: int, granted: bool, pre: bool
) -> None:
    member = Member([1, 3, 3])
    reply = only(member.receive("b", RequestVote(4, last_index, last_term, pre)), VoteReply)
    assert (reply.granted, reply.pre) == (granted, pre)


def test_one_vote_a_term_to_whoever_comes_first() -> None:
    member = Member([1, 1], term=3)
    ask = ask_vote(member.raft)
    assert only(member.receive("b", ask), VoteReply) == VoteReply(4, granted=True, pre=False)
    assert only(member.receive("c", ask), VoteReply) == VoteReply(4, granted=False, pre=False)
    assert member.raft.voted_for == "b"


def test_the_same_candidate_gets_the_same_answer_again_and_no_second_record() -> None:
    member = Member([1, 1], term=3)
    ask = ask_vote(member.raft)
    member.receive("b", ask)
    deadline = member.raft.election_deadline
    out = member.receive("b", ask, after=0.3)
    assert only(out, VoteReply).granted
    assert out.write is None
    assert member.raft.election_deadline == deadline


def test_a_vote_is_remembered_over_a_restart() -> None:
    member = Member([1, 1], term=3, voted_for="b")
    assert not only(member.receive("c", ask_vote(member.raft, newer_by=0)), VoteReply).granted
    assert only(member.receive("b", ask_vote(member.raft, newer_by=0)), VoteReply).granted


def test_a_vote_of_an_earlier_term_binds_nobody() -> None:
    member = Member([1, 1], term=3, voted_for="b")
    assert only(member.receive("c", ask_vote(member.raft)), VoteReply).granted


def test_who_follows_a_leader_of_the_term_votes_for_nobody_else_in_it() -> None:
    member = follower()
    ask = ask_vote(member.raft, newer_by=0)
    assert not only(member.receive("c", ask), VoteReply).granted


@pytest.mark.parametrize("role", ["candidate", "leader"])
def test_who_voted_for_itself_votes_for_nobody_else(role: str) -> None:
    member = ROLES[role]()
    assert not only(member.receive("c", ask_vote(member.raft, newer_by=0)), VoteReply).granted


def test_a_pre_vote_is_granted_in_the_name_of_the_term_to_come_and_binds_nobody() -> None:
    member = Member([1, 1], term=3)
    before = memory(member.raft)
    for candidate in "bc":
        reply = only(member.receive(candidate, ask_vote(member.raft, pre=True)), VoteReply)
        assert reply == VoteReply(4, granted=True, pre=True)
    assert memory(member.raft) == before


def test_a_pre_vote_for_a_term_that_is_not_newer_is_refused_in_our_own() -> None:
    member = Member([1, 1], term=3)
    reply = only(member.receive("b", ask_vote(member.raft, newer_by=0, pre=True)), VoteReply)
    assert reply == VoteReply(3, granted=False, pre=True)


def test_who_does_not_know_the_members_yet_votes_too() -> None:
    # It may be a voter of a configuration whose entry it has not received.
    member = Member(configuration=None)
    assert only(member.receive("b", RequestVote(1, 0, 0, pre=False)), VoteReply).granted


# --- AppendEntries: where the logs agree ----------------------------------------------------------


@pytest.mark.parametrize(
    "ours,message,then",
    [
        ([], append(3, 1, 1, [3, 3]), [1, 3, 3]),
        ([1], append(3, 2, 1, [3]), [1, 1, 3]),
        ([1, 1], append(3, 3, 1), [1, 1, 1]),
        # what is there already stays as it is
        ([1, 1], append(3, 1, 1, [1]), [1, 1, 1]),
        ([1, 1], append(3, 1, 1, [1, 1]), [1, 1, 1]),
        ([1, 1], append(3, 2, 1), [1, 1, 1]),
        ([1, 1], append(3, 1, 1, [1, 1, 3]), [1, 1, 1, 3]),
        # only a conflict truncates
        ([1, 1], append(3, 1, 1, [2]), [1, 2]),
        ([1, 1, 1], append(3, 1, 1, [1, 3]), [1, 1, 3]),
        ([1, 1, 1], append(3, 1, 1, [1, 3, 3, 3]), [1, 1, 3, 3, 3]),
        ([2, 2, 2], append(3, 0, 0, [1]), [1, 2, 2, 2]),
    ],
)
def test_entries_are_merged_into_the_log(
    ours: list[int], message: AppendEntries, then: list[int]
) -> None:
    member = Member(ours, term=3)
    reply = only(member.receive("b", message), AppendReply)
    assert terms(member.raft) == then
    assert reply == AppendReply(3, True, message.prev_log_index + len(message.entries))


def test_the_first_entries_come_into_an_empty_log() -> None:
    # With one entry and an empty follower the ancestor crashed.
    member = Member(configuration=None)
    message = AppendEntries(1, 0, 0, 1, (configured(1, 1),))
    assert only(member.receive("b", message), AppendReply) == AppendReply(1, True, 1)
    assert member.raft.configuration == Configuration.of("abc")


def test_an_old_message_arriving_late_cuts_nothing_off() -> None:
    member = follower()
    late = append(3, 3, 1, [3])
    member.receive("b", append(3, 3, 1, [3, 3, 3]))
    out = member.receive("b", late)
    assert out.write is None
    assert terms(member.raft) == [1, 1, 1, 3, 3, 3]
    assert only(out, AppendReply) == AppendReply(3, True, 4)


@pytest.mark.parametrize(
    "ours,prev,prev_term,hint,hint_term",
    [
        ([1], 9, 3, 2, 1),  # too short
        ([1, 2, 2], 4, 1, 2, 1),  # our term is later there: none of it can match
        ([1, 1, 1], 4, 3, 4, 1),  # our term is earlier there: it may match up to here
        ([1, 3, 3, 3], 9, 2, 2, 1),  # too short, and of later terms
    ],
)
def test_a_refusal_hints_where_the_logs_may_still_agree(
    ours: list[int], prev: int, prev_term: int, hint: int, hint_term: int
) -> None:
    member = Member(ours, term=3)
    out = member.receive("b", append(3, prev, prev_term, [3]))
    assert only(out, AppendReply) == AppendReply(3, False, prev, hint, hint_term)
    assert out.write is None
    assert member.raft.leader == "b"


def test_a_refusal_of_an_empty_log_hints_at_the_beginning() -> None:
    member = Member(configuration=None)
    out = member.receive("b", append(3, 9, 3))
    assert only(out, AppendReply) == AppendReply(3, False, 9, 0, 0)


@pytest.mark.parametrize(
    "leader_commit,new,commit",
    [(0, [], 0), (2, [], 2), (9, [], 3), (9, [3, 3], 5), (4, [3, 3], 4)],
)
def test_what_is_committed_is_bounded_by_what_the_message_proves(
    leader_commit: int, new: list[int], commit: int
) -> None:
    member = follower()
    member.receive("b", append(3, 3, 1, new, leader_commit))
    assert member.raft.commit_index == commit


def test_what_lies_beyond_the_message_is_not_committed_by_it() -> None:
    member = Member([1, 1, 1], term=3)
    member.receive("b", append(3, 2, 1, commit=9))
    assert member.raft.commit_index == 2


def test_the_commit_index_never_goes_back() -> None:
    member = follower()
    member.receive("b", append(3, 3, 1, commit=3))
    member.receive("b", append(3, 3, 1, commit=1))
    assert member.raft.commit_index == 3


def test_a_refused_message_commits_nothing() -> None:
    member = follower()
    member.receive("b", append(3, 9, 3, commit=9))
    assert member.raft.commit_index == 0


@pytest.mark.parametrize("role", ["silent follower", "pre-candidate", "candidate"])
def test_who_hears_the_leader_of_its_term_follows(role: str) -> None:
    member = ROLES[role]()
    member.follow("c")
    raft = member.raft
    assert (raft.role, raft.leader, raft.votes) == (Role.FOLLOWER, "c", {})


def test_nobody_else_leads_in_the_term_of_a_leader() -> None:
    member = Member([1, 1]).lead()
    before = memory(member.raft)
    assert member.receive("c", append(member.raft.term, 1, 1, [2])).sends == []
    assert memory(member.raft) == before


@pytest.mark.parametrize(
    "message",
    [
        AppendEntries(3, 3, 1, 3, (Entry(5, 3, 1, b""),)),  # a gap
        AppendEntries(3, 3, 1, 3, (Entry(4, 3, 1, b""), Entry(4, 3, 1, b""))),
        AppendEntries(3, 3, 1, 3, (Entry(4, 2, 1, b""), Entry(5, 1, 1, b""))),  # a term goes back
        AppendEntries(3, 3, 1, 3, (Entry(4, 0, 1, b""),)),
        AppendEntries(3, 3, 1, 3, (Entry(4, 4, 1, b""),)),  # a term that is still to come
        AppendEntries(3, 3, 1, 3, (Entry(4, 3, CONFIGURATION, b"rubbish"),)),
        AppendEntries(
            3, 3, 1, 3, (configured(4, 3), Entry(5, 3, CONFIGURATION, b"\x91\x91\xa1\xff"))
        ),
    ],
)
def test_entries_that_no_leader_sends_change_nothing(message: AppendEntries) -> None:
    member = Member([1, 1], term=3)
    before = memory(member.raft)
    assert member.receive("b", message).sends == []
    assert memory(member.raft) == before


# --- proposals ----------------------------------------------------------------------------------


def test_proposals_go_to_the_leader_in_one_message() -> None:
    member = follower()
    out = member.step(Proposed(7, b"x"), Proposed(8, b"y"))
    assert [(send.to, send.after) for send in out.sends] == [(("b",), 0)]
    assert only(out, Forward) == Forward((ForwardedProposal(7, b"x"), ForwardedProposal(8, b"y")))


def test_what_does_not_fit_into_one_message_goes_in_more() -> None:
    member = Member([1, 1], term=3, config=Config(max_append_bytes=100))
    member.follow()
    out = member.step(*(Proposed(number, bytes(40)) for number in range(5)))
    batches = [[item.request for item in batch.proposals] for batch in sent(out, Forward)]
    assert batches == [[0], [1], [2], [3], [4]]


def test_without_a_leader_the_proposer_hears_so_at_once() -> None:
    member = Member([1, 1], term=3)
    out = member.step(Proposed(7, b"x"), Proposed(8, b"y"))
    assert out.answers == [Answer(7, NOT_LEADER), Answer(8, NOT_LEADER)]
    assert out.sends == []


def test_proposals_are_made_to_whoever_leads_at_the_end_of_the_step() -> None:
    member = Member([1, 1], term=3)
    out = member.step(Proposed(7, b"x"), Received("c", append(3, 3, 1)))
    assert [send.to for send in out.sends if isinstance(send.message, Forward)] == [("c",)]
    member = Member([1, 1], term=3).stand()
    out = member.step(Proposed(7, b"x"), Received("c", VoteReply(4, granted=True, pre=False)))
    assert [entry.data for entry in member.raft.log.slice(4, 9)] == [b"", b"x"]
    assert out.answers == ()


@pytest.mark.parametrize("role", [role for role in ROLES if "leader" not in role])
def test_who_does_not_lead_says_so_to_those_who_ask(role: str) -> None:
    member = ROLES[role]()
    out = member.receive("c", Forward((ForwardedProposal(7, b"x"), ForwardedProposal(8, b"y"))))
    reply = ForwardReply(member.raft.term, 0, (Answer(7, NOT_LEADER), Answer(8, NOT_LEADER)))
    assert [(send.to, send.message) for send in out.sends] == [(("c",), reply)]
    assert out.write is None


@pytest.mark.parametrize("status", [APPLIED, FAILED])
@pytest.mark.parametrize("term", [2, 3, 4])
def test_a_result_counts_whoever_leads_now(status: int, term: int) -> None:
    member = follower()
    answer = Answer(7, status, b"r")  # type: ignore[arg-type]
    assert member.receive("c", ForwardReply(term, 0, (answer,))).answers == [answer]


@pytest.mark.parametrize("status", [NOT_LEADER, OVERLOADED, UNKNOWN])
def test_anothers_refusal_proves_nothing(status: int) -> None:
    member = follower()
    answer = Answer(7, status)  # type: ignore[arg-type]
    assert member.receive("b", ForwardReply(3, 0, (answer,))).answers == ()


def test_with_its_answer_the_leader_says_what_is_committed() -> None:
    member = follower()
    out = member.receive("b", ForwardReply(3, 2, (Answer(7, APPLIED, b"r"),)))
    assert indexes(out.apply) == [1, 2]
    member.receive("b", ForwardReply(3, 9, ()))
    assert member.raft.commit_index == 3


@pytest.mark.parametrize(
    "sender,term", [("c", 3), ("b", 2), ("b", 4)], ids=["another", "an older term", "a newer term"]
)
def test_only_the_leader_of_this_term_may_say_so(sender: str, term: int) -> None:
    member = follower()
    member.receive(sender, ForwardReply(term, 3, ()))
    assert member.raft.commit_index == 0


def test_entries_of_every_kind_are_taken() -> None:
    member = follower()
    new = (Entry(4, 3, 0, b""), configured(5, 3), *entries([3], 6))
    member.receive("b", AppendEntries(3, 3, 1, 6, new))
    assert indexes(member.raft.log.slice(4, 7)) == [4, 5, 6]
    assert member.raft.applied_index == 6


def test_of_entries_that_are_compacted_here_the_rest_is_taken() -> None:
    member = Member([1, 1, 1], config=Config(trailing_entries=0))
    member.follow(commit=3)
    member.step(SnapshotTaken(3, b"state"))
    out = member.receive("b", append(1, 1, 1, [1, 1, 1, 1]))
    assert only(out, AppendReply) == AppendReply(1, True, 5)
    assert (member.raft.log.first_index, member.raft.log.last_index) == (4, 5)


@pytest.mark.parametrize("pre", [True, False])
def test_who_may_have_forgotten_something_votes_for_nobody_and_says_so(pre: bool) -> None:
    member = Member([1, 1], standing=Standing(1, suspect=True))
    out = member.receive("b", ask_vote(member.raft, pre=pre))
    assert only(out, VoteReply) == VoteReply(2 - pre, False, pre, True)
    assert member.raft.voted_for is None


def test_nor_does_it_believe_what_is_committed_of_what_it_may_have_forgotten() -> None:
    member = Member([1, 1, 1], standing=Standing(1, suspect=True))
    member.follow()
    member.receive("b", ForwardReply(1, 4, (Answer(7, APPLIED, b"r"),)))
    assert member.raft.commit_index == 0
    assert [answer.request for answer in member.out.answers] == [7]
    member.raft.suspect = False
    member.receive("b", ForwardReply(1, 4, ()))
    assert member.raft.commit_index == 4


def test_a_refusal_names_the_life_of_who_refuses() -> None:
    member = Member([1, 1], standing=Standing(3, suspect=True))
    reply = only(member.receive("b", append(2, 9, 2)), AppendReply)
    assert (reply.accepted, reply.life, reply.suspect) == (False, 3, True)
