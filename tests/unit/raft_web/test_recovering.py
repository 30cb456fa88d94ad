"""When a majority is gone: whether it is, what each has, what a choice means."""

import pytest

from raft_core import PeerHolding, Status
from raft_web.recovering import ASK_EVERY, PATIENCE, Lost, holders, is_lost, question, recovery
from tests.unit.raft_web.conftest import MakeStatus

B_HAS_MORE = PeerHolding(12, 2, 8, False)
C_HAS_LESS = PeerHolding(8, 2, 7, False)


@pytest.fixture
def alone(make_status: MakeStatus) -> Status:
    """One of three, the others gone."""
    return make_status(leader=None, connected=())


def asked(status: Status) -> str:
    return " ".join(question(status).lines)


# --- whether it is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes, lost",
    [
        ({"connected": ()}, True),
        ({"connected": ("b",)}, False),
        ({"connected": ("x", "y")}, True),  # those are no voters
        ({"suspects": ("b", "c")}, True),
        ({"suspects": ("b",)}, False),
        ({"suspects": ("a", "b", "c"), "suspect": True}, True),
        ({"suspects": ("b",), "connected": ("b",)}, True),
        ({"voters": ("a",), "connected": ("l",), "learners": ("l",)}, False),
        ({"voters": ("a",), "learners": ("l",), "suspects": ("a",), "suspect": True}, True),
        ({"node_id": "l", "learners": ("l",), "connected": ("a",)}, True),
        ({"node_id": "l", "learners": ("l",), "connected": ("a", "b")}, False),
        ({"voters": ("a", "b"), "outgoing": ("a", "c"), "connected": ("b",)}, True),
        ({"voters": ("a", "b"), "outgoing": ("a", "c"), "connected": ("b", "c")}, False),
        ({"node_id": "x", "connected": ("b",)}, False),  # it is in no cluster
        ({"voters": (), "connected": ()}, False),
        ({"connected": (), "problem": "its storage is full"}, False),
        ({"connected": (), "removed": True}, False),
    ],
)
def test_it_is_lost_when_too_few_are_here_that_surely_forgot_nothing(
    make_status: MakeStatus, changes: dict[str, object], lost: bool
) -> None:
    assert is_lost(make_status(leader=None, **changes)) is lost


def test_while_somebody_leads_nothing_is_lost(make_status: MakeStatus) -> None:
    assert not is_lost(make_status(connected=(), suspects=("b", "c")))


def test_it_is_offered_after_a_while_only_and_taken_back_at_once(
    alone: Status, make_status: MakeStatus
) -> None:
    watch = Lost(lambda: None)
    assert not watch.look(alone, 100.0)
    assert not watch.look(alone, 100.0 + PATIENCE - 0.1)
    assert watch.look(alone, 100.0 + PATIENCE)
    assert not watch.look(make_status(), 101.0 + PATIENCE)
    assert not watch.look(alone, 102.0 + PATIENCE)


def test_without_a_leader_the_others_are_asked_now_and_then(make_status: MakeStatus) -> None:
    """Also when all are here: it may be that none campaigns, since all may have forgotten."""
    leaderless, times = make_status(leader=None), list[float]()
    watch = Lost(lambda: times.append(now))
    for half_seconds in range(12):
        now = half_seconds / 2
        watch.look(leaderless, now)
    assert times == [ASK_EVERY, 2 * ASK_EVERY]
    now = 100.0
    watch.look(make_status(), now)
    watch.look(leaderless, now)
    assert len(times) == 2, "an election that ends at once is worth no question"


def test_who_belongs_to_no_cluster_asks_nobody(make_status: MakeStatus) -> None:
    watch = Lost(pytest.fail)
    for now in (0.0, 10.0):
        watch.look(make_status(node_id="x", leader=None), now)


# --- what is said -------------------------------------------------------------------------------


def test_missing_windows_are_to_be_opened_first(alone: Status) -> None:
    offer = recovery(alone)
    assert "1 of the 3 voters is here" in offer.why
    assert "Not here: b, c. Open the windows again" in offer.wait
    assert "nothing is lost" in offer.wait
    assert "whose storage was cleared" not in offer.wait


