"""The cards: what each member says of itself, and what this one sees of it."""

import pytest

from bench.cards import Card, cards, named
from bench.reports import Report
from raft_core import Status
from raft_core.types import Role
from tests.unit.bench.reporting import make_report
from tests.unit.statuses import make_status

A, B, C = (make_report(name) for name in "abc")


def cards_of(
    status: Status, own: Report, others: dict[str, Report], ages: dict[str, float | None]
) -> list[Card]:
    return cards(status, own, others, ages, durability="browser")


def by_member(found: list[Card]) -> dict[str, Card]:
    return {card.member: card for card in found}


def test_each_member_has_a_card_in_the_order_of_their_hosts() -> None:
    shown = cards_of(make_status(), A, {"c": C, "b": B}, {"b": 1.0, "c": 20.0})
    assert [(card.title, card.note) for card in shown] == [
        ("a", "this window, visible"),
        ("b", "now, visible"),
        ("c", "20 s ago, visible"),
    ]
    rows = dict(shown[1].rows)
    assert rows["Term"] == "2"
    assert (rows["Last"], rows["Committed"], rows["Applied"]) == ("9", "7", "7")
    assert rows["Storage"] == "512 KB of 5 MB"
    assert rows["Kept"] == "in the browser"
    assert (rows["Leader"], rows["Vote"], rows["Snapshot"]) == ("a", "a", "none")
    assert shown[1].storage == 0.1


def test_who_is_not_reached_is_marked_whatever_it_said_last() -> None:
    status = make_status(connected=("b",))
    shown = by_member(cards_of(status, A, {"b": B, "c": C}, {"b": 1.0, "c": 1.0}))
    assert (shown["b"].level, shown["c"].level) == ("safe", "halted")
    assert shown["c"].note == "not reached; now, visible"


def test_who_said_nothing_yet_has_a_card_with_what_is_known() -> None:
    shown = by_member(cards_of(make_status(learners=("d",), connected=("b", "d", "e")), A, {}, {}))
    assert shown.keys() == {"a", "b", "c", "d", "e"}
    assert shown["b"].note == "no word yet"
    assert dict(shown["b"].rows)["Part"] == "voter"
    assert dict(shown["d"].rows)["Part"] == "learner"
    assert dict(shown["e"].rows)["Part"] == "not a member yet"


def test_a_member_that_is_gone_has_no_card() -> None:
    shown = cards_of(make_status(), A, {"x": make_report("x")}, {"x": 1.0})
    assert [card.member for card in shown] == ["a", "b", "c"]


def test_a_run_shows_on_the_card_while_the_word_is_fresh() -> None:
    running = make_report("b", run="1 outstanding", rate=940.0)
    for age, run in ((1.0, "measures: 1 outstanding (940/s)"), (31.0, ""), (None, "")):
        shown = by_member(cards_of(make_status(), A, {"b": running}, {"b": age}))
        assert shown["b"].run == run


def test_this_member_with_a_problem_has_a_red_lamp() -> None:
    shown = by_member(cards_of(make_status(problem="the storage is full"), A, {"b": B}, {"b": 1.0}))
    assert (shown["a"].level, shown["b"].level) == ("halted", "safe")


def test_without_leader_vote_and_visibility() -> None:
    own = make_report(leader=None, voted_for=None, visible=False, snapshot_index=1234)
    (card, *_) = cards_of(make_status(role=Role.CANDIDATE), own, {}, {})
    rows = dict(card.rows)
    assert (rows["Leader"], rows["Vote"], rows["Snapshot"]) == ("none", "none", "1,234")
    assert card.note == "this window, hidden"


def test_a_quota_that_the_browser_does_not_say_is_not_made_up() -> None:
    (card, *_) = cards_of(make_status(), make_report(storage_quota=0), {}, {})
    assert dict(card.rows)["Storage"] == "512 KB"
    assert card.storage == 0


@pytest.mark.parametrize(
    "member,name", [(None, "none"), ("a", "a"), ("0123456789", "012345"), ("b", "here b")]
)
def test_names_of_members(member: str | None, name: str) -> None:
    here = {name: make_report(name, host="here.localhost:1") for name in "bc"}
    assert named(member, {"a": A, **here}) == name
