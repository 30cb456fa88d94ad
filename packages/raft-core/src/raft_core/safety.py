"""One sentence: how many members may fail now."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from raft_core import Status


class Level(StrEnum):
    """How the sentence is to be taken; colours hang on it, never meaning alone."""

    SAFE = "safe"
    FRAGILE = "fragile"  # all is well, and the next loss stops writes
    HALTED = "halted"  # writes wait


class Safety(NamedTuple):
    """What to show."""

    level: Level
    sentence: str


_WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven")

_FORGOT: Final = "may have forgotten what was written last:"
_CHOOSE: Final = "If no others come back, a person must choose who goes on."


def safety(status: Status) -> Safety:
    """How safe the cluster is, as this member sees it."""
    voters = len(status.voters)
    if status.problem is not None:
        return Safety(Level.HALTED, "This member has stopped: the others go on without it.")
    if status.suspect:
        return _of_a_suspect(status)
    if voters == 0:
        return Safety(Level.FRAGILE, "Not in a cluster yet: waiting to be taken in.")
    if voters < status.target_size:
        return Safety(Level.FRAGILE, f"{voters} of {status.target_size}: nothing is safe yet.")
    if status.node_id not in status.voters:
        if status.leader is None:
            return Safety(Level.HALTED, "No leader in sight: writes wait.")
        decide = "one member decides" if voters == 1 else f"{_count(voters)} members decide"
        return Safety(Level.SAFE, f"{decide.capitalize()}; this one follows.")
    return _of_a_voter(status)


def _of_a_suspect(status: Status) -> Safety:
    if status.leader is not None:
        sentence = f"This member {_FORGOT} the leader brings it up to date."
        return Safety(Level.FRAGILE, sentence)
    return Safety(Level.HALTED, f"This member {_FORGOT} it waits for a leader. {_CHOOSE}")


def _of_a_voter(status: Status) -> Safety:
    voters = len(status.voters)
    present = len(set(status.voters) & {status.node_id, *status.connected})
    here = f"{present} of {voters}"
    majority = voters // 2 + 1
    suspects = set(status.voters) & set(status.suspects)
    if present < majority:
        return Safety(Level.HALTED, f"{here} members here: writes wait until {majority} are.")
    if status.leader is None and present - len(suspects) < majority:
        sentence = f"{_count(len(suspects)).capitalize()} of {voters} {_FORGOT}"
        return Safety(Level.HALTED, f"{sentence} nobody can be elected. {_CHOOSE}")
    if status.leader is None:
        return Safety(Level.HALTED, f"{here} members here: choosing a leader, writes wait.")
    if status.may_fail > 0:
        return Safety(Level.SAFE, f"{here} members here: any {_count(status.may_fail)} may fail.")
    if voters == 1:
        return Safety(Level.FRAGILE, "A cluster of one: if this member fails, writes stop.")
    return Safety(Level.FRAGILE, f"{here} members here: with one more gone, writes wait.")


def _count(number: int) -> str:
    return _WORDS[number] if number < len(_WORDS) else str(number)
