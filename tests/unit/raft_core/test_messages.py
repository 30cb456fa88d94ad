"""The wire's form of every message, byte for byte: what `docs/wire.md` says is what is sent."""

import msgspec
import pytest

from raft_core import messages
from raft_core.messages import (
    APPLIED,
    FAILED,
    NOOP,
    NOT_LEADER,
    STALE,
    Acknowledged,
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedChange,
    ForwardedProposal,
    ForwardReply,
    Freed,
    Holding,
    Inquiry,
    InstallSnapshot,
    MembersChange,
    Message,
    OperationReply,
    ReadIndex,
    ReadIndexReply,
    Removal,
    RequestVote,
    SnapshotReply,
    TimeoutNow,
    TransferRequest,
    VoteReply,
)
from tests.unit.raft_core.documents import documented, fields_of, tag_of

FORMS: list[tuple[Message, object]] = [
    (RequestVote(3, 7, 2, pre=True), [1, 3, 7, 2, True, False]),
    (VoteReply(3, granted=False, pre=True), [2, 3, False, True, False]),
    (VoteReply(3, False, True, True), [2, 3, False, True, True]),
    (
        AppendEntries(3, 6, 2, 5, (Entry(7, 3, NOOP, b""), Entry(8, 3, 1, b"x"))),
        [3, 3, 6, 2, 5, [[7, 3, 0, b""], [8, 3, 1, b"x"]], 0],
    ),
    (AppendReply(3, accepted=True, match_index=8), [4, 3, True, 8, 0, 0, 0, 0, False, False]),
    (AppendReply(3, False, 8, 5, 2, 9, 4, True), [4, 3, False, 8, 5, 2, 9, 4, True, False]),
    (AppendReply(3, False, 8, 5, 2, 9, 4, True, True), [4, 3, False, 8, 5, 2, 9, 4, True, True]),
    (Forward((ForwardedProposal(11, b"x"),)), [5, [[11, b"x"]]]),
    (
        ForwardReply(3, 8, (Answer(11, APPLIED, b"r"), Answer(12, NOT_LEADER))),
        [6, 3, 8, [[11, 0, b"r"], [12, 2, b""]]],
    ),
    (InstallSnapshot(3, 7, 2, 10, b"d", 4, b"piece"), [7, 3, 7, 2, 10, b"d", 4, b"piece", 0]),
    (SnapshotReply(3, b"d", 9, 2), [8, 3, b"d", 9, 2, 0, 0, False, False]),
    (TimeoutNow(3), [11, 3]),
    (TransferRequest("me.1", 2, "b"), [12, "me.1", 2, "b"]),
    (
        ForwardedChange("me.1", 2, MembersChange(("d",), remove=("c",)), "you.7"),
        [13, "me.1", 2, [["d"], [], [], [], ["c"], None], "you.7", 0],
    ),
    (
        OperationReply("me.1", 2, STALE, "too late", 9, "you.8"),
        [14, "me.1", 2, 2, "too late", 9, "you.8"],
    ),
    (Removal(9, 3), [15, 9, 3]),
    (Freed(3, 2), [16, 3, 2]),
    (Acknowledged(3, 8, 2), [19, 3, 8, 2, 0]),
    (Acknowledged(3, 8, 2, 7), [19, 3, 8, 2, 7]),
    (Inquiry(), [17]),
    (Holding(9, 3, 8, True), [18, 9, 3, 8, True]),
    (ReadIndex(11), [9, 11]),
    (ReadIndexReply(11, 8), [10, 11, 8]),
]


@pytest.mark.parametrize("message,form", FORMS, ids=lambda item: type(item).__name__)
def test_a_message_is_an_array_that_begins_with_its_tag(message: Message, form: object) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(message)) == form


def test_every_message_is_shown_here() -> None:
    assert {type(message) for message, _form in FORMS} == set(Message.__args__)


def test_the_document_shows_every_message_with_its_fields() -> None:
    assert documented("wire.md") == {
        (tag_of(type(message)), type(message).__name__): fields_of(type(message))
        for message, _form in FORMS
    }


@pytest.mark.parametrize("message,form", FORMS, ids=lambda item: type(item).__name__)
def test_a_message_does_not_change(message: Message, form: object) -> None:
    if not message.__struct_fields__:
        return
    name = message.__struct_fields__[0]
    with pytest.raises(AttributeError, match="immutable"):
        setattr(message, name, getattr(message, name))


def test_hints_rounds_and_data_may_be_left_out() -> None:
    assert AppendReply(1, False, 5) == AppendReply(1, False, 5, 0, 0, 0, 0, False, False)
    assert AppendEntries(1, 2, 1, 0, ()) == AppendEntries(1, 2, 1, 0, (), 0)
    assert Answer(1, FAILED) == Answer(1, FAILED, b"")


@pytest.mark.parametrize(
    "names",
    [
        ("NOOP", "COMMAND", "CONFIGURATION"),
        ("APPLIED", "FAILED", "NOT_LEADER"),
        ("DONE", "LATER", "STALE"),
    ],
)
def test_kinds_and_statuses_are_numbered_from_zero(names: tuple[str, ...]) -> None:
    assert [getattr(messages, name) for name in names] == list(range(len(names)))
