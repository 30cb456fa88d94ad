"""How deeply bytes are nested, told without a decoder that calls itself."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct

from raft_core.messages import VoteReply
from raft_core.nesting import (
    MAX_MESSAGE_NESTING,
    MAX_NESTING,
    is_too_deep,
    may_be_deep,
    require_shallow,
)

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=300)
    | st.binary(max_size=300)
    | st.just(datetime(2026, 1, 1, tzinfo=UTC))
    | st.builds(msgspec.msgpack.Ext, st.integers(-128, 127), st.binary(max_size=20))
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=3), inner, max_size=20)
    ),
)
long = ["x" * 300, "x" * 70_000, b"x" * 300, b"x" * 70_000, msgspec.msgpack.Ext(1, b"x" * 70_000)]


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


@given(values)
@example([[*long, []]])
@example([*range(70_000), [[]]])
@example({str(number): [] for number in range(70_000)})
def test_it_tells_how_deep_any_value_is(value: object) -> None:
    data = msgspec.msgpack.encode(value)
    depth = depth_of(value)
    assert not is_too_deep(data, depth)
    for limit in range(depth):
        assert is_too_deep(data, limit)


@given(st.binary())
def test_what_is_no_msgpack_does_no_harm(data: bytes) -> None:
    is_too_deep(data, 0)


@pytest.mark.parametrize(
    "level", [b"\x91", b"\x92\x00", b"\xdc\x00\x01", b"\xdd\x00\x00\x00\x01", b"\x81\xa1a"]
)
def test_the_limit_itself_is_allowed(level: bytes) -> None:
    require_shallow(level * MAX_NESTING + b"\xc0" * MAX_NESTING)
    with pytest.raises(msgspec.DecodeError, match="nested over 500 levels"):
        require_shallow(level * (MAX_NESTING + 1) + b"\xc0" * MAX_NESTING)


def test_values_side_by_side_are_not_deep() -> None:
    assert not is_too_deep(msgspec.msgpack.encode([[[]]] * MAX_NESTING))
    assert not is_too_deep(b"\xdc\xff\xff" + b"\x90" * 0xFFFF + b"\x91" * MAX_NESTING * 2)


@pytest.mark.parametrize("level", [b"\x91", b"\x81\xa1a"])
@pytest.mark.parametrize("kind", [Any, VoteReply])
def test_a_decoder_bears_what_every_member_must_read(level: bytes, kind: Any) -> None:
    data = b"\x96\x02\x03\xc3\xc2\xc2" + level * (MAX_NESTING - 1) + b"\xc0"
    require_shallow(data)
    msgspec.msgpack.decode(data, type=kind)


@pytest.mark.parametrize("kind", [Any, VoteReply])
def test_a_decoder_bears_what_a_message_may_have_or_says_so(kind: Any) -> None:
    data = b"\x96\x02\x03\xc3\xc2\xc2" + b"\x91" * (MAX_MESSAGE_NESTING - 1) + b"\xc0"
    assert not is_too_deep(data, MAX_MESSAGE_NESTING)
    with suppress(RecursionError):  # CPython's own limit is lower
        msgspec.msgpack.decode(data, type=kind)


class Leaf(Struct):
    name: str = ""
    born: datetime | None = None
    tags: dict[str, list[tuple[int, ...]]] = {}


class Tree(Struct):
    leaf: Leaf
    branches: dict[str, "Tree"] = {}


class Twins(Struct):
    first: Leaf
    second: Leaf


class Forest(Struct):
    trees: list[tuple[str, Tree]] = []


@dataclass
class Bag:
    things: dict[str, Any]


class Loose(Struct):
    things: list  # type: ignore[type-arg]


def test_a_type_that_holds_itself_or_anything_may_be_deep() -> None:
    assert not may_be_deep(Twins)
    for kind in (Tree, Forest, Bag, Loose, dict):
        assert may_be_deep(kind)
