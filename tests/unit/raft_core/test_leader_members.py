"""How a leader changes the members: by itself, and when it is asked to."""

from math import inf

import pytest

from raft_core.config import Config
from raft_core.errors import InvariantBroken
from raft_core.io import ConfigurationProposed, Output, PeersChanged
from raft_core.membership import Configuration, decode_configuration
from raft_core.messages import (
    APPLIED,
    CONFIGURATION,
    NOT_LEADER,
    REFUSED,
    UNKNOWN,
    Answer,
    AppendEntries,
)
from raft_core.types import Index, NodeId, Role
from tests.unit.raft_core.roles import follower
from tests.unit.raft_core.support import Member, append, sent

of = Configuration.of
HEARTBEAT = Config().heartbeat_interval


def founder(config: Config | None = None, learners: str = "") -> Member:
    """The leader of a cluster of one, which has committed its no-op, and reaches its learners."""
    member = Member(configuration=of("a", learners), config=config)
    member.step(PeersChanged(frozenset(learners)))
    assert member.raft.role is Role.LEADER
    assert member.raft.commit_index == 2
    return member


def connect(member: Member, *peers: NodeId) -> Output:
    return member.step(PeersChanged(frozenset(peers)))


def change(
    member: Member, voters: str, learners: str = "", *, expected: Index = 0, request: int = 5
) -> Output:
    """Ask for these members."""
    return member.step(
        ConfigurationProposed(request, frozenset(voters), frozenset(learners), expected)
    )


def configurations(out: Output) -> list[Configuration]:
    """Those that this step put into the log."""
    if out.write is None:
        return []
    return [decode_configuration(e.data) for e in out.write.entries if e.kind == CONFIGURATION]


def reason(out: Output) -> str:
    """Why a change was refused."""
    (answer,) = out.answers
    assert (answer.request, answer.status) == (5, REFUSED)
    return answer.data.decode()


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


def settled(configuration: Configuration | None = None) -> Member:
    return Member([1], configuration=configuration or of("abc", "d")).lead().settle()


def test_new_learners_come_in_one_entry_and_are_answered_when_it_is_committed() -> None:
    member = settled()
    out = change(member, "abc", "de")
    assert configurations(out) == [of("abc", "de")]
    assert out.answers == ()
    assert member.accept("b").answers == [Answer(5, APPLIED)]
    assert member.raft.pending_configuration is None


def test_voters_change_by_a_joint_configuration_answered_when_it_is_left() -> None:
    member = settled()
    assert configurations(change(member, "abd")) == [of("abd", "", "abc")]
    out = member.accept("b")
    assert (configurations(out), out.answers) == ([of("abd")], ())
    assert member.accept("b").answers == [Answer(5, APPLIED)]
    assert member.raft.configuration == of("abd")
    assert member.raft.progress.keys() == {"b", "d"}


def test_who_is_not_a_learner_that_has_caught_up_becomes_no_voter() -> None:
    member = Member([1], configuration=of("abc", "d")).lead()
    member.accept("b")
    assert reason(change(member, "abcde")) == "d, e must first be learners that have caught up"


def test_a_cluster_without_voters_is_refused() -> None:
    assert reason(change(settled(), "")) == "a cluster needs at least one voter"


def test_compare_and_set() -> None:
    member = settled()
    assert "expected index 7, in force is 1" in reason(change(member, "ab", expected=7))
    assert configurations(change(member, "ab", expected=1)) == [of("ab", "", "abc")]


def test_a_second_change_is_refused_until_the_first_is_committed_and_left() -> None:
    member = settled()
    change(member, "abd", request=4)
    assert "another change of members" in reason(change(member, "abc"))
    member.accept("b")
    assert "another change of members" in reason(change(member, "abc"))
    member.accept("b")
    member.accept("d")
    assert configurations(change(member, "ab", "d"))


def test_nothing_is_changed_before_the_start_of_the_term_is_committed() -> None:
    member = Member([1]).lead()
    assert "start of this leader's term" in reason(change(member, "ab"))


def test_who_does_not_lead_says_so() -> None:
    assert change(follower(), "ab").answers == [Answer(5, NOT_LEADER)]


def test_a_leader_that_is_removed_leads_until_that_is_committed_and_then_goes() -> None:
    member = settled()
    change(member, "bcd")
    member.accept("b")
    assert configurations(member.accept("d")) == [of("bcd")]
    assert member.accept("b").role is None
    out = member.accept("c")
    assert (out.role, member.raft.leader) == (Role.FOLLOWER, None)
    assert out.answers == [Answer(5, APPLIED)]
    member.step(after=1e6)
    assert (member.raft.role, member.out.deadline) == (Role.FOLLOWER, inf)


def test_it_does_not_count_itself_when_it_is_no_voter_any_more() -> None:
    member = settled()
    change(member, "bcd")
    member.accept("b")
    member.accept("d")
    index = member.raft.configuration_index
    member.accept("b", index)
    assert member.raft.commit_index < index
    member.accept("c", index)
    assert member.raft.commit_index == index


def test_a_change_that_the_leader_does_not_survive_has_an_unknown_outcome() -> None:
    member = settled()
    change(member, "ab")
    out = member.receive("c", append(9))
    assert out.answers == [Answer(5, UNKNOWN)]
    assert member.raft.pending_configuration is None


def test_the_place_of_a_peer_outside_the_log_is_a_bug_that_stops_the_member() -> None:
    member = settled()
    member.raft.progress["b"].probe(99)
    with pytest.raises(InvariantBroken, match="next_index 99 of"):
        member.step(after=HEARTBEAT)
