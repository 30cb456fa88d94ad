"""The links as a table: each member's own view of its links, this one's as of now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from bench.figures import milliseconds, size
from bench.reports import LinkReport, Report


class Cell(NamedTuple):
    """A link from the row's member to the column's. `level` colours it."""

    state: str
    level: str  # "safe", "fragile", "halted", "none"
    trip: str  # "0.62 ms"
    facts: str  # "0 B waiting, direct"


SELF = Cell("", "none", "", "")
UNKNOWN = Cell("unknown", "none", "", "")

_LEVELS = {"connected": "safe", "connecting": "fragile", "waiting": "halted"}


def matrix(
    members: Sequence[str], reports: Mapping[str, Report], here: Collection[str]
) -> list[list[Cell]]:
    """A row a member, a cell a link; `reports` has this member's as of now.

    :param here: those whose word is news, this one among them: what links one that is away had
        nobody knows any more
    """
    return [
        [
            _cell(sender, receiver, reports.get(sender) if sender in here else None)
            for receiver in members
        ]
        for sender in members
    ]


def link_reports(
    links: Mapping[str, tuple[str, float | None, int]], paths: Mapping[str, str]
) -> tuple[LinkReport, ...]:
    """This member's links, for its report: state, round trip in seconds, bytes that wait."""
    return tuple(
        LinkReport(
            peer,
            state,
            None if round_trip is None else round(round_trip * 1000, 2),
            buffered,
            paths.get(peer, "") if state == "connected" else "",
        )
        for peer, (state, round_trip, buffered) in sorted(links.items())
    )


def _cell(sender: str, receiver: str, report: Report | None) -> Cell:
    if sender == receiver:
        return SELF
    if report is None:
        return UNKNOWN
    for link in report.links:
        if link.peer == receiver:
            return Cell(link.state, _LEVELS.get(link.state, "none"), *_facts(link))
    return Cell("no link", "halted", "", "")


def _facts(link: LinkReport) -> tuple[str, str]:
    if link.state != "connected":
        return "", ""
    trip = "" if link.round_trip is None else milliseconds(link.round_trip)
    waiting = f"{size(link.buffered)} waiting"
    return trip, f"{waiting}, {link.path}" if link.path else waiting
