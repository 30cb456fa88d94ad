"""The log as a strip: which terms it has, what is committed, and how far everybody is.

Two scales: all of the log that is in memory, and its end, where the members differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, NamedTuple

from bench.figures import ago, count
from raft_core.status import Status

COLOURS: Final = 6
"""Terms have that many colours, in turn."""

LEAST: Final = 64
"""Entries that the end of the log shows at least."""


class Segment(NamedTuple):
    """Entries of one term, in percent of the strip."""

    left: float
    width: float
    term: int
    colour: int


class Rail(NamedTuple):
    """How far a member's log agrees with this one's, as it is known here."""

    member: str
    name: str
    position: float  # percent of the strip
    text: str  # "12,345, 3 behind"
    source: str  # "known to this leader", "reported 4 s ago"


class Strip(NamedTuple):
    """One scale: entries `first` to `last`. Borders are in percent, None where out of sight."""

    first: int
    last: int
    segments: tuple[Segment, ...]
    committed: float | None
    applied: float | None
    snapshot: float | None


class Log(NamedTuple):
    """What is drawn."""

    whole: Strip
    end: Strip
    rails: tuple[Rail, ...]
    words: str  # all of it in a sentence, for those who do not see it


def log(
    status: Status, reported: Mapping[str, tuple[int, float | None]], names: Mapping[str, str]
) -> Log:
    """The picture of a member's log.

    :param reported: the last entry of other members by their own word, and how many seconds old
        that is; a leader knows better
    """
    last = max(status.last_log_index, status.commit_index, 1)
    known = [peer.match_index for peer in status.progress.values()]
    # Before the first entry that is there is nothing to be seen; 0 is what a new leader knows.
    lowest = max(status.first_log_index, min([status.commit_index, *filter(None, known)]))
    end = _strip(status, max(last - _span(last - lowest) + 1, 1), last)
    members = {*status.progress, *reported} - {status.node_id}
    rails = tuple(
        _rail(status, member, names.get(member, member), end, reported.get(member, (0, None)))
        for member in sorted(members, key=lambda member: names.get(member, member))
    )
    whole = _strip(status, min(max(status.snapshot_index, 1), status.first_log_index), last)
    return Log(whole, end, rails, _words(status, rails))


def _rail(
    status: Status, member: str, name: str, end: Strip, reported: tuple[int, float | None]
) -> Rail:
    if member in status.progress:
        index = status.progress[member].match_index
        if not index:
            return Rail(member, name, 0, "not known yet", "to this leader")
        behind = status.last_log_index - index
        text = f"{count(index)}, {count(behind)} behind" if behind else count(index)
        return Rail(member, name, _place(end, index), text, "known to this leader")
    index, age = reported
    # How far it is behind, nobody can tell: its word is some time old.
    return Rail(member, name, _place(end, index), count(index), f"reported {ago(age)}")


def _span(needed: int) -> int:
    """A power of two with room for what has to be seen: the scale should not jump about."""
    span = LEAST
    while span < needed * 4 // 3:
        span *= 2
    return span


def _strip(status: Status, first: int, last: int) -> Strip:
    runs = [*status.log_terms, (last + 1, 0)]
    segments = []
    length = last - first + 1
    for (begin, term), (end, _) in pairwise(runs):
        left, right = max(begin, first), min(end - 1, last)
        if left <= right:
            segments.append(
                Segment(
                    _percent(left - first, length),
                    _percent(right - left + 1, length),
                    term,
                    term % COLOURS,
                )
            )
    return Strip(
        first,
        last,
        tuple(segments),
        _border(status.commit_index, first, length),
        _border(status.applied_index, first, length),
        _border(status.snapshot_index, first, length),
    )


def _border(index: int, first: int, length: int) -> float | None:
    """The right side of an entry."""
    return _percent(index - first + 1, length) if first - 1 <= index and index else None


def _place(strip: Strip, index: int) -> float:
    return min(100.0, max(0.0, _percent(index - strip.first + 1, strip.last - strip.first + 1)))


def _percent(part: float, length: int) -> float:
    return round(100 * part / length, 2)


def _words(status: Status, rails: tuple[Rail, ...]) -> str:
    terms = [term for _, term in status.log_terms]
    parts = [
        f"The log ends at entry {count(status.last_log_index)}",
        f"committed up to {count(status.commit_index)}",
        f"applied up to {count(status.applied_index)}",
    ]
    if status.snapshot_index:
        parts.append(f"compacted up to {count(status.snapshot_index)}")
    if terms:
        parts.append(f"terms {terms[0]} to {terms[-1]}" if len(terms) > 1 else f"term {terms[0]}")
    parts += [f"{rail.name} at {rail.text}" for rail in rails]
    return f"{'; '.join(parts)}."
