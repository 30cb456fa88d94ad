"""Elections: ask first, vote for oneself, count."""

import pytest

from raft_core.io import Persisted, Write
from raft_core.membership import Configuration
from raft_core.messages import NOOP, AppendEntries, RequestVote, TimeoutNow, VoteReply
from raft_core.types import Role
from tests.unit.raft_core.roles import memory
from tests.unit.raft_core.support import Member, append, only

FIVE = Configuration.of("abcde")
GRANTED = VoteReply(4, granted=True, pre=False)
REFUSED = VoteReply(4, granted=False, pre=False)
PRE_GRANTED = VoteReply(4, granted=True, pre=True)
PRE_REFUSED = VoteReply(3, granted=False, pre=True)


def voter(configuration: Configuration | None = None, *, slow: bool = False) -> Member:
    """In term 3, with a log of three entries."""
    return Member([1, 2], term=3, configuration=configuration or Configuration.of("abc"), slow=slow)


# --- the question before ------------------------------------------------------------------------


def test_when_the_leader_is_silent_it_asks_first_in_no_new_term() -> None:
    member = voter()
    out = member.wait()
    raft = member.raft
    assert (raft.role, raft.term, raft.leader) == (Role.PRE_CANDIDATE, 3, None)
    assert out.write is None
    assert [send.to for send in out.sends] == [("b", "c")]
    assert only(out, RequestVote) == RequestVote(4, 3, 2, pre=True)


def test_cut_off_for_long_it_asks_again_and_again_and_stays_in_its_term() -> None:
    member = voter()
    for _ in range(20):
        assert only(member.wait(), RequestVote).term == 4
    assert (member.raft.term, member.writes) == (3, [])


def test_with_a_majority_it_stands() -> None:
    member = voter().ask()
    out = member.receive("b", PRE_GRANTED)
    raft = member.raft
    assert (out.role, raft.term, raft.voted_for) == (Role.CANDIDATE, 4, "a")
    assert only(out, RequestVote) == RequestVote(4, 3, 2, pre=False)
    assert isinstance(out.write, Write)
    assert (out.write.term, out.write.voted_for, out.write.vital) == (4, "a", True)


def test_with_a_majority_against_it_gives_up_until_the_next_time() -> None:
    member = voter().ask()
    deadline = member.raft.election_deadline
    member.receive("b", PRE_REFUSED)
    assert member.raft.role is Role.PRE_CANDIDATE
    out = member.receive("c", PRE_REFUSED, after=0.1)
    assert (out.role, member.raft.term) == (Role.FOLLOWER, 3)
    assert member.raft.election_deadline != deadline
    assert member.wait().role is Role.PRE_CANDIDATE


@pytest.mark.parametrize(
    "reply",
    [
        VoteReply(3, granted=True, pre=True),  # to an earlier question
        VoteReply(5, granted=True, pre=True),
        VoteReply(3, granted=True, pre=False),
        VoteReply(3, granted=False, pre=False),
    ],
)
def test_answers_to_other_questions_count_for_nothing(reply: VoteReply) -> None:
    member = voter().ask()
    before = memory(member.raft)
    member.receive("b", reply)
    assert memory(member.raft) == before


@pytest.mark.parametrize("role", ["follower", "leader"])
@pytest.mark.parametrize("reply", [GRANTED, PRE_GRANTED, REFUSED])
def test_who_asks_nothing_counts_nothing(role: str, reply: VoteReply) -> None:
    member = Member([1, 2], term=3)
    if role == "leader":
        member.lead()
    else:
        member.receive("b", append(4, 3, 2))
    before = memory(member.raft)
    member.receive("c", reply)
    assert memory(member.raft) == before


# --- the vote -----------------------------------------------------------------------------------


def test_with_a_majority_it_leads_and_begins_its_term_with_a_noop() -> None:
    member = voter().stand()
    out = member.receive("b", GRANTED)
    assert (out.role, member.raft.leader) == (Role.LEADER, "a")
    assert isinstance(out.write, Write)
    (noop,) = out.write.entries
    assert (noop.index, noop.term, noop.kind, noop.data) == (4, 4, NOOP, b"")
    assert only(out, AppendEntries) == AppendEntries(4, 3, 2, 0, (noop,))


def test_its_own_vote_counts_once_it_is_durable() -> None:
    member = voter(slow=True).stand()
    member.receive("b", GRANTED)
    assert member.raft.role is Role.CANDIDATE
    assert member.persist().role is Role.LEADER


def test_an_earlier_write_makes_it_not_durable() -> None:
    member = voter(slow=True)
    member.receive("b", append(3, 3, 2, [3]))
    member.stand()
    member.receive("b", GRANTED)
    member.step(Persisted(1))
    assert member.raft.role is Role.CANDIDATE
    assert member.step(Persisted(2)).role is Role.LEADER


def test_with_a_majority_of_others_it_need_not_wait_for_its_own() -> None:
    member = voter(slow=True).stand()
    member.receive("b", GRANTED)
    assert member.receive("c", GRANTED).role is Role.LEADER


