"""Who may lead, and who may not disturb: elections, pre-vote and check-quorum."""

from raft_core.io import Received
from raft_core.messages import APPLIED, UNKNOWN, AppendEntries, RequestVote, VoteReply
from raft_core.testing.theatre import Theatre
from raft_core.types import Role


def led() -> Theatre:
    """Members "abc" with "a" as their leader in term 2, and nothing under way."""
    theatre = Theatre("abc")
    theatre.elect("a")
    theatre.settle()
    assert [theatre.raft(member).term for member in "abc"] == [2, 2, 2]
    return theatre


# --- pre-vote -----------------------------------------------------------------------------------


def test_a_member_that_was_cut_off_raises_no_term_and_disturbs_nobody_when_it_returns() -> None:
    theatre = led()
    theatre.isolate("c")
    theatre.wait(20 * theatre.config.election_timeout)
    assert theatre.raft("c").role is Role.PRE_CANDIDATE, "it did try, again and again"
    assert theatre.raft("c").term == 2
    theatre.heal()
    theatre.wait(2 * theatre.config.election_timeout_max)
    assert theatre.leaders() == ["a"]
    assert [theatre.raft(member).term for member in "abc"] == [2, 2, 2]
    assert theatre.raft("c").leader == "a"


def test_a_member_that_hears_nobody_but_is_heard_disturbs_nobody_either() -> None:
    theatre = led()
    theatre.cut("a", "c", both=False)
    theatre.cut("b", "c", both=False)
    theatre.wait(10 * theatre.config.election_timeout)
    assert theatre.leaders() == ["a"]
    assert theatre.raft("a").term == 2
    write = theatre.propose("a", b"x")
    theatre.settle()
    assert theatre.answer("a", write) is not None


def test_who_hears_a_leader_grants_no_vote_whatever_the_term() -> None:
    theatre = led()
    last = theatre.raft("b").log.last_index
    theatre.step("b", Received("c", RequestVote(9, last + 5, 9, pre=False)))
    assert theatre.waiting("b", "c") == []
    assert theatre.raft("b").term == 2


# --- check-quorum -------------------------------------------------------------------------------


def test_an_isolated_leader_steps_down_and_acknowledges_nothing() -> None:
    theatre = led()
    theatre.isolate("a")
    lost = theatre.propose("a", b"lost")
    theatre.wait(3 * theatre.config.election_timeout_max)
    assert theatre.raft("a").role is not Role.LEADER
    answer = theatre.answer("a", lost)
    assert answer is not None
    assert answer.status == UNKNOWN, "it cannot know what becomes of it"
    assert theatre.applied("a") == []
    # The other two have gone on; back among them, it has what they have.
    (leader,) = theatre.leaders()
    assert leader in "bc"
    kept = theatre.propose(leader, b"kept")
    theatre.heal()
    theatre.wait(2 * theatre.config.election_timeout_max)
    answer = theatre.answer(leader, kept)
    assert answer is not None
    assert answer.status == APPLIED
    assert [theatre.applied(member) for member in "abc"] == [[b"kept"]] * 3


def test_a_leader_that_is_heard_by_a_majority_stays() -> None:
    theatre = led()
    theatre.crash("c")
    theatre.wait(10 * theatre.config.election_timeout)
    assert theatre.leaders() == ["a"]
    assert theatre.raft("a").term == 2


def test_a_leader_that_speaks_but_hears_nobody_makes_room_for_another() -> None:
    theatre = led()
    theatre.cut("b", "a", both=False)
    theatre.cut("c", "a", both=False)
    theatre.wait(4 * theatre.config.election_timeout_max)
    (leader,) = theatre.leaders()
    assert leader in "bc"


# --- whose vote counts --------------------------------------------------------------------------


def test_a_strangers_vote_never_counts() -> None:
    theatre = Theatre("abcx", voters="abc")
    theatre.cut("a", "b")
    theatre.cut("a", "c")
    assert not theatre.campaign("a")
    assert theatre.raft("a").role is Role.PRE_CANDIDATE
    theatre.step("a", Received("x", VoteReply(2, granted=True, pre=True)))
    assert theatre.raft("a").role is Role.PRE_CANDIDATE
    theatre.step("a", Received("b", VoteReply(2, granted=True, pre=True)))
    assert theatre.raft("a").role is Role.CANDIDATE
    theatre.step("a", Received("x", VoteReply(2, granted=True, pre=False)))
    assert theatre.raft("a").role is Role.CANDIDATE
    theatre.step("a", Received("c", VoteReply(2, granted=True, pre=False)))
    assert theatre.raft("a").role is Role.LEADER


def test_a_voter_counts_once_however_often_it_speaks() -> None:
    theatre = Theatre("abcde")
    for other in "bcde":
        theatre.cut("a", other)
    assert not theatre.campaign("a")
    for _ in range(3):
        theatre.step("a", Received("b", VoteReply(2, granted=True, pre=True)))
    assert theatre.raft("a").role is Role.PRE_CANDIDATE


