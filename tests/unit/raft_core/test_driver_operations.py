"""The pump and the operations of its member: when they are asked again, and how they end."""

from typing import Any

from raft_core import asking
from raft_core.errors import OutcomeUnknown, Removed
from raft_core.io import PeersChanged
from raft_core.messages import DENIED, MembersChange, OperationReply, Removal, TransferRequest
from tests.unit.raft_core.rig import Rig

CHANGE = MembersChange(learn=("d",))


def asked(rig: Rig) -> tuple[list[Any], str]:
    """A change under way for three seconds, and what is told of it."""
    told: list[Any] = []
    return told, asking.change_members(rig.driver, CHANGE, 0, 3.0, told.append)


def test_a_time_out_ends_an_operation_and_the_deadline_says_when() -> None:
    rig = Rig("abc").follow()
    told, _ = asked(rig)
    assert rig.driver.deadline <= rig.now + rig.config.retry_interval
    rig.wait(3.0)
    assert isinstance(told[0], OutcomeUnknown)


def test_another_leader_is_asked_at_once() -> None:
    rig = Rig("abc").follow()
    told, name = asked(rig)
    rig.follow_in_next_term("c")
    assert [type(message).__name__ for message in rig.to("c")][-1] == "ForwardedChange"
    rig.deliver("c", OperationReply(name, 2, DENIED, "no"))
    assert str(told[0]) == "no"


def test_one_that_is_removed_ends_and_with_it_all_that_is_open() -> None:
    rig = Rig("abc").follow()
    told, _ = asked(rig)
    written = rig.submit()
    rig.deliver("b", Removal(1))
    assert "was removed from the cluster" in (rig.driver.problem or "")
    assert isinstance(told[0], Removed)
    assert isinstance(written[0], Removed)
    rig.deliver("b", Removal(1))
    rig.driver.put(PeersChanged(frozenset()))


def test_a_reply_may_begin_the_next_attempt() -> None:
    rig = Rig("abc").follow()
    _, name = asked(rig)
    rig.to("b")
    rig.deliver("b", OperationReply(name, 1, 2, "", 9, "you.1"))
    (again,) = rig.to("b")
    assert (again.attempt, again.expected_change) == (2, "you.1")  # type: ignore[union-attr]


def test_without_an_operation_a_new_leader_is_asked_for_nothing() -> None:
    rig = Rig("abc").follow()
    rig.follow_in_next_term("c")
    assert not [message for message in rig.to("c") if isinstance(message, TransferRequest)]
