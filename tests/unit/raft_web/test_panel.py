"""What this member knows, as rows."""

import pytest

from raft_core import PeerStatus, Status
from raft_web.panel import MemberRow, member_rows, rows, size, storage_used, term_text, voters
from tests.unit.raft_web.conftest import MakeStatus
from transport_webrtc.session import Durability


def values(status: Status) -> dict[str, str]:
    """The facts, by their names."""
    found = rows(status, durability=Durability.DISK, storage=(3072, 5 << 20), introducer="lost")
    return {row.name: row.value for row in found}


def test_every_fact_has_its_row(make_status: MakeStatus) -> None:
    assert values(make_status()) == {
        "node-id": "a",
        "leader": "a",
        "term": "2",
        "voted-for": "a",
        "last-log-index": "9",
        "last-log-term": "2",
        "durable-index": "8",
        "commit-index": "7",
        "applied-index": "7",
        "snapshot-index": "0",
        "durability": "on the disk: a browser that is killed forgets nothing",
        "storage-used": "3.0 KB of 5.0 MB",
        "introducer-state": "away (running clusters do not need it)",
    }


def test_what_is_not_known_has_a_word(make_status: MakeStatus) -> None:
    status = make_status(leader=None, voted_for=None)
    found = values(status)
    assert (found["leader"], found["voted-for"]) == ("none", "nobody")


def test_each_mode_says_what_a_killed_browser_forgets(make_status: MakeStatus) -> None:
    said = {
        durability: row.value
        for durability in Durability
        for row in rows(make_status(), durability=durability, storage=(0, None), introducer="new")
        if row.name == "durability"
    }
    assert "forgets nothing" in said[Durability.DISK]
    assert "forgets its last seconds" in said[Durability.BROWSER]


def test_everyone_is_listed_once_with_the_part_they_play(make_status: MakeStatus) -> None:
    status = make_status(
        outgoing=("a", "old"),
        learners=("new",),
        connected=("b", "new", "stranger"),
        progress={"b": PeerStatus(6, 7, 1, "replicate")},
    )
    assert member_rows(status) == [
        MemberRow("a", "this window", "leader", "connected", "", ""),
        MemberRow("b", "", "voter", "connected", "", "has 6, next 7, 1 in flight"),
        MemberRow("c", "", "voter", "not connected", "", ""),
        MemberRow("old", "", "leaving", "not connected", "", ""),
        MemberRow("new", "", "learner", "connected", "", ""),
        MemberRow("stranger", "", "not a member yet", "connected", "", ""),
    ]


def test_who_may_have_forgotten_something_is_marked(make_status: MakeStatus) -> None:
    doubts = {row.node_id: row.doubt for row in member_rows(make_status(suspects=("b",)))}
    assert doubts == {"a": "", "b": "may have forgotten something", "c": ""}


@pytest.mark.parametrize(
    "term, text",
    [(0, "0"), (7, "7"), (2**32, "0 of generation 1"), (2**33 + 5, "5 of generation 2")],
)
def test_a_term_says_how_often_the_cluster_was_recovered(term: int, text: str) -> None:
    assert term_text(term) == text


def test_a_member_that_waits_lists_itself(make_status: MakeStatus) -> None:
    status = make_status(voters=(), leader=None, connected=())
    assert member_rows(status) == [
        MemberRow("a", "this window", "not a member yet", "connected", "", "")
    ]


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, "3 voters"),
        ({"voters": ("a",)}, "1 voter"),
        ({"outgoing": ("a",)}, "3 voters, changing"),
        ({"learners": ("x", "y")}, "3 voters, 2 learners"),
    ],
)
def test_the_count_of_members(
    make_status: MakeStatus, changes: dict[str, tuple[str, ...]], expected: str
) -> None:
    assert voters(make_status(**changes)) == expected


@pytest.mark.parametrize(
    "units, expected",
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KB"),
        (5 << 20, "5.0 MB"),
        (7 << 30, "7.0 GB"),
        (3 << 50, "3072.0 TB"),
    ],
)
def test_sizes_are_for_people(units: int, expected: str) -> None:
    assert size(units) == expected
    assert storage_used(units, 5 << 20) == f"{expected} of 5.0 MB"
    assert storage_used(units, None) == expected