def test_a_granted_pre_vote_is_no_vote() -> None:
    theatre = Theatre("abc")
    theatre.cut("a", "c")
    theatre.slow("a")
    assert not theatre.campaign("a")
    assert theatre.raft("a").role is Role.CANDIDATE
    theatre.step("a", Received("c", VoteReply(2, granted=True, pre=True)))
    theatre.step("a", Received("b", VoteReply(2, granted=True, pre=True)))
    assert theatre.raft("a").role is Role.CANDIDATE


def test_a_candidate_asks_for_votes_and_counts_its_own_only_when_that_is_durable() -> None:
    theatre = Theatre("abc")
    theatre.cut("a", "c")
    theatre.slow("a")
    theatre.campaign("a")
    assert theatre.raft("a").term == 2
    theatre.settle()
    assert theatre.raft("b").term == 1, "nobody has been asked yet"
    theatre.persist("a")
    theatre.settle()
    assert theatre.raft("a").role is Role.LEADER


def test_a_voter_that_crashes_after_its_vote_gives_no_other_in_that_term() -> None:
    theatre = Theatre("abc")
    theatre.cut("a", "c")
    theatre.elect("a")
    assert theatre.raft("b").voted_for == "a"
    theatre.crash("b")
    theatre.restart("b")
    theatre.step("b", Received("c", RequestVote(2, 9, 2, pre=False)))
    (reply,) = theatre.waiting("b", "c")
    assert reply == VoteReply(2, granted=False, pre=False)


def test_a_vote_is_not_told_before_it_is_durable_and_is_forgotten_with_its_term() -> None:
    theatre = Theatre("abc")
    theatre.cut("a", "c")
    theatre.slow("b")
    assert not theatre.campaign("a")
    theatre.settle()
    assert (theatre.raft("b").term, theatre.raft("b").voted_for) == (2, "a")
    theatre.crash("b")
    theatre.restart("b")
    assert (theatre.raft("b").term, theatre.raft("b").voted_for) == (1, None)
    assert theatre.raft("a").role is not Role.LEADER


def test_a_removed_voter_cannot_depose() -> None:
    theatre = Theatre("abcd")
    theatre.elect("a")
    theatre.settle()
    theatre.isolate("d")
    theatre.change("a", "abc")
    theatre.settle()
    assert theatre.raft("a").configuration.voters == ("a", "b", "c")
    assert theatre.raft("d").configuration.voters == ("a", "b", "c", "d"), "it does not know"
    theatre.heal()
    theatre.wait(10 * theatre.config.election_timeout)
    assert theatre.raft("d").leader is None
    assert theatre.leaders() == ["a"]
    assert theatre.raft("a").term == 2


def test_not_even_with_a_higher_term_of_its_own() -> None:
    theatre = Theatre("abcd")
    theatre.elect("a")
    theatre.settle()
    theatre.isolate("d")
    theatre.change("a", "abc")
    theatre.settle()
    theatre.heal()
    last = theatre.raft("a").log.last_index
    for member in "abc":
        theatre.step(member, Received("d", RequestVote(7, last, 2, pre=False)))
    assert theatre.leaders() == ["a"]
    assert [theatre.raft(member).term for member in "abc"] == [2, 2, 2]


# --- what a log is worth ------------------------------------------------------------------------


def test_a_member_with_the_higher_term_and_the_shorter_log_does_not_block_elections() -> None:
    theatre = Theatre("abc", logs={"a": [1, 2, 2], "b": [1, 2, 2], "c": [1]}, seen={"c": 9})
    theatre.crash("b")
    assert not theatre.campaign("c"), "its log lacks what is committed"
    theatre.wait(4 * theatre.config.election_timeout_max)
    assert theatre.leaders() == ["a"]
    assert theatre.raft("a").term > 9
    assert theatre.terms("c") == theatre.terms("a")


def test_members_that_start_together_find_one_leader_and_keep_it() -> None:
    theatre = Theatre("abcde")
    theatre.wait(10 * theatre.config.election_timeout_max)
    (leader,) = theatre.leaders()
    term = theatre.raft(leader).term
    theatre.wait(10 * theatre.config.election_timeout_max)
    assert theatre.leaders() == [leader]
    assert theatre.raft(leader).term == term


def test_without_a_majority_there_is_no_leader_and_no_new_term() -> None:
    theatre = led()
    theatre.crash("a", "b")
    theatre.wait(20 * theatre.config.election_timeout)
    assert theatre.leaders() == []
    assert theatre.raft("c").term == 2
    theatre.restart("b")
    theatre.wait(4 * theatre.config.election_timeout_max)
    assert len(theatre.leaders()) == 1


def test_the_leader_of_an_older_term_is_told_and_follows() -> None:
    theatre = led()
    theatre.isolate("a")
    theatre.elect("b")
    theatre.settle()
    assert theatre.leaders() == ["a", "b"], "of different terms"
    theatre.heal()
    old = theatre.raft("a")
    stale = AppendEntries(2, old.log.last_index, old.log.last_term, 0, ())
    theatre.step("c", Received("a", stale))
    assert theatre.raft("c").leader == "b"
    theatre.deliver("c", "a")
    assert old.role is Role.FOLLOWER
    assert old.term == theatre.raft("b").term
