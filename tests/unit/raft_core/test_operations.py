"""Changes of members and transfers of one member, from call to answer."""

from typing import Any

import pytest

from raft_core.errors import (
    ConfigurationRefused,
    NoLeader,
    OutcomeUnknown,
    Stopped,
    TransferRefused,
)
from raft_core.io import Asked, ReadRequested
from raft_core.messages import (
    DENIED,
    DONE,
    LATER,
    NOWHERE,
    STALE,
    Forward,
    ForwardedChange,
    ForwardedProposal,
    MembersChange,
    OperationReply,
    ReadIndex,
    ReadIndexReply,
    TransferRequest,
)
from raft_core.operations import Operations
from raft_core.types import NodeId
from tests.unit.raft_core.support import Member, only

WANTED = MembersChange(add=("d",))
NAME = "me.1"


class Asking:
    """Operations with one change or transfer under way from time 0, for ten seconds."""

    def __init__(self, *, expected_index: int = 0) -> None:
        self.operations = Operations("me", retry_interval=1.0)
        self.told: list[Any] = []
        self.expected_index = expected_index

    def change(self) -> "Asking":
        name, asked = self.operations.change(
            WANTED,
            known="you.1",
            expected_index=self.expected_index,
            now=0.0,
            timeout=10.0,
            done=self.told.append,
        )
        assert name == NAME
        assert asked == self.asked(1)
        return self

    def transfer(self, to: NodeId | None, leader: NodeId | None) -> "Asking":
        name, asked = self.operations.transfer(
            to, leader=leader, now=0.0, timeout=10.0, done=self.told.append
        )
        assert (name, asked) == (NAME, Asked(TransferRequest(NAME, 1, to)))
        return self

    def asked(self, attempt: int, known: str = "you.1") -> Asked:
        return Asked(ForwardedChange(NAME, attempt, WANTED, known, self.expected_index))

    def say(
        self,
        attempt: int,
        status: Any,
        sentence: str = "",
        *,
        now: float = 0.5,
        in_force: str = "you.2",
    ) -> list[Asked]:
        reply = OperationReply(NAME, attempt, status, sentence, 7, in_force)
        return self.operations.answer([reply], now)

    def end(self) -> Any:
        """What it was told, once."""
        self.operations.due(11.0)
        assert len(self.operations) == 0
        (told,) = self.told
        return told


# --- a change ------------------------------------------------------------------------------------


def test_a_change_that_is_done_gives_the_index_of_its_configuration() -> None:
    asking = Asking().change()
    assert asking.say(1, DONE) == []
    assert asking.end() == 7


def test_a_refusal_is_an_error_with_the_leaders_sentence() -> None:
    asking = Asking().change()
    asking.say(1, DENIED, "no")
    assert (type(asking.end()), str(asking.told[0])) == (ConfigurationRefused, "no")


def test_without_an_answer_it_is_asked_for_again_by_the_same_name() -> None:
    asking = Asking().change()
    assert asking.operations.due(0.9) == []
    assert asking.operations.due(1.0) == [asking.asked(2)]
    assert asking.operations.deadline == 2.0
    assert isinstance(asking.end(), OutcomeUnknown)


def test_when_another_member_leads_it_is_asked_at_once() -> None:
    asking = Asking().change()
    assert asking.operations.on_leader(None, 0.1) == []
    assert asking.operations.on_leader("b", 0.2) == [asking.asked(2)]


def test_what_is_in_the_way_only_now_is_waited_for() -> None:
    asking = Asking().change()
    assert asking.say(1, LATER, "busy") == []
    assert asking.operations.deadline == pytest.approx(0.6)
    assert asking.operations.due(0.6) == [asking.asked(2)]


def test_out_of_time_it_says_what_is_known() -> None:
    nowhere = Asking().change()
    nowhere.say(1, NOWHERE)
    assert isinstance(nowhere.end(), NoLeader)
    refused = Asking().change()
    refused.say(1, LATER, "busy")
    assert (type(refused.end()), str(refused.told[0])) == (
        ConfigurationRefused,
        "busy; nothing was changed within the time",
    )
    unknown = Asking().change()
    assert isinstance(unknown.end(), OutcomeUnknown)


def test_a_change_that_somebody_else_was_quicker_with_is_asked_for_knowing_that() -> None:
    asking = Asking().change()
    assert asking.say(1, STALE) == [asking.asked(2, "you.2")]
    asking.say(2, DONE)
    assert asking.end() == 7


def test_unless_it_is_meant_for_one_index() -> None:
    asking = Asking(expected_index=5).change()
    assert asking.say(1, STALE, "too late") == []
    assert (type(asking.end()), str(asking.told[0])) == (ConfigurationRefused, "too late")