def test_who_comes_with_nothing_does_not_count_and_is_told_so(make_status: MakeStatus) -> None:
    offer = recovery(make_status(leader=None, connected=("new",)))
    assert "whose storage was cleared comes back as a new member" in offer.wait


def test_a_single_entry_that_may_not_have_been_acknowledged(make_status: MakeStatus) -> None:
    text = asked(make_status(leader=None, connected=(), commit_index=8))
    assert "The last one may never have been, and counts from then on." in text


def test_those_who_may_have_forgotten_are_named(make_status: MakeStatus) -> None:
    offer = recovery(make_status(leader=None, suspects=("a", "b"), suspect=True))
    assert offer.why.startswith("a, b may have forgotten")
    assert "Nobody is missing" in offer.wait


def test_everyone_is_shown_with_what_they_have(make_status: MakeStatus) -> None:
    status = make_status(
        leader=None,
        suspects=("a", "b"),
        suspect=True,
        connected=("b", "new", "old"),
        holdings={"b": PeerHolding(1, 1, 1, True), "new": PeerHolding(0, 0, 0, False)},
    )
    assert [(one.node_id, one.title, one.facts) for one in holders(status)] == [
        (
            "a",
            "this window",
            "9 entries, the last of term 2; 7 known to be acknowledged; may have forgotten more",
        ),
        (
            "b",
            "",
            "1 entry, the last of term 1; 1 known to be acknowledged; may have forgotten more",
        ),
        ("new", "", "has nothing: a new member"),
        ("old", "", "has not said yet what it has"),
        ("c", "", "not here"),
    ]


@pytest.mark.parametrize(
    "b_has, best",
    [
        (PeerHolding(12, 2, 8, False), {"b"}),
        (PeerHolding(8, 2, 8, False), {"a"}),
        (PeerHolding(5, 3, 5, False), {"b"}),  # the later term, whatever the index (paper, 5.4.1)
        (PeerHolding(50, 1, 5, False), {"a"}),
        (PeerHolding(9, 2, 7, False), {"a", "b"}),
        (PeerHolding(9, 2, 7, True), {"a"}),  # as much, and it may have had more
        (PeerHolding(12, 2, 8, True), {"b"}),  # what it may have forgotten takes nothing away
    ],
)
def test_who_has_most_is_recommended(
    make_status: MakeStatus, b_has: PeerHolding, best: set[str]
) -> None:
    status = make_status(leader=None, connected=("b",), holdings={"b": b_has})
    assert {one.node_id for one in holders(status) if one.best} == best
    advice = recovery(status).advice
    assert ("has more than this one." in advice and "Rather" not in advice) is ("a" in best)
    assert ("in the window of member b" in advice) is ("a" not in best)


def test_a_stranger_is_never_recommended(make_status: MakeStatus) -> None:
    """It may be of an earlier life of this cluster, or removed."""
    has = {"x": PeerHolding(99, 9, 9, False)}
    status = make_status(leader=None, connected=("x",), holdings=has)
    assert {one.node_id for one in holders(status) if one.best} == {"a"}
    assert "99" not in asked(status)


# --- what is asked ------------------------------------------------------------------------------


def test_the_question_says_who_is_excluded_and_what_may_be_lost(alone: Status) -> None:
    text = asked(alone)
    assert "a goes on as a cluster of one with its 9 entries" in text
    assert "Excluded for ever: b, c." in text
    assert "Whatever b, c had acknowledged and this one never got is lost" in text
    assert "Of its 9 entries 7 are known to have been acknowledged. The last 2 may never" in text
    assert "Choose one member only" in text


def test_it_says_that_another_has_more(make_status: MakeStatus) -> None:
    has = {"b": B_HAS_MORE, "c": C_HAS_LESS}
    text = asked(make_status(leader=None, suspects=("a", "b"), suspect=True, holdings=has))
    assert "Member b has more: 12 entries, the last of term 2." in text
    assert "Member c" not in text
    assert "This member may itself have forgotten what it wrote last" in text
    assert "had acknowledged and this one never got" not in text, "nobody is missing"


def test_it_says_nothing_of_what_is_not_so(make_status: MakeStatus) -> None:
    status = make_status(
        leader=None, voters=("a",), connected=(), commit_index=9, suspect=True, suspects=("a",)
    )
    text = asked(status)
    assert "Excluded" not in text
    assert "may never have been" not in text
