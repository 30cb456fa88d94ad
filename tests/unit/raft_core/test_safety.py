"""The sentence says what would happen, for every situation a member can be in."""

from typing import Any

import pytest

from raft_core.safety import Level, safety
from tests.unit.statuses import make_status

FIVE = ("a", "b", "c", "d", "e")


@pytest.mark.parametrize(
    "changes, level, sentence",
    [
        ({}, Level.SAFE, "3 of 3 members here: any one may fail."),
        (
            {"connected": ("b",), "may_fail": 0},
            Level.FRAGILE,
            "2 of 3 members here: with one more gone, writes wait.",
        ),
        (
            {"connected": (), "may_fail": 0, "leader": None},
            Level.HALTED,
            "1 of 3 members here: writes wait until 2 are.",
        ),
        (
            # A leader that lost the others has not noticed yet, and commits nothing any more.
            {"connected": (), "may_fail": 0},
            Level.HALTED,
            "1 of 3 members here: writes wait until 2 are.",
        ),
        (
            {"leader": None},
            Level.HALTED,
            "3 of 3 members here: choosing a leader, writes wait.",
        ),
        (
            {"voters": FIVE, "connected": FIVE[1:], "may_fail": 2, "target_size": 5},
            Level.SAFE,
            "5 of 5 members here: any two may fail.",
        ),
        (
            {"voters": ("a",), "connected": (), "may_fail": 0},
            Level.FRAGILE,
            "1 of 3: nothing is safe yet.",
        ),
        (
            {"voters": ("a",), "connected": (), "may_fail": 0, "target_size": 1},
            Level.FRAGILE,
            "A cluster of one: if this member fails, writes stop.",
        ),
        (
            {"suspect": True, "leader": "b", "suspects": ("a",)},
            Level.FRAGILE,
            (
                "This member may have forgotten what was written last: the leader brings it up to "
                "date."
            ),
        ),
        (
            {"suspect": True, "leader": None, "suspects": ("a",), "voters": ()},
            Level.HALTED,
            (
                "This member may have forgotten what was written last: it waits for a leader. If "
                "no others come back, a person must choose who goes on."
            ),
        ),
        (
            {"leader": None, "suspects": ("b", "c")},
            Level.HALTED,
            (
                "Two of 3 may have forgotten what was written last: nobody can be elected. If no "
                "others come back, a person must choose who goes on."
            ),
        ),
        (
            {"leader": None, "suspects": ("b",)},
            Level.HALTED,
            "3 of 3 members here: choosing a leader, writes wait.",
        ),
        (
            {"voters": (), "leader": None, "may_fail": 0},
            Level.FRAGILE,
            "Not in a cluster yet: waiting to be taken in.",
        ),
        (
            {"node_id": "d", "learners": ("d",), "connected": ("a", "b", "c")},
            Level.SAFE,
            "Three members decide; this one follows.",
        ),
        (
            {"node_id": "d", "learners": ("d",), "connected": (), "leader": None},
            Level.HALTED,
            "No leader in sight: writes wait.",
        ),
        (
            {"problem": "the storage is full"},
            Level.HALTED,
            "This member has stopped: the others go on without it.",
        ),
        (
            # Strangers and learners in reach are no help.
            {"connected": ("x", "y"), "may_fail": 0, "leader": None},
            Level.HALTED,
            "1 of 3 members here: writes wait until 2 are.",
        ),
    ],
)
def test_safety(changes: dict[str, Any], level: Level, sentence: str) -> None:
    assert safety(make_status(**changes)) == (level, sentence)


def test_large_numbers_are_written_as_digits() -> None:
    many = tuple(str(number) for number in range(19))
    status = make_status(node_id="0", voters=many, connected=many[1:], may_fail=9, leader="0")
    assert safety(status).sentence == "19 of 19 members here: any 9 may fail."
