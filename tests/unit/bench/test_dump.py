"""The raw state: all that the ancestor showed."""

import json

from bench.dump import dump, dump_json
from raft_core.status import PeerStatus
from tests.unit.statuses import make_status


def facts(text: str) -> dict[str, str]:
    return {
        name.strip(): value
        for name, _, value in (line.partition("  ") for line in text.splitlines())
        for value in [value.strip()]
    }


def test_it_has_what_the_ancestor_showed() -> None:
    progress = {"b": PeerStatus(7, 8, 1, "replicate")}
    shown = facts(dump(make_status(progress=progress, connected=("b",)), "5e55" + "0" * 28))
    assert shown == {
        "role": "leader",
        "leader": "a",
        "node id": "a",
        "session": "5e55...",
        "cluster size": "3 of 3",
        "peers": "b, c",
        "peers online": "b",
        "voted for": "a",
        "term": "2",
        "last log index": "9",
        "last log term": "2",
        "durable index": "8",
        "commit index": "7",
        "last applied": "7",
        "snapshot index": "0",
        "first log index": "1",
        "may fail": "1",
        "problem": "none",
        "b next index": "8",
        "b match index": "7",
        "b in flight": "1",
        "b state": "replicate",
    }


def test_of_a_member_alone() -> None:
    shown = facts(dump(make_status(leader=None, voted_for=None, voters=(), connected=()), ""))
    names = ("session", "leader", "voted for", "peers", "peers online")
    assert [shown[name] for name in names] == [
        "none",
        "none",
        "nobody",
        "none",
        "none",
    ]


def test_as_json_it_is_the_whole_status() -> None:
    assert json.loads(dump_json(make_status()))["voters"] == ["a", "b", "c"]
