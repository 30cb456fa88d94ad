"""Messages read as a line; what has its default is not mentioned."""

import msgspec
import pytest

from raft_core.membership import Configuration
from raft_core.messages import (
    APPLIED,
    COMMAND,
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedProposal,
    ForwardReply,
    Message,
    VoteReply,
)
from raft_core.testing.scripts import words


@pytest.mark.parametrize(
    "message, line",
    [
        (VoteReply(3, True, False), "VoteReply: term 3, granted yes, pre no"),
        (AppendReply(3, True, 7), "AppendReply: term 3, accepted yes, match_index 7"),
        (
            AppendReply(3, False, 7, 5, 2),
            "AppendReply: term 3, accepted no, match_index 7, hint_index 5, hint_term 2",
        ),
        (
            AppendEntries(3, 7, 2, 6, (Entry(8, 3, COMMAND, b"x=1"),)),
            "AppendEntries of term 3 after 7/2, commit 6; 8/3 x=1",
        ),
        (AppendEntries(3, 7, 2, 6, ()), "AppendEntries of term 3 after 7/2, commit 6, no entries"),
        (Forward((ForwardedProposal(9, b"x=1"),)), "Forward: proposals 9=x=1"),
        (
            ForwardReply(3, 6, (Answer(9, APPLIED, b"1"),)),
            "ForwardReply: term 3, commit_index 6, answers 9 applied (1)",
        ),
        (ForwardReply(3, 6, ()), "ForwardReply: term 3, commit_index 6, answers none"),
    ],
)
def test_a_message_is_a_line(message: Message, line: str) -> None:
    assert words.message(message) == line


def test_bytes_that_are_no_text_can_be_read_too() -> None:
    assert words.command(b"\xff1") == "\\xff1"


def test_a_configuration_names_who_is_what() -> None:
    of = msgspec.structs.replace(Configuration.of("ab", "c", "ad", "d"), excluded=("e",))
    assert words.configuration(of) == "voters a b, outgoing a d, demoted d, learners c, out e"
