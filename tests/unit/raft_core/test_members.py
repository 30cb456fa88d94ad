"""How a leader changes the members: by itself, and when it is asked to."""

from typing import Any

import pytest

from raft_core.config import Config
from raft_core.errors import InvariantBroken
from raft_core.io import Asked, Proposed
from raft_core.messages import (
    DONE,
    AppendEntries,
    AppendReply,
    OperationReply,
    TransferRequest,
)
from tests.unit.raft_core.changes import (
    HEARTBEAT,
    change,
    configurations,
    connect,
    founder,
    of,
    plain,
    reason,
    settled,
    status,
    steps,
)
from tests.unit.raft_core.support import Member, sent

# --- by itself ----------------------------------------------------------------------------------


def test_a_stranger_that_connects_becomes_a_learner() -> None:
    member = founder()
    out = connect(member, "b")
    assert configurations(out) == [of("a", "b")]
    assert out.configuration == of("a", "b")
    assert [send.to for send in out.sends] == [("b",)]
    assert member.raft.progress.keys() == {"b"}


def test_one_learner_makes_no_cluster_of_two() -> None:
    member = founder()
    connect(member, "b")
    member.settle()
    member.step(after=HEARTBEAT)
    assert member.raft.configuration == of("a", "b")


def test_two_that_have_caught_up_make_a_cluster_of_three_that_is_joint_only_on_the_way() -> None:
    member = founder()
    connect(member, "b", "c")
    member.accept("b")
    assert configurations(member.step(after=HEARTBEAT)) == []
    member.accept("c")
    out = member.step(after=HEARTBEAT)
    assert configurations(out) == [of("abc", "", "a")]
    assert member.raft.commit_index == 3  # two of three are needed now, and nobody has it yet
    out = member.accept("b")
    assert configurations(out) == [of("abc")]
    member.accept("b")
    assert (member.raft.commit_index, member.raft.configuration) == (5, of("abc"))


def test_while_joint_a_majority_of_the_new_voters_is_needed_too() -> None:
    member = founder(learners="bc")
    member.accept("b")
    member.accept("c")
    for _ in range(3):
        member.step(after=HEARTBEAT)
    assert member.raft.commit_index == 2
    assert member.raft.configuration == of("abc", "", "a")


@pytest.mark.parametrize("caught_up,voters", [("bcd", "abc"), ("bcde", "abcde")])
def test_a_cluster_of_five_grows_by_what_has_caught_up(caught_up: str, voters: str) -> None:
    member = founder(Config(target_size=5), learners="bcde")
    for peer in caught_up:
        member.accept(peer)
    out = member.step(after=HEARTBEAT)
    assert configurations(out) == [of(voters, set("bcde") - set(voters), "a")]


def test_a_learner_that_is_behind_becomes_no_voter() -> None:
    member = founder(learners="bc")
    member.accept("b")
    member.accept("c", 1)
    assert configurations(member.step(after=HEARTBEAT)) == []
    member.accept("c")
    assert configurations(member.step(after=HEARTBEAT)) == [of("abc", "", "a")]


def test_nor_does_one_that_was_not_heard_of_lately() -> None:
    member = founder(learners="bc")
    member.accept("b")
    member.step(after=Config().election_timeout)
    member.accept("c")
    assert configurations(member.step(after=HEARTBEAT)) == []
    member.accept("b")
    assert configurations(member.step(after=HEARTBEAT)) == [of("abc", "", "a")]


def test_more_than_the_target_stay_learners() -> None:
    member = Member([1]).lead().settle()
    out = connect(member, "b", "c", "d")
    assert configurations(out) == [of("abc", "d")]
    member.settle()
    member.step(after=HEARTBEAT)
    assert member.raft.configuration == of("abc", "d")


def test_nothing_changes_before_the_start_of_the_term_is_committed() -> None:
    member = Member([1]).lead()
    assert configurations(connect(member, "b", "c", "d")) == []
    out = member.accept("b")
    assert configurations(out) == [of("abc", "d")]


def test_one_change_waits_for_the_one_before() -> None:
    member = founder()
    member.slow = True
    connect(member, "b")
    assert configurations(connect(member, "b", "c")) == []
    assert configurations(member.persist()) == [of("a", "bc")]


