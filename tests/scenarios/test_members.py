"""How a cluster gets its members, and how it comes through the change when someone is lost."""

import pytest

from raft_core.config import Config
from raft_core.membership import Configuration
from raft_core.messages import APPLIED, CONFIGURATION, DONE, LATER
from raft_core.testing.theatre import Theatre
from raft_core.types import NodeId

of = Configuration.of


def plain(configuration: Configuration) -> Configuration:
    """Who belongs to it, without the word of those who chose them."""
    return of(
        configuration.voters,
        configuration.learners,
        configuration.outgoing,
        configuration.demoted,
    )


def in_force(theatre: Theatre, member: NodeId) -> Configuration:
    return plain(theatre.raft(member).configuration)


def history(theatre: Theatre, member: NodeId) -> list[Configuration]:
    """Every configuration in its log, from the first."""
    return [plain(configuration) for _, configuration in theatre.raft(member).configurations[1:]]


def founded(members: str, config: Config | None = None) -> Theatre:
    """ "a" has founded a cluster; the others are no members of it, and in reach of nobody."""
    theatre = Theatre(members, voters="a", config=config)
    theatre.settle()
    assert theatre.leaders() == ["a"]
    return theatre


def grow(theatre: Theatre) -> None:
    theatre.meet()
    theatre.wait(2 * theatre.config.heartbeat_interval)


# --- growing ------------------------------------------------------------------------------------


def test_a_founder_writes_alone() -> None:
    theatre = founded("a")
    write = theatre.propose("a", b"x")
    answer = theatre.answer("a", write)
    assert answer is not None
    assert answer.status == APPLIED


def test_one_becomes_three_in_one_joint_change_when_two_learners_have_caught_up() -> None:
    theatre = founded("abc")
    theatre.propose("a", b"x")
    grow(theatre)
    assert history(theatre, "a") == [
        of("a"),
        of("a", "bc"),
        of("abc", outgoing="a"),
        of("abc"),
    ]
    assert history(theatre, "b") == history(theatre, "c") == history(theatre, "a")
    assert theatre.applied("b") == theatre.applied("c") == [b"x"]


def test_with_one_learner_only_it_waits_and_is_never_two() -> None:
    theatre = founded("abc")
    theatre.crash("c")
    grow(theatre)
    assert in_force(theatre, "a") == of("a", "b")
    theatre.restart("c")
    grow(theatre)
    assert in_force(theatre, "a") == of("abc")
    assert all(
        len(configuration.voters) != 2 and len(configuration.outgoing) != 2
        for configuration in history(theatre, "a")
    )


def test_a_learner_that_has_not_caught_up_does_not_vote_yet() -> None:
    theatre = founded("abc")
    theatre.slow("c")
    grow(theatre)
    assert in_force(theatre, "a") == of("a", "bc")
    theatre.persist("c")
    theatre.wait(theatre.config.heartbeat_interval)
    theatre.persist("c")
    theatre.wait(theatre.config.heartbeat_interval)
    assert theatre.raft("a").configuration.voters == ("a", "b", "c")


def test_target_five_goes_from_one_to_three_to_five() -> None:
    theatre = founded("abcde", Config(target_size=5))
    theatre.crash("d", "e")
    grow(theatre)
    assert in_force(theatre, "a") == of("abc")
    theatre.restart("d")
    grow(theatre)
    assert in_force(theatre, "a") == of("abc", "d"), "four are no better than three"
    theatre.restart("e")
    grow(theatre)
    assert in_force(theatre, "a") == of("abcde")
    sizes = [len(configuration.voters) for configuration in history(theatre, "a")]
    assert sorted(set(sizes)) == [1, 3, 5]


def test_a_fourth_window_stays_a_learner_of_a_cluster_of_three() -> None:
    theatre = founded("abcd")
    grow(theatre)
    assert in_force(theatre, "a") == of("abc", "d")
    theatre.propose("a", b"x")
    grow(theatre)
    assert theatre.applied("d") == [b"x"]


# --- learners -----------------------------------------------------------------------------------


def test_learners_do_not_vote() -> None:
    theatre = Theatre("abcd", voters="abc", learners="d")
    theatre.crash("b", "c")
    assert not theatre.campaign("a"), "its own vote and the learner's are not two of three"
    assert not theatre.campaign("d")
    assert theatre.raft("d").term == 1, "nor do they stand for election"


def test_learners_have_everything_and_count_for_nothing() -> None:
    theatre = Theatre("abcd", voters="abc", learners="d")
    theatre.elect("a")
    theatre.settle()
    theatre.cut("a", "b")
    theatre.cut("a", "c")
    write = theatre.propose("a", b"x")
    theatre.settle()
    assert theatre.terms("d") == theatre.terms("a")
    assert theatre.answer("a", write) is None


def test_learners_do_not_keep_a_leader_in_office() -> None:
    theatre = Theatre("abcd", voters="abc", learners="d")
    theatre.elect("a")
    theatre.settle()
    theatre.cut("a", "b")
    theatre.cut("a", "c")
    theatre.wait(2 * theatre.config.election_timeout_max)
    assert "a" not in theatre.leaders()


# --- joint consensus ----------------------------------------------------------------------------


