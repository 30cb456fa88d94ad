"""What members tell each other of themselves, for the cards and the matrix.

A member knows of another one only what consensus needs. So each has a report of itself committed
now and then, like any command: what a card shows is what all members have. That costs the cluster
a small write, and is done only while somebody looks at one of the windows: at once when something
changed that a person would notice, else every few seconds, and never twice in `LEAST` seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

KEPT: Final = 16
"""Members whose reports are kept; of more the one that reported last counts."""

LEAST: Final = 2.0
"""Seconds between two reports of a member, whatever happens."""

IDLE: Final = 10.0
"""Seconds after which a member whose log stands still reports all the same: it is there."""

STALE: Final = 3 * IDLE
"""Seconds after which nobody counts on what a member said of itself."""

_MOVED: Final = 20
"""Entries that make a difference; a few are only the reports themselves."""


class LinkReport(Struct, frozen=True, array_like=True):
    """A member's link to another one."""

    peer: str
    state: str  # "waiting", "connecting", "connected"
    round_trip: float | None = None  # milliseconds
    buffered: int = 0  # bytes
    path: str = ""  # "direct", "relayed"; "" if the browser does not say


class Report(Struct, frozen=True, array_like=True, tag=1):
    """A command: what a member says of itself. It has no clock: who applies it knows when."""

    member: str
    host: str  # of the page's address
    role: str
    term: int
    leader: str | None
    voted_for: str | None
    last_index: int
    commit_index: int
    applied_index: int
    snapshot_index: int
    storage_used: int
    storage_quota: int  # 0: the browser does not say
    visible: bool
    version: str
    run: str = ""  # what the run under way in its window does; "" without one
    rate: float = 0.0  # acknowledged operations a second of that run
    links: tuple[LinkReport, ...] = ()


def keep(reports: dict[str, Report], report: Report) -> None:
    """Put the report last, in place of the member's older one; the first gives way to a new."""
    reports.pop(report.member, None)
    if len(reports) >= KEPT:
        del reports[next(iter(reports))]
    reports[report.member] = report


class Sightings:
    """Knows when this window saw each report first."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Report, float | None]] = {}
        self._looked = False

    def look(self, reports: Mapping[str, Report], now: float) -> None:
        """Note what is new. What was there before the first look is of an unknown age."""
        for member, report in reports.items():
            seen = self._seen.get(member)
            if seen is None or seen[0] is not report:
                self._seen[member] = (report, now if self._looked else None)
        for member in self._seen.keys() - reports.keys():
            del self._seen[member]
        self._looked = True

    def age(self, member: str, now: float) -> float | None:
        """Seconds since the member's report came; None: it is older than this window."""
        at = self._seen[member][1] if member in self._seen else None
        return None if at is None else now - at


class Reporting:
    """Decides when this member's report is due."""

    def __init__(self) -> None:
        self._last: Report | None = None
        self._at = 0.0

    def is_due(self, report: Report, now: float, *, watched: bool) -> bool:
        """Whether it should be committed; `watched`: somebody looks at one of the windows."""
        last = self._last
        if last is None:
            return True
        passed = now - self._at
        if passed < LEAST:
            return False
        if _noticed(report) != _noticed(last):
            return True
        moved = report.last_index - last.last_index >= _MOVED
        return watched and (moved or passed >= IDLE)

    def made(self, report: Report, now: float) -> None:
        """It was committed, or is about to be."""
        self._last, self._at = report, now


def is_watched(
    reports: Mapping[str, Report], sightings: Sightings, now: float, *, visible: bool
) -> bool:
    """Whether somebody looks: at this window, or at another that said so not long ago."""
    return visible or any(
        report.visible and (age := sightings.age(member, now)) is not None and age < STALE
        for member, report in reports.items()
    )


def _noticed(report: Report) -> tuple[object, ...]:
    """What a person sees change."""
    return (
        report.role,
        report.term,
        report.leader,
        report.voted_for,
        report.snapshot_index,
        report.visible,
        report.run,
        tuple((link.peer, link.state, link.path) for link in report.links),
    )
