"""Failures in words, and the bar that shows them."""

import pytest

from raft_core import errors
from raft_web.messages import SHOWN, Message, MessageBar, describe, sentence, waits
from tests.unit.raft_web.conftest import MakeStatus


@pytest.mark.parametrize(
    "error, words",
    [
        (errors.Overloaded("inputs", 5), "not written: try again"),
        (errors.NoLeader("none"), "not written: no leader was found"),
        (errors.OutcomeUnknown("no answer"), "nobody knows whether this change was written"),
        (errors.ProposalTooLarge(9, 5), "not written: the command has 9 bytes"),
        (errors.CommandFailed("no such item."), "failed on all members alike: no such item."),
        (errors.StorageFailed("quota"), "refused to store the change: quota."),
        (errors.Stopped("stopped"), "not running. Reload"),
        (errors.RaftError("strange"), "unexpected way: strange."),
        (ValueError(), "unexpected way: ValueError."),
    ],
)
def test_every_failure_is_a_sentence(error: Exception, words: str) -> None:
    said = sentence(error)
    assert words in said
    assert said.endswith(".")
    assert ".." not in said


def test_an_outcome_that_is_unknown_is_not_called_a_failure() -> None:
    assert "not written" not in sentence(errors.OutcomeUnknown("no answer"))


def test_describe_never_gives_an_empty_text() -> None:
    assert describe(ValueError("too large. ")) == "too large"
    assert describe(KeyError()) == "KeyError"


@pytest.fixture
def changes() -> list[int]:
    return []


@pytest.fixture
def bar(changes: list[int]) -> MessageBar:
    return MessageBar(lambda: changes.append(1))


def test_the_same_message_twice_is_one_with_a_count(bar: MessageBar, changes: list[int]) -> None:
    bar.show("A.")
    bar.show("B.", "note")
    bar.show("A.")
    assert bar.messages == [Message("A.", "error", 2), Message("B.", "note")]
    assert [message.line for message in bar.messages] == ["A. (2 times)", "B."]
    assert len(changes) == 3


def test_the_oldest_gives_way(bar: MessageBar) -> None:
    for number in range(SHOWN + 2):
        bar.show(f"{number}.")
    assert [message.text for message in bar.messages] == ["2.", "3.", "4."]


def test_a_dismissed_message_is_gone_and_dismissing_it_again_is_nothing(
    bar: MessageBar, changes: list[int]
) -> None:
    bar.show("A.")
    bar.show("B.")
    bar.dismiss("A.")
    bar.dismiss("A.")
    assert [message.text for message in bar.messages] == ["B."]
    assert len(changes) == 3


def test_all_messages_go_when_a_person_goes_on(bar: MessageBar, changes: list[int]) -> None:
    bar.show("A.")
    bar.clear()
    assert bar.messages == []
    assert len(changes) == 2


def test_what_waits_is_said_and_that_nothing_is_lost_only_where_that_is_known(
    make_status: MakeStatus,
) -> None:
    assert waits(make_status(leader=None)).startswith("Nothing is lost, and you can read.")
    doubtful = waits(make_status(leader=None, suspects=("b",)))
    assert "lost" not in doubtful
    assert "waits until there is a leader" in doubtful
    assert waits(make_status(leader=None, removed=True)) == ""
