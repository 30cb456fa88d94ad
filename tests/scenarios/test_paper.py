"""The figures of the Raft paper (Ongaro and Ousterhout, extended version), played.

Entry 1 is the configuration here; it belongs to term 1, as in the figures, so that the logs are
those of the paper, term for term.
"""

import pytest

from raft_core.errors import InvariantBroken
from raft_core.messages import AppendReply
from raft_core.testing.theatre import Theatre
from raft_core.types import NodeId, Term

LEADER = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6]
FIGURE_7: dict[NodeId, list[Term]] = {
    "a": [1, 1, 1, 4, 4, 5, 5, 6, 6],
    "b": [1, 1, 1, 4],
    "c": [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    "d": [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    "e": [1, 1, 1, 4, 4, 4, 4],
    "f": [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
}


def figure_7() -> Theatre:
    """The leader of term 8 has just come to power, and has said nothing yet."""
    theatre = Theatre("labcdef", logs={"l": LEADER, **FIGURE_7}, seen={"l": 7})
    theatre.elect("l")
    assert theatre.raft("l").term == 8
    return theatre


def refusals(theatre: Theatre, follower: NodeId) -> int:
    return sum(
        isinstance(message, AppendReply) and not message.accepted
        for sender, _, message in theatre.delivered
        if sender == follower
    )


@pytest.mark.parametrize("follower", FIGURE_7)
def test_figure_7_the_new_leader_brings_every_log_to_its_own(follower: NodeId) -> None:
    theatre = figure_7()
    theatre.settle()
    assert theatre.terms("l") == [*LEADER, 8]
    assert theatre.terms(follower) == theatre.terms("l")
    theatre.wait(theatre.config.heartbeat_interval)
    assert theatre.applied(follower) == theatre.applied("l")
    assert len(theatre.applied("l")) == len(LEADER) - 1


@pytest.mark.parametrize("follower", FIGURE_7)
def test_figure_7_what_a_follower_then_has_survives_a_restart(follower: NodeId) -> None:
    theatre = figure_7()
    theatre.settle()
    theatre.crash(follower)
    theatre.restart(follower)
    assert theatre.terms(follower) == [*LEADER, 8]


@pytest.mark.parametrize(
    "follower, most",
    [
        ("a", 1),  # lacks one entry: its hint is the end of its log
        ("b", 1),
        ("c", 0),  # has all that the leader has before its no-op
        ("d", 0),
        ("e", 1),  # terms 4 and 4 too many, skipped in one
        ("f", 1),  # eight entries of terms 2 and 3, skipped in one
    ],
)
def test_figure_7_conflict_hints_skip_whole_terms(follower: NodeId, most: int) -> None:
    theatre = figure_7()
    theatre.settle()
    assert refusals(theatre, follower) == most


def test_a_long_tail_of_many_terms_on_both_sides_takes_a_round_trip_a_term_at_most() -> None:
    # The worst for hints by term: the terms of the two logs take turns.
    ours = [1, *(term for term in range(2, 12, 2) for _ in range(20))]
    theirs = [1, *(term for term in range(3, 11, 2) for _ in range(24))]
    theatre = Theatre("abc", logs={"a": ours, "b": theirs, "c": [1]})
    theatre.elect("a")
    theatre.settle()
    assert theatre.terms("b") == theatre.terms("a")
    assert refusals(theatre, "b") <= 5, "not one for each of a hundred entries"


def test_the_committed_part_of_a_log_is_never_cut_off() -> None:
    """Leader completeness (5.4.3): who asks for that is no leader, and this member goes no further.

    The stage lets two members be elected who could not be: "b" and "c" have lost their journals.
    """
    theatre = Theatre("abc")
    theatre.elect("a")
    theatre.propose("a", b"x")
    theatre.settle()
    theatre.wait(theatre.config.heartbeat_interval)
    theatre.crash("b", "c")
    theatre.records("b")[2:] = theatre.records("c")[2:] = []
    theatre.restart("b", "c")
    theatre.cut("a", "b")
    theatre.cut("a", "c")
    theatre.elect("c")
    theatre.settle()
    theatre.crash("c")
    theatre.restart("c")
    theatre.elect("b")
    theatre.settle()
    theatre.heal()
    with pytest.raises(InvariantBroken, match="committed"):
        theatre.wait(1.0)


# --- figure 8 -----------------------------------------------------------------------------------


def test_figure_8_an_entry_of_an_older_term_is_not_committed_by_counting() -> None:
    theatre = Theatre(
        "12345",
        logs={"1": [1, 2], "2": [1, 2], "3": [1, 2], "4": [1], "5": [1, 3]},
        seen=dict.fromkeys("1234", 3),
    )
    # (c) "1" leads in term 4; entry 2 of term 2 is on "1", "2" and "3", a majority.
    theatre.crash("5")
    theatre.elect("1")
    leader = theatre.raft("1")
    assert (leader.term, theatre.terms("1")) == (4, [1, 2, 4])
    # Let it learn of the copies, but not of any of its own term's entry: "2" and "3" agree with all
    # but the no-op, whose message is lost, and say so to the next heartbeat.
    for follower in "234":
        theatre.lose("1", follower)
    theatre.now += theatre.config.heartbeat_interval
    theatre.tick("1")
    theatre.deliver("1", "2", 1)
    theatre.deliver("1", "3", 1)
    theatre.deliver("2", "1")
    theatre.deliver("3", "1")
    assert [leader.progress[peer].match_index for peer in "23"] == [2, 2]
    assert leader.commit_index < 2, "on a majority, and yet not committed"
    # (d) "1" crashes before its entry of term 4 is anywhere else; "5" overwrites the older one.
    theatre.crash("1")
    theatre.restart("5")
    assert not theatre.campaign("5"), "it only learns that there has been a term 4"
    theatre.elect("5")
    theatre.settle()
    for member in "2345":
        assert theatre.terms(member) == [1, 3, theatre.raft("5").term]
    theatre.restart("1")
    theatre.wait(0.3)
    assert theatre.terms("1") == theatre.terms("5"), "and nobody had been told otherwise"


def test_figure_8_below_an_entry_of_the_current_term_it_is_committed_and_cannot_be_lost() -> None:
    theatre = Theatre(
        "12345",
        logs={"1": [1, 2], "2": [1, 2], "3": [1], "4": [1], "5": [1, 3]},
        seen=dict.fromkeys("1234", 3),
    )
    theatre.crash("5")
    theatre.elect("1")
    # (e) the entry of term 4 reaches "2" and "3": with it, entry 2 is committed.
    theatre.cut("1", "4")
    theatre.settle()
    assert theatre.raft("1").commit_index == 3
    assert theatre.applied("1") == [b"2 of 2"]
    # "5" cannot win any more: only "4" would vote for it.
    theatre.crash("1")
    theatre.restart("5")
    assert not theatre.campaign("5")
    assert not theatre.campaign("5")
    theatre.elect("3")
    theatre.settle()
    theatre.wait(theatre.config.heartbeat_interval)
    for member in "2345":
        assert theatre.terms(member)[:3] == [1, 2, 4]
        assert theatre.applied(member) == [b"2 of 2"]
