"""A card a member: what each says of itself, and whether this one reaches it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from bench.figures import ago, count, rate, short, size
from bench.reports import STALE, Report
from raft_core.status import Status

KEPT: Final = {"disk": "on the disk", "browser": "in the browser"}
"""Where windows keep what they acknowledge, for people."""


class Card(NamedTuple):
    """What is on a card. `level` colours its lamp: "safe", "fragile", "halted"."""

    member: str
    title: str
    note: str  # "this window, visible"
    role: str
    level: str
    rows: tuple[tuple[str, str], ...]  # label, value
    storage: float  # the share of the quota in use, 0 to 1
    run: str  # what its window measures now


def cards(
    status: Status,
    own: Report,
    others: Mapping[str, Report],
    ages: Mapping[str, float | None],
    *,
    durability: str,
) -> list[Card]:
    """The members' cards, in one order in all windows.

    :param own: this member's report, as of now; what it reported itself before does not count
    :param durability: "disk" or "browser": where the cluster's windows keep what they acknowledge
    """
    known = dict.fromkeys((*status.voters, *status.outgoing, *status.learners, *status.connected))
    known[status.node_id] = None
    reports = {**{member: others[member] for member in known if member in others}}
    reports[status.node_id] = own
    order = sorted(
        known, key=lambda member: (reports[member].host if member in reports else "~", member)
    )
    kept = KEPT.get(durability, durability)
    return [
        _card(
            status,
            member,
            reports.get(member),
            ages.get(member),
            named(member, reports),
            kept=kept,
        )
        for member in order
    ]


def named(member: str | None, reports: Mapping[str, Report]) -> str:
    """What people call a member: its window's host, or its id while that is not known.

    Of two members with one host each has its id as well.
    """
    if member is None:
        return "none"
    report = reports.get(member)
    if report is None:
        return short(member)
    name = report.host.partition(".")[0].partition(":")[0] or short(member)
    alike = [other for other in reports.values() if other.host == report.host]
    return name if len(alike) == 1 else f"{name} {short(member)}"


def _card(
    status: Status,
    member: str,
    report: Report | None,
    age: float | None,
    title: str,
    *,
    kept: str,
) -> Card:
    own = member == status.node_id
    reachable = own or member in status.connected
    if report is None:
        rows: tuple[tuple[str, str], ...] = (("Id", short(member)), *_part(status, member))
        return Card(
            member, title, _note(reachable, "no word yet"), "", _lamp(reachable), rows, 0, ""
        )
    fresh = own or (age is not None and age < STALE)
    said = "this window" if own else ago(age)
    seen = "visible" if report.visible else "hidden"
    return Card(
        member,
        title,
        _note(reachable, f"{said}, {seen}"),
        report.role,
        _lamp(reachable) if status.problem is None or not own else "halted",
        (("Id", short(member)), *_rows(report, kept)),
        min(1.0, report.storage_used / report.storage_quota) if report.storage_quota else 0,
        f"measures: {report.run} ({rate(report.rate)}/s)" if report.run and fresh else "",
    )


def _rows(report: Report, kept: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Term", count(report.term)),
        ("Leader", "none" if report.leader is None else short(report.leader)),
        ("Vote", "none" if report.voted_for is None else short(report.voted_for)),
        ("Last", count(report.last_index)),
        ("Committed", count(report.commit_index)),
        ("Applied", count(report.applied_index)),
        ("Snapshot", count(report.snapshot_index) if report.snapshot_index else "none"),
        ("Kept", kept),
        ("Storage", _storage(report)),
        ("Version", report.version),
    )


def _storage(report: Report) -> str:
    used = size(report.storage_used)
    return f"{used} of {size(report.storage_quota)}" if report.storage_quota else used


def _part(status: Status, member: str) -> tuple[tuple[str, str], ...]:
    if member in status.voters:
        return (("Part", "voter"),)
    return (("Part", "learner" if member in status.learners else "not a member yet"),)


def _note(reachable: bool, rest: str) -> str:  # noqa: FBT001  (a helper of this file)
    return rest if reachable else f"not reached; {rest}"


def _lamp(reachable: bool) -> str:  # noqa: FBT001  (as above)
    return "safe" if reachable else "halted"
