"""Majorities, of one configuration and of a joint one: pure functions."""

from collections.abc import Callable, Collection, Mapping
from enum import Enum

from raft_core.membership import Configuration
from raft_core.types import NodeId


class Vote(Enum):
    """How an election stands."""

    PENDING = 0
    WON = 1
    LOST = 2


def majority_value(voters: Collection[NodeId], value_of: Callable[[NodeId], float]) -> float:
    """The highest value that a majority of ``voters`` has reached; 0 for none.

    The value is an index (commitment) or a time (when a majority was last heard).
    """
    if not voters:
        return 0
    reached = sorted(map(value_of, voters))
    return reached[(len(reached) - 1) // 2]


def quorum_value(configuration: Configuration, value_of: Callable[[NodeId], float]) -> float:
    """What both majorities of a joint configuration have reached, or the one majority otherwise."""
    value = majority_value(configuration.voters, value_of)
    if configuration.outgoing:
        return min(value, majority_value(configuration.outgoing, value_of))
    return value


def vote_result(configuration: Configuration, votes: Mapping[NodeId, bool]) -> Vote:
    """An election by the votes so far. Votes of those who are no voters count for nothing."""
    result = _majority_vote(configuration.voters, votes)
    if not configuration.outgoing:
        return result
    other = _majority_vote(configuration.outgoing, votes)
    if Vote.LOST in (result, other):
        return Vote.LOST
    return Vote.WON if result is other is Vote.WON else Vote.PENDING


def is_quorum(configuration: Configuration, members: Collection[NodeId]) -> bool:
    """Whether these members are a majority (of both halves, while joint)."""
    return vote_result(configuration, dict.fromkeys(members, True)) is Vote.WON


def may_fail(configuration: Configuration, alive: Collection[NodeId]) -> int:
    """How many of the voters that are alive may fail, whichever they are, with a quorum left.

    0 also when there is no quorum even now.
    """
    spare = [
        len(set(half) & set(alive)) - (len(half) // 2 + 1)
        for half in (configuration.voters, configuration.outgoing)
        if half
    ]
    return max(min(spare, default=0), 0)


def _majority_vote(voters: Collection[NodeId], votes: Mapping[NodeId, bool]) -> Vote:
    if not voters:
        return Vote.LOST
    needed = len(voters) // 2 + 1
    granted = sum(votes.get(voter) is True for voter in voters)
    refused = sum(votes.get(voter) is False for voter in voters)
    if granted >= needed:
        return Vote.WON
    return Vote.LOST if refused > len(voters) - needed else Vote.PENDING
