"""The introducer is news only where it is needed."""

import pytest

from raft_web.introducing import introducer_note, introducer_trouble


@pytest.mark.parametrize(
    "state, note",
    [
        ("connecting", ""),
        ("joined", ""),
        ("lost", "introducer away"),
        ("refused", "introducer refuses"),
    ],
)
def test_the_note_is_discreet(state: str, note: str) -> None:
    assert introducer_note(state) == note


@pytest.mark.parametrize("state", ["connecting", "joined"])
def test_nobody_is_troubled_while_it_is_there(state: str) -> None:
    assert introducer_trouble(state, "old news") == ""


def test_a_waiting_member_is_told_why_nobody_comes() -> None:
    assert introducer_trouble("lost", "No answer.") == (
        "Members cannot find each other now: No answer. It is tried again by itself."
    )
    assert "it does not answer." in introducer_trouble("lost", None)
    assert "The room is full." in introducer_trouble("refused", "The room is full.")