def test_with_a_majority_against_it_gives_up() -> None:
    member = voter().stand()
    member.receive("b", REFUSED)
    assert member.receive("c", REFUSED).role is Role.FOLLOWER
    assert (member.raft.term, member.raft.voted_for) == (4, "a")


def test_out_of_time_it_asks_again_before_it_enters_another_term() -> None:
    member = voter().stand()
    out = member.wait()
    assert (out.role, member.raft.term) == (Role.PRE_CANDIDATE, 4)
    assert only(out, RequestVote) == RequestVote(5, 3, 2, pre=True)
    assert member.raft.voted_for == "a"


@pytest.mark.parametrize("pre", [True, False])
def test_the_first_word_of_each_counts(pre: bool) -> None:
    member = voter(FIVE).ask() if pre else voter(FIVE).stand()
    granted, refused = (PRE_GRANTED, PRE_REFUSED) if pre else (GRANTED, REFUSED)
    role = member.raft.role
    for reply in (refused, granted, granted):
        member.receive("b", reply)
    member.receive("c", granted)
    member.receive("c", granted)
    assert member.raft.role is role
    member.receive("d", granted)
    assert member.raft.role is not role


@pytest.mark.parametrize("stranger", ["x", "l"])
def test_a_strangers_vote_and_a_learners_count_for_nothing(stranger: str) -> None:
    configuration = Configuration.of("abc", "l")
    member = voter(configuration).stand()
    member.receive(stranger, GRANTED)
    assert member.raft.role is Role.CANDIDATE
    member.receive("b", REFUSED)
    member.receive(stranger, REFUSED)
    assert member.raft.role is Role.CANDIDATE
    assert member.receive("c", GRANTED).role is Role.LEADER


# --- who is asked, and who decides --------------------------------------------------------------


def test_while_the_voters_change_both_majorities_decide() -> None:
    member = voter(Configuration.of("abc", "", "ade"))
    assert member.wait().sends[0].to == ("b", "c", "d", "e")
    assert member.receive("b", PRE_GRANTED).role is None
    assert member.receive("d", PRE_GRANTED).role is Role.CANDIDATE
    assert member.receive("d", GRANTED).role is None
    assert member.receive("e", GRANTED).role is None
    assert member.receive("c", GRANTED).role is Role.LEADER


def test_one_majority_against_is_enough_to_lose_while_the_voters_change() -> None:
    member = voter(Configuration.of("abc", "", "ade")).stand()
    member.receive("d", REFUSED)
    assert member.receive("e", REFUSED).role is Role.FOLLOWER


def test_who_is_on_the_way_out_may_still_lead() -> None:
    member = voter(Configuration.of("bcd", "", "abc")).lead()
    assert member.raft.role is Role.LEADER


def test_learners_are_not_asked() -> None:
    assert voter(Configuration.of("abc", "lm")).wait().sends[0].to == ("b", "c")


def test_the_only_voter_asks_nobody_and_leads_once_its_vote_is_durable() -> None:
    member = voter(Configuration.of("a", "l"), slow=True)
    out = member.step()
    assert (out.role, out.sends) == (Role.CANDIDATE, [])
    out = member.persist()
    assert out.role is Role.LEADER
    assert [send.to for send in out.sends] == [("l",)]


def test_a_candidate_waits_for_its_disk_in_one_term() -> None:
    member = voter(Configuration.of("a"), slow=True)
    for _ in range(3):
        member.wait()
        assert (member.raft.role, member.raft.term) == (Role.CANDIDATE, 4)
    assert member.step(Persisted(1)).role is Role.LEADER


def test_a_candidate_that_hears_the_winner_follows_it() -> None:
    member = voter().stand()
    member.receive("c", append(4, 3, 2))
    assert (member.raft.role, member.raft.leader) == (Role.FOLLOWER, "c")
    assert member.receive("b", GRANTED).sends == []
    assert member.raft.role is Role.FOLLOWER


def test_one_that_the_leader_wants_asks_for_votes_at_once_and_says_so() -> None:
    member = Member([1, 1], term=3)
    member.follow()
    out = member.receive("b", TimeoutNow(3))
    assert out.role is Role.CANDIDATE
    assert only(out, RequestVote) == RequestVote(4, 3, 1, False, True)


def test_a_candidate_remembers_who_votes_for_nobody() -> None:
    member = voter().ask()
    member.receive("b", VoteReply(member.raft.term, granted=False, pre=True, suspect=True))
    assert member.raft.suspects == {"b"}
    member.receive("b", VoteReply(member.raft.term, granted=False, pre=True))
    assert not member.raft.suspects
    member.lead()
    member.receive("c", VoteReply(member.raft.term, granted=False, pre=False, suspect=True))
    assert not member.raft.suspects, "a leader hears that from answers to its own messages"


def test_who_does_not_stand_for_election_believes_in_no_leader_that_is_silent() -> None:
    member = Member([1, 2], term=3, configuration=Configuration.of("bc", "a"))
    member.follow("b")
    for _ in range(2):
        member.wait()
        assert (member.raft.role, member.raft.leader) == (Role.FOLLOWER, None)
