"""What the callers of a generation were told is demanded when it ends."""

import pytest

from raft_core.testing.eras import Era
from raft_core.testing.invariants import InvariantViolated


def told(*names: int) -> Era:
    """Each of these was called, applied and acknowledged, in this order."""
    era = Era()
    for place, name in enumerate(names, 1):
        era.linearizability.called(name, "a", 1)
        era.applied("a", name, place)
        era.acknowledged(name, place)
    return era


def test_what_was_acknowledged_is_there_in_the_end() -> None:
    era = told(7, 8)
    era.end()
    assert not era.is_broken


def test_an_acknowledged_command_with_another_in_its_place_is_lost() -> None:
    era = told(7, 8)
    era.exactly_once.order[1] = 9
    with pytest.raises(InvariantViolated, match="acknowledged 8 is lost"):
        era.end()


def test_callers_that_were_told_what_cannot_be_are_seen_in_the_end() -> None:
    era = told(7)
    era.linearizability.called("read", "b", 0)
    era.linearizability.returned("read", 0)
    with pytest.raises(InvariantViolated, match="linearizability"):
        era.end()
    assert era.is_broken
