"""Short notes on members that may have forgotten something, and on those that have it all again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from raft_core import Role

if TYPE_CHECKING:
    from raft_core import Status


class Notes(NamedTuple):
    """What to say now, and what of that which was said is over."""

    new: tuple[str, ...] = ()  # for as long as it is so
    passing: tuple[str, ...] = ()  # for a moment
    over: tuple[str, ...] = ()


class Doubts:
    """Finds the notes by comparing what a member knows with what it knew."""

    def __init__(self) -> None:
        self._suspects: frozenset[str] = frozenset()
        self._told_alone = False

    def look(self, status: Status) -> Notes:
        """What is new since the last look.

        Only a leader hears that a peer is free; who ceases to lead knows no more of peers. While
        nobody leads, and when this member has stopped, the sentence of its safety says enough.
        """
        leads = status.role is Role.LEADER
        before = self._suspects
        now = frozenset(status.suspects if leads else {status.node_id} & {*status.suspects})
        self._suspects = now
        if status.leader is None or status.problem is not None:
            return Notes(over=tuple(_suspect(status, member) for member in sorted(before)))
        freed = before - now
        told = freed if leads else freed & {status.node_id}
        passing = [_free(status, member) for member in sorted(told)]
        if status.freed_alone and not self._told_alone:
            self._told_alone = True
            passing.append(ALONE)
        return Notes(
            tuple(_suspect(status, member) for member in sorted(now - before)),
            tuple(passing),
            tuple(_suspect(status, member) for member in sorted(freed)),
        )


ALONE = (
    "This member was not stopped in order, and may have forgotten what it wrote last. Nobody else "
    "is there who could know better, so it goes on with what it has."
)


def _suspect(status: Status, member: str) -> str:
    who = "This member" if member == status.node_id else f"Member {member}"
    return f"{who} may have forgotten what it wrote last. It votes again when a leader has helped."


def _free(status: Status, member: str) -> str:
    who = "This member" if member == status.node_id else f"Member {member}"
    return f"{who} has everything again, and votes."
