"""Bytes that cannot be read: from a later version, or rubbish."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raft_core.later import Numbers, entries_at, later_kind

TAGS: dict[object, Numbers | None] = {
    1: None,
    3: entries_at(2),
    4: Numbers("a reply of status", 1, (0, 1)),
}


def said(form: object) -> str | None:
    return later_kind(memoryview(msgspec.msgpack.encode(form)), "a message of kind", TAGS)


@pytest.mark.parametrize(
    "form,what",
    [
        ([2], "a message of kind 2"),
        ([99, {"it": "says"}], "a message of kind 99"),
        ([3, 0, [[1, 1, 2, b""], [2, 1, 9, b""]]], "an entry of kind 9"),
        ([4, 2], "a reply of status 2"),
    ],
)
def test_what_only_a_later_version_knows(form: object, what: str) -> None:
    assert said(form) == what


@pytest.mark.parametrize(
    "form",
    [
        None,
        [],
        ["2"],
        [True],
        [-2],
        [1, "strange"],
        [3],
        [3, 0, 7],
        [3, 0, [7, [1], [1, 1, "kind", b""], [1, 1, 1, "text"]]],
        [4, 1, "strange"],
    ],
)
def test_what_is_rubbish(form: object) -> None:
    assert said(form) is None


@given(st.binary())
def test_any_bytes_are_one_or_the_other(data: bytes) -> None:
    later_kind(memoryview(data), "a message of kind", TAGS)


def test_what_is_nested_too_deeply_is_rubbish() -> None:
    assert later_kind(memoryview(b"\x91" * 100_000 + b"\x01"), "a message of kind", TAGS) is None
