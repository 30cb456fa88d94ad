"""Majorities, by table and against brute force over all sets of members."""

from collections.abc import Iterator, Mapping
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raft_core.membership import Configuration
from raft_core.quorum import (
    Vote,
    is_quorum,
    majority_value,
    may_fail,
    quorum_value,
    vote_result,
)
from tests.unit.raft_core.strategies import configurations

indexes = st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 6))
ballots = st.dictionaries(st.sampled_from("abcdefg"), st.booleans())


def subsets(names: frozenset[str]) -> Iterator[frozenset[str]]:
    sizes = range(len(names) + 1)
    return map(frozenset, chain.from_iterable(combinations(sorted(names), size) for size in sizes))


def wins(configuration: Configuration, granted: frozenset[str]) -> bool:
    """The definition: more than half of each half that there is."""
    halves = [half for half in (configuration.voters, configuration.outgoing) if half]
    return bool(configuration.voters) and all(
        2 * len(granted & set(half)) > len(half) for half in halves
    )


@pytest.mark.parametrize(
    "values,reached",
    [([], 0), ([4], 4), ([4, 9], 4), ([2, 9, 5], 5), ([1, 2, 3, 4], 2), ([1, 9, 9, 1, 3], 3)],
)
def test_majority_value(values: list[int], reached: int) -> None:
    by_name = dict(zip("abcde", values, strict=False))
    assert majority_value(list(by_name), by_name.__getitem__) == reached


def test_a_joint_configuration_has_reached_what_both_majorities_have() -> None:
    values = {"a": 9, "b": 7, "c": 7, "d": 3, "e": 3}
    assert quorum_value(Configuration.of("abc", "", "ade"), values.__getitem__) == 3
    assert quorum_value(Configuration.of("abc"), values.__getitem__) == 7


@given(configurations, indexes)
def test_what_is_reached_is_the_most_that_a_quorum_has(
    configuration: Configuration, values: dict[str, int]
) -> None:
    def value_of(name: str) -> int:
        return values.get(name, 0)

    best = 0
    for level in range(7):
        having = frozenset(name for name in "abcdefg" if value_of(name) >= level)
        if wins(configuration, having):
            best = level
    assert quorum_value(configuration, value_of) == best


@pytest.mark.parametrize(
    "configuration,votes,result",
    [
        (Configuration(), {"a": True}, Vote.LOST),
        (Configuration.of("a"), {}, Vote.PENDING),
        (Configuration.of("a"), {"a": True}, Vote.WON),
        (Configuration.of("abc"), {"a": True}, Vote.PENDING),
        (Configuration.of("abc"), {"a": True, "b": False}, Vote.PENDING),
        (Configuration.of("abc"), {"a": True, "b": True}, Vote.WON),
        (Configuration.of("abc"), {"a": True, "b": False, "c": False}, Vote.LOST),
        (Configuration.of("abcd"), {"a": True, "b": True}, Vote.PENDING),
        (Configuration.of("abcd"), {"a": True, "b": True, "c": False, "d": False}, Vote.LOST),
        # strangers and learners
        (Configuration.of("abc", "l"), {"a": True, "x": True, "l": True}, Vote.PENDING),
        # both majorities
        (Configuration.of("abc", "", "a"), {"b": True, "c": True}, Vote.PENDING),
        (Configuration.of("abc", "", "a"), {"b": True, "a": True}, Vote.WON),
        (Configuration.of("abc", "", "a"), {"a": False}, Vote.LOST),
        (Configuration.of("a", "", "abc"), {"a": True, "b": False, "c": False}, Vote.LOST),
    ],
)
def test_vote_result(configuration: Configuration, votes: Mapping[str, bool], result: Vote) -> None:
    assert vote_result(configuration, votes) is result


@given(configurations, ballots)
def test_an_election_is_won_or_lost_when_nothing_can_change_that(
    configuration: Configuration, votes: dict[str, bool]
) -> None:
    voters = configuration.all_voters
    granted = frozenset(name for name, vote in votes.items() if vote)
    silent = voters - votes.keys()
    result = vote_result(configuration, votes)
    assert (result is Vote.WON) == wins(configuration, granted)
    assert (result is Vote.LOST) == (not wins(configuration, granted | silent))


@given(configurations)
def test_two_quorums_always_share_a_member(configuration: Configuration) -> None:
    quorums = [
        group for group in subsets(configuration.all_voters) if is_quorum(configuration, group)
    ]
    assert all(one & other for one in quorums for other in quorums)


@given(configurations, st.sets(st.sampled_from("abcdefg")))
def test_is_quorum_is_a_won_election(configuration: Configuration, members: set[str]) -> None:
    assert is_quorum(configuration, members) == wins(configuration, frozenset(members))


@pytest.mark.parametrize(
    "voters,alive,spare",
    [
        ("", "", 0),
        ("a", "a", 0),
        ("ab", "ab", 0),
        ("abc", "abc", 1),
        ("abc", "ab", 0),
        ("abc", "a", 0),
        ("abc", "abxyz", 0),
        ("abcd", "abcd", 1),
        ("abcde", "abcde", 2),
        ("abcde", "abcd", 1),
    ],
)
def test_how_many_may_fail(voters: str, alive: str, spare: int) -> None:
    assert may_fail(Configuration.of(voters), alive) == spare


@given(configurations, st.sets(st.sampled_from("abcdefg")))
def test_so_many_may_fail_whichever_they_are(configuration: Configuration, alive: set[str]) -> None:
    living = frozenset(alive) & configuration.all_voters
    spare = may_fail(configuration, alive)

    def survives(number: int) -> bool:
        return all(
            wins(configuration, living - set(failed)) for failed in combinations(living, number)
        )

    if wins(configuration, living):
        assert survives(spare)
        assert not survives(spare + 1)
    else:
        assert spare == 0
