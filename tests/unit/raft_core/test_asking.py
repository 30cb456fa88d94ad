"""A driver is asked for other members, another leader, and to step aside."""

from typing import Any

import pytest

from raft_core import asking
from raft_core.errors import NoLeader, Removed, Stopped, TransferRefused
from raft_core.io import PeersChanged
from raft_core.messages import (
    DONE,
    ForwardedChange,
    Inquiry,
    MembersChange,
    OperationReply,
    Removal,
    TimeoutNow,
    TransferRequest,
)
from raft_core.types import Role
from tests.unit.raft_core.rig import Rig, alone

CHANGE = MembersChange(learn=("d",))


def test_a_leader_begins_a_change_at_once_and_says_when_it_is_done() -> None:
    rig = Rig("abc").lead()
    told: list[Any] = []
    asking.change_members(rig.driver, CHANGE, 0, 10.0, told.append)
    assert rig.raft.configuration.learners == ("d",)
    assert told == []
    rig.accept()
    assert told == [rig.raft.configuration_index]


def test_a_follower_asks_the_leader_knowing_what_it_knows() -> None:
    rig = Rig("abc").follow()
    told: list[Any] = []
    name = asking.change_members(rig.driver, CHANGE, 7, 10.0, told.append)
    assert rig.to("b") == [ForwardedChange(name, 1, CHANGE, "", 7)]
    rig.deliver("b", OperationReply(name, 1, DONE, "", 8))
    assert told == [8]


def test_without_an_answer_it_is_asked_for_again() -> None:
    rig = Rig("abc").follow()
    name = asking.change_members(rig.driver, CHANGE, 0, 60.0, lambda answer: None)
    rig.to("b")
    rig.wait(rig.config.retry_interval)
    assert ForwardedChange(name, 2, CHANGE, "") in rig.to("b")


def test_a_transfer_is_done_when_another_member_leads() -> None:
    rig = Rig("abc").lead()
    rig.driver.put(PeersChanged(frozenset("bc")))
    told: list[Any] = []
    asking.transfer(rig.driver, None, 10.0, told.append)
    assert TimeoutNow(rig.raft.term) in rig.to("b")
    rig.follow_in_next_term("b")
    assert told == ["b"]


def test_a_follower_hands_the_wish_on() -> None:
    rig = Rig("abc").follow()
    name = asking.transfer(rig.driver, "c", 10.0, lambda answer: None)
    assert rig.to("b") == [TransferRequest(name, 1, "c")]


def test_who_leads_already_needs_no_transfer() -> None:
    rig = Rig("abc").follow()
    told: list[Any] = []
    asking.transfer(rig.driver, "b", 10.0, told.append)
    assert (told, rig.to("b"), len(rig.driver.operations)) == (["b"], [], 0)


def test_alone_there_is_nobody_to_hand_over_to() -> None:
    told: list[Any] = []
    asking.transfer(alone().driver, None, 10.0, told.append)
    assert isinstance(told[0], TransferRefused)


def test_a_leader_steps_aside_for_who_is_in_reach() -> None:
    rig = Rig("abc").lead()
    assert not asking.step_aside(rig.driver), "nobody is in reach"
    rig.driver.put(PeersChanged(frozenset("b")))
    assert asking.step_aside(rig.driver)
    assert TimeoutNow(rig.raft.term) in rig.to("b")
    assert rig.raft.role is Role.FOLLOWER
    assert not asking.step_aside(rig.driver), "it does not lead"


def test_one_that_has_ended_is_asked_in_vain() -> None:
    rig = Rig("abc").follow()
    rig.driver.halt(Stopped("over"))
    with pytest.raises(Stopped, match="over"):
        asking.change_members(rig.driver, CHANGE, 0, 10.0, lambda answer: None)
    with pytest.raises(Stopped, match="over"):
        asking.transfer(rig.driver, None, 10.0, lambda answer: None)
    assert not asking.step_aside(rig.driver)


def test_one_that_was_removed_ends_and_says_so() -> None:
    rig = Rig("abc").follow()
    told: list[Any] = []
    asking.transfer(rig.driver, "c", 10.0, told.append)
    rig.deliver("b", Removal(5))
    assert "was removed from the cluster" in (rig.driver.problem or "")
    assert isinstance(told[0], Removed)
    with pytest.raises(Removed):
        asking.transfer(rig.driver, "c", 10.0, told.append)


def test_peers_are_asked_what_they_have() -> None:
    rig = Rig("abc")
    rig.driver.put(PeersChanged(frozenset("c")))
    asking.inquire(rig.driver)
    assert rig.to("c") == [Inquiry()]
    assert rig.to("b") == []


def test_a_member_that_has_ended_asks_nobody() -> None:
    rig = Rig("abc")
    rig.driver.put(PeersChanged(frozenset("c")))
    rig.driver.halt(Stopped("over"))
    asking.inquire(rig.driver)
    assert rig.to("c") == []


def test_who_is_in_no_cluster_is_told_what_one_begins_with() -> None:
    error = NoLeader("no leader was found in time")
    assert "found=True" in str(asking.advised(Rig("").driver, error))
    assert asking.advised(Rig("abc").driver, error) is error
    other = TransferRefused("it is too slow")
    assert asking.advised(Rig("").driver, other) is other
