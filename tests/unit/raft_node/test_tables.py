"""What a person sees of a member."""

from typing import Any

from rich.console import Console

from raft_core import PeerStatus, Role
from raft_node.control.requests import Report
from raft_node.tables import report_table
from tests.unit.statuses import make_status
from transport_webrtc.events import PeerState, PeerStats


def shown(changes: dict[str, Any] | None = None, **fields: Any) -> str:
    everything: dict[str, Any] = {
        "status": make_status(**(changes or {})),
        "safety": "",
        "session": "1" * 16,
        "state": "m:S",
        "found": True,
        "pid": 7,
        "uptime": 3725.0,
        "introducer": "joined",
        "introducer_problem": None,
        "links": {"b": PeerStats(PeerState.CONNECTED, 0, 0.0123)},
        "storage_bytes": 2048,
    }
    console = Console(width=120)
    with console.capture() as capture:
        console.print(report_table(Report(**{**everything, **fields})))
    return capture.get()


def row(text: str, first: str) -> list[str]:
    return next(line.split() for line in text.splitlines() if line.split()[:1] == [first])


def test_a_leader_shows_who_has_what() -> None:
    text = shown({"progress": {"b": PeerStatus(8, 9, 0, "replicate")}})
    assert text.splitlines()[0].strip() == "3 of 3 members here: any one may fail."
    assert "a (leader), process 7, up 1 h 2 min" in text
    assert "9 in the log, 7 committed, 7 applied" in text
    assert row(text, "storage") == ["storage", "2.0", "KB"]
    assert row(text, "b") == ["b", "voter", "connected", "12.3", "ms", "8", "(replicate)"]
    assert row(text, "c") == ["c", "voter", "connected"]  # by another transport's word
    assert row(text, "a") == ["a", "leader", "this", "member"]


def test_a_member_that_nobody_took_in_yet_is_in_the_table_too() -> None:
    text = shown({"node_id": "x", "role": Role.LEARNER, "voters": (), "leader": None})
    assert row(text, "x") == ["x", "not", "taken", "in", "this", "member"]
    assert row(text, "b") == ["b", "stranger", "connected", "12.3", "ms"]
    assert row(text, "leader") == ["leader", "none", "known"]


def test_what_is_under_way_or_wrong_is_shown() -> None:
    text = shown(
        {
            "outgoing": ("a", "d"),
            "learners": ("e",),
            "settled": False,
            "transfer": "b",
            "problem": "the disk is full",
            "snapshot_index": 5,
            "term": 2**32 + 1,
            "generation": 1,
            "incompatible": {"c": "it speaks version 9"},
        },
        introducer="lost",
        introducer_problem="It cannot be reached.",
    )
    for words in (
        "up to 5",
        "generation 1",
        "the disk is full",
        "to b",
        "changing",
        "away (a running cluster does not need it)",
        "It cannot be reached.",
        "c: it speaks version 9",
    ):
        assert words in text
    assert row(text, "d")[1] == "leaving"
    assert row(text, "e")[1] == "learner"


def test_sizes_and_times_are_for_people() -> None:
    assert "100 bytes" in shown(storage_bytes=100)
    assert "3.0 MB" in shown(storage_bytes=3 * 1024 * 1024)
    assert "up 59 s" in shown(uptime=59.9)
    assert "up 1 min 1 s" in shown(uptime=61)


def test_without_an_introducer_there_is_no_word_of_it() -> None:
    assert "introducer" not in shown(introducer=None)
