"""Configurations, the joint change between two, and how a cluster grows by itself."""

from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from raft_core.errors import InvariantBroken
from raft_core.membership import (
    MAX_EXCLUDED,
    Configuration,
    decode_configuration,
    encode_configuration,
    is_configuration,
    next_growth,
)
from raft_core.quorum import is_quorum
from tests.unit.raft_core.strategies import configurations, members

of = Configuration.of


def quorums(configuration: Configuration) -> list[set[str]]:
    """Every set of voters that may decide."""
    voters = sorted(configuration.all_voters)
    sizes = range(len(voters) + 1)
    groups = chain.from_iterable(combinations(voters, size) for size in sizes)
    return [set(group) for group in groups if is_quorum(configuration, group)]


names = st.sets(st.sampled_from("abcdefgh"))


def chosen(
    configuration: Configuration, *, excluded: str = "", target_size: int = 0
) -> Configuration:
    return replace(configuration, excluded=tuple(excluded), target_size=target_size)


NOTHING: dict[str, Any] = {
    "connected": "",
    "caught_up": "",
    "absent": "",
    "target_size": 3,
    "max_members": 15,
}
GROWING = NOTHING | {"connected": "d"}


def test_equal_sets_are_equal_configurations() -> None:
    assert of("cab", "zy", "ba") == of("abc", "yz", "ab")
    assert of("cab") == Configuration(("a", "b", "c"), (), ())


def test_a_voter_old_or_new_is_no_learner() -> None:
    assert of("ab", "abcd", "c") == Configuration(("a", "b"), ("d",), ("c",))


def test_who_belongs_to_it() -> None:
    configuration = of("ab", "l", "bc")
    assert configuration.all_voters == {"a", "b", "c"}
    assert configuration.members == {"a", "b", "c", "l"}
    assert configuration.is_joint
    assert not of("ab", "l").is_joint


def test_other_voters_come_by_a_joint_configuration_that_is_then_left() -> None:
    joint = of("a", "bcd").entering(of("abc", "d"))
    assert joint == of("abc", "d", "a")
    assert joint.left() == of("abc", "d")


def test_other_learners_come_at_once() -> None:
    assert of("abc", "d").entering(of("abc", "e")) == of("abc", "e")


def test_a_voter_that_shall_be_a_learner_is_one_when_the_joint_state_is_left() -> None:
    joint = of("abc", "d").entering(of("ad", "c"))
    assert joint == of("ad", "", "abc", "c")
    assert joint.all_voters == {"a", "b", "c", "d"}
    assert joint.left() == of("ad", "c")


def test_the_word_of_those_who_chose_the_members_goes_with_every_step() -> None:
    chosen = replace(of("abc"), excluded=("x",), target_size=5, change="me.1")
    joint = of("a").entering(chosen)
    for step in (joint, joint.left(), chosen.having("ab", "c"), next_growth(chosen, **GROWING)):
        assert step is not None
        assert (step.excluded, step.target_size, step.change) == (("x",), 5, "me.1")


@given(st.sets(members, min_size=1), st.sets(members, min_size=1))
def test_no_majority_before_a_step_misses_one_after_it(old: set[str], new: set[str]) -> None:
    before = of(old)
    joint = before.entering(of(new))
    assert joint.is_joint == (old != new)
    assert joint.left() == of(new)
    for earlier, later in ((before, joint), (joint, joint.left())):
        for one in quorums(earlier):
            assert all(one & other for other in quorums(later))


def test_of_those_who_were_removed_the_newest_are_kept_in_mind() -> None:
    configuration = Configuration.of("abc")
    names = [f"gone {number:03}" for number in range(MAX_EXCLUDED + 10)]
    for name in names:
        configuration = replace(configuration, excluded=configuration.excluding([name]))
    assert configuration.excluded == tuple(names[10:])


def test_all_that_one_change_removes_are_kept_and_to_exclude_them_again_changes_nothing() -> None:
    old = tuple(f"old {number:03}" for number in range(MAX_EXCLUDED))
    configuration = replace(Configuration.of("abc"), excluded=old)
    gone = [old[0], *(f"gone {number:03}" for number in range(MAX_EXCLUDED + 5))]
    excluded = configuration.excluding(gone)
    assert excluded == tuple(gone)
    assert replace(configuration, excluded=excluded).excluding(gone) == excluded
    assert configuration.excluding(old[:2]) == old


@given(configurations)
def test_a_configuration_comes_back_as_it_was(configuration: Configuration) -> None:
    data = encode_configuration(configuration)
    assert is_configuration(data)
    assert decode_configuration(data) == configuration