def test_or_an_attempt_is_open_that_may_have_been_made_before() -> None:
    asking = Asking().change()
    asking.operations.due(1.0)
    assert asking.say(2, STALE, "too late") == []
    assert isinstance(asking.end(), OutcomeUnknown)


def test_or_it_was_made_and_the_attempt_that_was_answered_is_another_copy_of_one() -> None:
    """Messages may be doubled: the first copy was made, and what is said of it was lost."""
    asking = Asking().change()
    asking.say(1, LATER, "busy", in_force=NAME)
    assert asking.say(1, STALE, "too late") == []
    assert isinstance(asking.end(), OutcomeUnknown)
    overtaken = Asking().change()
    assert overtaken.say(1, STALE, in_force=NAME) == []
    assert isinstance(overtaken.end(), OutcomeUnknown)
    silent = Asking().change()
    silent.say(1, LATER, "busy", in_force=NAME)
    assert isinstance(silent.end(), OutcomeUnknown)


def test_a_late_word_on_an_earlier_attempt_does_not_ask_again() -> None:
    asking = Asking().change()
    asking.operations.due(1.0)
    assert asking.say(1, STALE) == []
    assert asking.say(2, STALE) == [asking.asked(3, "you.2")]


def test_what_is_said_of_others_operations_is_nobodys_business() -> None:
    asking = Asking().change()
    assert asking.operations.answer([OperationReply("you.9", 1, DONE)], 0.0) == []
    assert asking.told == []


def test_each_is_asked_for_again_in_its_own_time() -> None:
    asking = Asking().change()
    told: list[Any] = []
    asking.operations.transfer("c", leader="a", now=0.5, timeout=10.0, done=told.append)
    assert asking.operations.due(1.0) == [asking.asked(2)]
    assert asking.operations.due(1.5) == [Asked(TransferRequest("me.2", 2, "c"))]


# --- a transfer ----------------------------------------------------------------------------------


def test_a_transfer_is_done_when_the_one_asked_for_leads() -> None:
    asking = Asking().transfer("c", "a")
    assert asking.operations.on_leader("b", 0.1) == [Asked(TransferRequest(NAME, 2, "c"))]
    assert asking.operations.on_leader("c", 0.2) == []
    assert asking.end() == "c"


def test_without_a_name_when_any_other_does() -> None:
    asking = Asking().transfer(None, "a")
    assert asking.operations.on_leader("a", 0.1) == [Asked(TransferRequest(NAME, 2, None))]
    assert asking.operations.on_leader("b", 0.2) == []
    assert asking.end() == "b"


def test_if_no_leader_was_known_the_first_one_is_asked_to_go() -> None:
    asking = Asking().transfer(None, None)
    assert asking.operations.on_leader("a", 0.1) == [Asked(TransferRequest(NAME, 2, None))]
    asking.operations.on_leader("b", 0.2)
    assert asking.end() == "b"


def test_a_transfer_that_is_refused_or_late_says_why() -> None:
    refused = Asking().transfer("c", "a")
    refused.say(1, DENIED, "no")
    assert (type(refused.end()), str(refused.told[0])) == (TransferRefused, "no")
    late = Asking().transfer("c", "a")
    assert (type(late.end()), str(late.told[0])) == (TransferRefused, "a still leads")
    alone = Asking().transfer("c", None)
    assert isinstance(alone.end(), NoLeader)


# --- the end --------------------------------------------------------------------------------------


def test_what_is_forgotten_is_not_answered() -> None:
    asking = Asking().change()
    asking.operations.forget(NAME)
    asking.say(1, DONE)
    assert asking.told == []


def test_when_the_member_ends_all_that_is_open_ends() -> None:
    asking = Asking().change()
    asking.operations.fail_all(lambda: Stopped("over"))
    assert isinstance(asking.end(), Stopped)


def test_what_is_not_due_waits_when_another_one_is() -> None:
    asking = Asking().change()
    operations = asking.operations
    operations.change(
        WANTED, known="", expected_index=0, now=0.5, timeout=10.0, done=asking.told.append
    )
    assert operations.due(1.0) == [asking.asked(2)]
    assert operations.deadline == 1.5


# --- in the algorithm ---------------------------------------------------------------------------


def test_what_has_no_term_reaches_who_takes_care_of_it() -> None:
    member = Member([1, 1]).lead().settle()
    last = member.raft.log.last_index
    member.receive("b", Forward((ForwardedProposal(7, b"x"),)))
    assert member.raft.log.last_index == last + 1
    member.receive("b", ReadIndex(8))
    assert member.raft.reads.round == 1
    asked = Member([1, 1])
    asked.follow()
    question = only(asked.step(ReadRequested(9)), ReadIndex)
    assert asked.receive("b", ReadIndexReply(question.request, 0)).reads == [9]
