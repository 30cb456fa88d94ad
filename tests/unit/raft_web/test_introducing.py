"""The introducer is news only where it is needed."""

import pytest

from raft_web.introducing import (
    connection_note,
    distrust_note,
    introducer_note,
    introducer_trouble,
)
from transport_webrtc.events import AttemptFailed, LossReason, NotAuthenticated, PeerConnected


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


def test_only_an_attempt_that_led_nowhere_is_worth_a_note() -> None:
    failed = AttemptFailed("b", LossReason.TIMEOUT, "10 s")
    assert "Member b is there, but no connection" in connection_note(failed)
    hinted = AttemptFailed("b", LossReason.TIMEOUT, "10 s", "The relay refuses us.")
    assert connection_note(hinted) == f"{connection_note(failed)} The relay refuses us."
    assert connection_note(AttemptFailed("b", LossReason.LEFT, "")) == ""
    assert connection_note(PeerConnected("b")) == ""


def test_a_signal_that_is_not_believed_is_told_with_what_to_do() -> None:
    note = distrust_note(NotAuthenticated("b"))
    assert "in the name of member b" in note
    assert "reloading both helps" in note
    assert "introducer changes what members say" in note
    assert distrust_note(PeerConnected("b")) == ""