@pytest.mark.parametrize("silent", ["ef", "bc"])
def test_while_joint_both_majorities_are_needed(silent: str) -> None:
    theatre = Theatre("abcdef", voters="abc", learners="def")
    theatre.elect("a")
    theatre.settle()
    for other in silent:  # of the new voters two of four are left, or of the old one of three
        theatre.cut("a", other)
    theatre.change("a", "adef")
    theatre.settle()
    leader = theatre.raft("a")
    assert in_force(theatre, "a") == of("adef", outgoing="abc")
    assert leader.commit_index < leader.configuration_index
    theatre.heal()
    theatre.wait(2 * theatre.config.heartbeat_interval)
    assert in_force(theatre, "a") == of("adef")
    assert leader.commit_index == leader.log.last_index


def test_an_election_needs_both_majorities_while_joint() -> None:
    theatre = Theatre("abcdef", voters="abc", learners="def")
    theatre.elect("a")
    theatre.settle()
    theatre.cut("a", "b")
    theatre.cut("a", "c")
    theatre.change("a", "def")
    theatre.deliver("a", "d")
    theatre.deliver("a", "e")
    theatre.crash("a")
    assert in_force(theatre, "d") == of("def", outgoing="abc")
    theatre.crash("b", "c")
    assert not theatre.campaign("d"), "all of the new voters, and none of the old"
    theatre.restart("b", "c")
    theatre.elect("d")


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_joint_change_goes_on_and_leaves_by_itself_when_the_leader_is_lost(lost: str) -> None:
    theatre = Theatre("abcde", voters="abc", learners="de")
    theatre.elect("a")
    theatre.settle()
    theatre.change("a", "bcde")
    joint = of("bcde", outgoing="abc")
    if lost == "before":  # the joint entry is at all, and committed by none
        for member in "bcde":
            theatre.deliver("a", member)
    else:  # the leader has begun to leave the joint state, and told nobody
        for member in "bcde":
            theatre.deliver("a", member, 1)
            theatre.deliver(member, "a", 1)
        assert in_force(theatre, "a") == of("bcde")
    theatre.crash("a")
    assert [in_force(theatre, member) for member in "bcde"] == [joint] * 4
    theatre.wait(3 * theatre.config.election_timeout_max)
    (leader,) = theatre.leaders()
    assert [in_force(theatre, member) for member in "bcde"] == [of("bcde")] * 4
    assert theatre.raft(leader).commit_index >= theatre.raft(leader).configuration_index


def test_a_member_that_leaves_and_alone_has_the_entry_by_which_it_does_still_campaigns() -> None:
    """Thesis 4.2.2: otherwise nobody could ever be elected, for want of its vote."""
    theatre = Theatre("ac", voters="c", learners="a")
    theatre.settle()
    theatre.change("c", "a")
    theatre.deliver("c", "a")
    theatre.deliver("a", "c")  # the joint entry is committed; "c" appends the one that leaves
    assert in_force(theatre, "c") == of("a")
    theatre.lose("c", "a")
    theatre.crash("c")
    theatre.restart("c")
    assert in_force(theatre, "a") == of("a", outgoing="c")
    assert not theatre.campaign("a"), "its log is the shorter one"
    theatre.wait(4 * theatre.config.election_timeout_max)
    assert in_force(theatre, "a") == of("a")
    assert theatre.leaders() == ["a"]


def test_one_change_at_a_time() -> None:
    theatre = Theatre("abcde", voters="abc", learners="de")
    theatre.elect("a")
    theatre.settle()
    first = theatre.change("a", "abcde")
    second = theatre.change("a", "ab")
    reply = theatre.reply("a", second)
    assert reply is not None
    assert reply.status == LATER
    assert "not committed yet" in reply.sentence
    theatre.settle()
    reply = theatre.reply("a", first)
    assert reply is not None
    assert reply.status == DONE
    assert in_force(theatre, "a") == of("abcde")


def test_a_configuration_entry_that_is_truncated_goes_back() -> None:
    theatre = Theatre("abcd", voters="abc", learners="d")
    theatre.elect("a")
    theatre.settle()
    theatre.isolate("a")
    theatre.change("a", "abcd", "")
    assert in_force(theatre, "a") == of("abcd", outgoing="abc"), "in force at once"
    theatre.elect("b")
    theatre.settle()
    theatre.heal()
    theatre.wait(2 * theatre.config.election_timeout_max)
    assert theatre.terms("a") == theatre.terms("b")
    assert in_force(theatre, "a") == of("abc", "d")
    theatre.crash("a")
    theatre.restart("a")
    assert in_force(theatre, "a") == of("abc", "d"), "and the journal says the same"


def test_a_leader_that_is_not_among_the_new_voters_leaves_the_office() -> None:
    theatre = Theatre("abcd", voters="abc", learners="d")
    theatre.elect("a")
    theatre.settle()
    theatre.change("a", "bcd")
    theatre.settle()
    assert theatre.leaders() == []
    theatre.wait(3 * theatre.config.election_timeout_max)
    (leader,) = theatre.leaders()
    assert leader in "bcd"
    assert in_force(theatre, leader) == of("bcd")


def test_a_restart_in_the_middle_of_a_change_finds_it_in_the_journal() -> None:
    theatre = Theatre("abcd", voters="abc", learners="d")
    theatre.elect("a")
    theatre.settle()
    theatre.change("a", "abd")
    joint = in_force(theatre, "a")
    assert joint.is_joint
    theatre.crash(*"abcd")
    theatre.restart(*"abcd")
    assert in_force(theatre, "a") == joint
    theatre.elect("a")
    theatre.settle()
    assert in_force(theatre, "a") == of("abd")
    log = theatre.raft("a").log
    kinds = [entry.kind for entry in log.slice(1, log.last_index + 1)]
    assert kinds.count(CONFIGURATION) == 3