def test_nothing_grows_while_leadership_is_to_go_to_another() -> None:
    member = settled(of("abc"))
    connect(member, "b", "c")
    member.step(Proposed(1, b"x"))
    member.step(Asked(TransferRequest("me.1", 1, "b")))
    assert configurations(connect(member, "b", "c", "d")) == []


def test_a_learner_gone_for_long_is_dropped_and_taken_in_again_when_it_returns() -> None:
    member = founder(Config(learner_timeout=5.0))
    connect(member, "b")
    connect(member)
    member.step(after=4.9)
    assert member.raft.configuration == of("a", "b")
    assert member.step(after=0.2).configuration == of("a")
    assert member.raft.progress == {}
    assert connect(member, "b").configuration == of("a", "b")


def test_a_learner_in_reach_is_never_dropped_however_silent() -> None:
    member = founder(Config(learner_timeout=5.0))
    connect(member, "b")
    member.step(after=100.0)
    assert member.raft.configuration == of("a", "b")


def test_a_new_member_is_asked_whether_it_has_all_but_the_last_entry() -> None:
    member = founder()
    out = connect(member, "b")
    (message,) = sent(out, AppendEntries)
    assert (message.prev_log_index, len(message.entries)) == (2, 1)


# --- when it is asked ---------------------------------------------------------------------------


def test_new_learners_come_in_one_entry_and_are_answered_when_it_is_committed() -> None:
    member = settled()
    out = change(member, learn="e")
    assert steps(out) == [of("abc", "de")]
    assert out.replies == ()
    assert member.accept("b").replies == [OperationReply("me.1", 1, DONE, "", 4, "me.1")]
    assert member.raft.change is None


def test_voters_change_by_a_joint_configuration_answered_when_it_is_left() -> None:
    member = settled()
    assert steps(change(member, promote="d", remove="c")) == [of("abd", "", "abc")]
    out = member.accept("b")
    assert (steps(out), out.replies) == ([of("abd")], ())
    assert status(member.accept("b")) == DONE
    assert member.raft.configuration.excluded == ("c",)
    assert member.raft.progress.keys() == {"b", "d"}


def test_several_at_once() -> None:
    member = settled(of("abc", "de"))
    change(member, promote="de", demote="b", remove="c", learn="f")
    assert plain(member.raft.configuration) == of("ade", "f", "abc", "b")
    for _ in range(2):
        for peer in "bde":
            if peer in member.raft.progress:
                member.accept(peer)
    assert plain(member.raft.configuration) == of("ade", "bf")


def test_a_voter_that_is_demoted_stays_as_a_learner() -> None:
    member = settled(of("abc"))
    change(member, demote="c")
    assert "c" in member.raft.progress
    member.settle()
    assert plain(member.raft.configuration) == of("ab", "c")


def test_a_stranger_first_is_a_learner_and_votes_when_it_has_caught_up() -> None:
    member = settled(of("abc"))
    assert steps(change(member, add="d")) == [of("abc", "d")]
    assert steps(member.accept("b")) == []
    assert steps(member.step(after=HEARTBEAT)) == []
    out = member.accept("d")
    out = member.step(after=HEARTBEAT)
    assert steps(out) == [of("abcd", "", "abc")]
    member.settle()
    assert plain(member.raft.configuration) == of("abcd")


def test_one_that_does_not_catch_up_becomes_no_voter_and_that_is_said() -> None:
    member = settled(of("abc"), Config(catch_up_timeout=1.0))
    out = change(member, add="d", remove="c")
    for _ in range(12):
        member.accept("b")
        member.accept("c")
        out = member.step(after=HEARTBEAT)
        if out.replies:
            break
    assert reason(out) == "d did not catch up within 1 s: no voter was changed"
    assert plain(member.raft.configuration) == of("abc", "d")
    assert member.raft.change is None


def test_one_that_keeps_up_while_others_write_is_caught_up_though_it_never_has_all() -> None:
    """Thesis 4.2.1: it had what there was a moment ago, soon enough."""
    member = settled(of("abc", "d"))
    change(member, promote="d", add="e")  # which holds the change back
    member.settle()
    for _ in range(4):
        behind = member.raft.log.last_index
        member.step(Proposed(1, b"x"))
        for peer in "bc":
            member.accept(peer)
        for peer in "de":
            member.accept(peer, behind)
        member.step(after=HEARTBEAT)
    assert member.raft.progress["d"].match_index < member.raft.commit_index
    assert plain(member.raft.configuration) in (of("abcde", "", "abc"), of("abcde"))


