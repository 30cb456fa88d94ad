"""The surface of `step`: what is compared, kept and replayed must be plain values."""

from math import inf

import msgspec
import pytest

from raft_core import io
from raft_core.io import (
    Applied,
    Asked,
    Copied,
    Output,
    PeersChanged,
    Persisted,
    Proposed,
    ReadRequested,
    Received,
    Resolved,
    Send,
    SnapshotTaken,
    StepAside,
    Unreachable,
    Write,
)
from raft_core.messages import APPLIED, Answer, ForwardedChange, MembersChange, VoteReply

INPUTS: list[io.Input] = [
    Received("b", VoteReply(1, granted=True, pre=False)),
    Proposed(1, b"x"),
    Asked(ForwardedChange("me.1", 1, MembersChange(add=("b",)), "")),
    ReadRequested(1),
    Persisted(1),
    Applied((("b", Answer(1, APPLIED)),)),
    SnapshotTaken(1, b"state"),
    PeersChanged(frozenset("ab")),
    Unreachable("b"),
    StepAside(),
    Copied(),
]


def test_every_input_is_shown_here() -> None:
    assert {type(item) for item in INPUTS} == set(io.Input.__args__)


@pytest.mark.parametrize("item", INPUTS, ids=lambda item: type(item).__name__)
def test_an_input_is_a_value_that_does_not_change(item: msgspec.Struct) -> None:
    assert item == msgspec.structs.replace(item)
    assert hash(item) == hash(msgspec.structs.replace(item))
    if not item.__struct_fields__:
        return
    name = item.__struct_fields__[0]
    with pytest.raises(AttributeError, match="immutable"):
        setattr(item, name, getattr(item, name))


@pytest.mark.parametrize(
    "item,name",
    [
        (Write(1, 1, None, 0, [], vital=True), "id"),
        (Send(("b",), VoteReply(1, granted=True, pre=False)), "after"),
        (Resolved(1, "", 1), "origin"),
    ],
)
def test_what_comes_out_does_not_change_either(item: msgspec.Struct, name: str) -> None:
    with pytest.raises(AttributeError, match="immutable"):
        setattr(item, name, None)


def test_an_output_asks_for_nothing_unless_it_says_so() -> None:
    out = Output(inf)
    assert (out.write, out.role, out.configuration) == (None, None, None)
    assert (*out.sends, *out.apply, *out.resolved, *out.answers, *out.reads, *out.replies) == ()


def test_a_message_waits_for_no_write_unless_it_says_so() -> None:
    assert Send(("b",), VoteReply(1, granted=True, pre=False)).after == 0
