"""What is said of copies of a member."""

import pytest

from raft_web.copies import copy_note
from transport_webrtc.events import PeerArrived, RanElsewhere, SupersededBy


def test_the_one_that_has_stopped_says_what_happened_and_what_to_do() -> None:
    note = copy_note(SupersededBy(7))
    assert "runs in another place" in note
    assert "this window has stopped" in note
    assert "clear what is stored here" in note


@pytest.mark.parametrize("answered", [True, False])
def test_the_one_that_goes_on_is_told_as_well(answered: bool) -> None:
    note = copy_note(RanElsewhere(6, answered=answered))
    assert "this window goes on" in note
    assert "use one copy only" in note


def test_a_connection_that_was_seen_twice_is_not_called_a_copy_for_sure() -> None:
    assert "If a copy" in copy_note(RanElsewhere(6, answered=False))


def test_of_all_else_it_says_nothing() -> None:
    assert copy_note(PeerArrived("a")) == ""