@pytest.mark.parametrize(
    "data", [b"", b"x", b"\x91\x91\x07", b"\x91\x91\xa1\xff", b"\x91" * 100_000]
)
def test_one_that_cannot_be_read_is_damage(data: bytes) -> None:
    assert not is_configuration(data)
    with pytest.raises(InvariantBroken, match="configuration entry cannot be read"):
        decode_configuration(data)


@pytest.mark.parametrize(
    "configuration,given_,grown",
    [
        # strangers become learners
        (of("a"), {"connected": "bc"}, of("a", "bc")),
        (of("a", "b"), {"connected": "bc"}, of("a", "bc")),
        (of("a", "b"), {"connected": "b"}, None),
        (of("a"), {}, None),
        # two at once, never a cluster of two
        (of("a", "bc"), {"caught_up": "b"}, None),
        (of("a", "bc"), {"caught_up": "bc"}, of("abc", "", "a")),
        (of("a", "bcd"), {"caught_up": "bcd"}, of("abc", "d", "a")),
        (of("a", "bcd"), {"caught_up": "cd"}, of("acd", "b", "a")),
        (of("a", "bc"), {"caught_up": "bx"}, None),
        # voters before strangers
        (of("a", "bc"), {"caught_up": "bc", "connected": "x"}, of("abc", "", "a")),
        # full: the rest stay learners
        (of("abc", "d"), {"caught_up": "d"}, None),
        (of("abc"), {"connected": "d"}, of("abc", "d")),
        # five
        (of("a", "bc"), {"caught_up": "bc", "target_size": 5}, of("abc", "", "a")),
        (of("a", "bcde"), {"caught_up": "bcd", "target_size": 5}, of("abc", "de", "a")),
        (of("a", "bcde"), {"caught_up": "bcde", "target_size": 5}, of("abcde", "", "a")),
        (of("abc", "de"), {"caught_up": "d", "target_size": 5}, None),
        (of("abc", "de"), {"caught_up": "de", "target_size": 5}, of("abcde", "", "abc")),
        # an even number, however it came about, grows by one
        (of("ab", "c"), {"caught_up": "c"}, of("abc", "", "ab")),
        (of("abcd", "e"), {"caught_up": "e"}, None),
        # one only, by choice
        (of("a", "bc"), {"caught_up": "bc", "target_size": 1}, None),
        # the absent go, and make room
        (of("abc", "de"), {"absent": "d"}, of("abc", "e")),
        (of("abc", "d"), {"absent": "d", "connected": "e", "max_members": 4}, of("abc", "e")),
        (of("abc", "d"), {"connected": "e", "max_members": 4}, None),
        (of("abc", "d"), {"connected": "efg", "max_members": 5}, of("abc", "de")),
        (of("abcde"), {"connected": "f", "max_members": 3}, None),
        # somebody's word: who is excluded stays out, and the size is theirs
        (chosen(of("abc"), excluded="de"), {"connected": "de"}, None),
        (chosen(of("ab", "c"), target_size=2), {"caught_up": "c"}, None),
        (
            chosen(of("abc", "de"), target_size=5),
            {"caught_up": "de"},
            chosen(of("abcde", "", "abc"), target_size=5),
        ),
        (chosen(of("a", "bc"), target_size=1), {"caught_up": "bc"}, None),
        # one change at a time
        (of("abc", "", "a"), {"connected": "d", "caught_up": "d"}, None),
    ],
)
def test_growth(
    configuration: Configuration, given_: dict[str, Any], grown: Configuration | None
) -> None:
    assert next_growth(configuration, **NOTHING | given_) == grown


@given(
    configurations,
    st.fixed_dictionaries(
        {
            "connected": names,
            "caught_up": names,
            "absent": names,
            "target_size": st.sampled_from([1, 3, 5]),
            "max_members": st.integers(5, 9),
        }
    ),
)
def test_growth_keeps_its_promises(configuration: Configuration, given_: dict[str, Any]) -> None:
    grown = next_growth(configuration, **given_)
    if grown is None:
        return
    assert grown != configuration
    assert set(configuration.voters) <= set(grown.voters)
    if grown.voters != configuration.voters:
        assert grown.outgoing == configuration.voters
        assert len(grown.voters) % 2 == 1
        assert len(grown.voters) <= given_["target_size"]
        assert set(grown.voters) - set(configuration.voters) <= given_["caught_up"]
    else:
        assert not grown.is_joint
        assert set(grown.learners) <= set(configuration.learners) | given_["connected"]
        assert set(configuration.learners) - set(grown.learners) <= given_["absent"]
        assert len(grown.members) <= max(given_["max_members"], len(configuration.members))
