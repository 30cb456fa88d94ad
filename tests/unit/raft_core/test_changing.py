"""What comes of a change of members that somebody asks for, and which makes no sense."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from raft_core.changing import wanted, why_not
from raft_core.membership import Configuration
from raft_core.messages import MembersChange

of = Configuration.of


def change(*, target_size: int | None = None, **named: str) -> MembersChange:
    members: dict[str, Any] = {kind: tuple(of_kind) for kind, of_kind in named.items()}
    return MembersChange(target_size=target_size, **members)


@pytest.mark.parametrize(
    "before,asked,after",
    [
        (of("abc"), {"add": "de"}, of("abcde")),
        (of("abc", "d"), {"promote": "d"}, of("abcd")),
        (of("abc"), {"learn": "d"}, of("abc", "d")),
        (of("abc"), {"learn": "c"}, of("abc")),
        (of("abc"), {"add": "d", "remove": "c"}, replace(of("abd"), excluded=("c",))),
        (of("abc", "d"), {"remove": "d"}, replace(of("abc"), excluded=("d",))),
        (of("abc"), {"demote": "c"}, replace(of("ab", "c"), target_size=2)),
        (of("abc"), {"target_size": 5}, replace(of("abc"), target_size=5)),
        (replace(of("ab"), target_size=2), {"target_size": 0}, of("ab")),
        (replace(of("abc"), target_size=5), {"add": "d"}, replace(of("abcd"), target_size=5)),
    ],
)
def test_what_comes_of_it(before: Configuration, asked: Any, after: Configuration) -> None:
    assert why_not(before, change(**asked)) is None
    assert wanted(before, change(**asked), "me.1") == replace(after, change="me.1")


names = st.sampled_from("abcdef")


KINDS = ("add", "promote", "demote", "learn", "remove")


@given(st.sets(names, min_size=1), st.sets(names), st.dictionaries(names, st.sampled_from(KINDS)))
def test_made_again_it_is_the_same(
    voters: set[str], learners: set[str], kinds: dict[str, str]
) -> None:
    """Whoever goes on with it, and wherever it stood."""
    before = of(voters, learners)
    named = {kind: "".join(m for m in kinds if kinds[m] == kind) for kind in KINDS}
    asked = change(target_size=None, **named)
    if why_not(before, asked) is not None:
        return
    after = wanted(before, asked, "me.1")
    assert why_not(after, asked) is None
    assert wanted(after, asked, "me.1") == after
    assert wanted(before.entering(after).left(), asked, "me.1") == after


@pytest.mark.parametrize(
    "asked,sentence",
    [
        ({}, "the change names no member"),
        ({"target_size": -1}, "a target size of -1 makes no sense"),
        ({"add": "d", "learn": "d"}, "d: named more than once"),
        ({"add": "x"}, "x: once removed, never taken in again"),
        ({"promote": "d"}, "d: no member of this cluster"),
        ({"remove": "abc"}, "a cluster needs at least one voter"),
    ],
)
def test_what_makes_no_sense(asked: Any, sentence: str) -> None:
    said = why_not(replace(of("abc"), excluded=("x",)), change(**asked))
    assert said is not None
    assert said.startswith(sentence)


def test_who_is_removed_already_may_be_removed() -> None:
    assert why_not(replace(of("abc"), excluded=("x",)), change(remove="x")) is None