def test_one_that_got_a_round_too_slowly_is_not() -> None:
    config = Config(election_timeout=0.3, election_timeout_max=0.6)
    member = settled(of("abc", "d"), config)
    goal = member.raft.log.last_index
    member.step(after=HEARTBEAT)
    for _ in range(5):
        member.step(Proposed(1, b"x"))
        for peer in "bc":
            member.accept(peer)
        member.accept("d", goal - 1)
        member.step(after=HEARTBEAT)
    change(member, promote="d")
    assert not member.raft.configuration.is_joint
    member.accept("d")
    member.step(after=HEARTBEAT)
    assert member.raft.configuration.is_joint


def test_too_few_of_the_new_voters_in_reach_would_stop_the_cluster() -> None:
    member = settled(of("abc"))
    for _ in range(12):
        member.accept("b")
        member.step(after=HEARTBEAT)
    out = change(member, remove="b")
    assert reason(out) == "too few of the voters that there would be are in reach: c missing"
    assert change(member, remove="c", name="me.2").replies == ()


@pytest.mark.parametrize(
    "asked,sentence",
    [
        ({"remove": "abc"}, "a cluster needs at least one voter"),
        ({"demote": "ac", "remove": "b"}, "a cluster needs at least one voter"),
        ({}, "the change names no member"),
        ({"add": "de", "demote": "be"}, "e: named more than once"),
        ({"remove": "x"}, "x: no member of this cluster"),
        ({"promote": "xy", "demote": "z"}, "x, y, z: no member of this cluster"),
        ({"target_size": -1}, "a target size of -1 makes no sense"),
    ],
)
def test_what_makes_no_sense_is_refused(asked: dict[str, Any], sentence: str) -> None:
    member = settled()
    assert reason(change(member, **asked)) == sentence
    assert member.raft.configuration == of("abc", "d")


def test_who_was_removed_never_comes_back() -> None:
    member = settled()
    change(member, remove="d", name="me.0")
    member.settle()
    out = change(member, add="d", known="me.0")
    assert "d: once removed, never taken in again" in reason(out)
    assert configurations(connect(member, "b", "c", "d")) == []


def test_a_cluster_made_smaller_does_not_grow_again_by_itself() -> None:
    member = settled(of("abc"))
    connect(member, "b", "c")
    change(member, demote="c")
    member.settle()
    for _ in range(3):
        member.accept("b")
        member.accept("c")
        member.step(after=HEARTBEAT)
    assert plain(member.raft.configuration) == of("ab", "c")
    change(member, target_size=3, name="me.2", known="me.1")
    member.settle()
    member.step(after=HEARTBEAT)
    assert member.raft.configuration.voters == ("a", "b", "c")


def test_the_place_of_a_peer_outside_the_log_is_a_bug_that_stops_the_member() -> None:
    member = settled()
    member.raft.progress["b"].probe(99)
    with pytest.raises(InvariantBroken, match="next_index 99 of"):
        member.step(after=HEARTBEAT)


def test_a_learner_that_may_have_forgotten_something_becomes_no_voter() -> None:
    member = founder(learners="bc")
    term, last = member.raft.term, member.raft.log.last_index
    member.accept("b")
    member.receive("c", AppendReply(term, True, last, life=1, suspect=True))
    assert configurations(member.step(after=HEARTBEAT)) == []
    member.receive("c", AppendReply(term, True, last, life=1))
    assert configurations(member.step(after=HEARTBEAT)) == [of("abc", "", "a")]


def test_voters_that_may_have_forgotten_something_would_stop_the_cluster_as_well() -> None:
    member = Member([1]).lead().settle()
    term, last = member.raft.term, member.raft.log.last_index
    member.receive("c", AppendReply(term, True, last, life=1, suspect=True))
    out = change(member, remove="b")
    assert reason(out) == "too few of the voters that there would be are in reach: c missing"
    member.receive("c", AppendReply(term, True, last, life=1))
    assert configurations(change(member, remove="b", name="me.2"))
