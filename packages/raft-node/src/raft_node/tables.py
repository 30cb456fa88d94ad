"""What `raft-node status` shows: a member's report as a table."""

from __future__ import annotations

from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from raft_core import NodeId, Role, Status
from raft_core.safety import Level, safety
from raft_node.commands.members import members_of
from raft_node.control.requests import Report

_COLOURS: Final = {Level.SAFE: "green", Level.FRAGILE: "yellow", Level.HALTED: "red"}

INTRODUCER: Final = {
    "connecting": "connecting",
    "joined": "connected",
    "lost": "away (a running cluster does not need it)",
    "refused": "refuses this member",
}


def report_table(report: Report) -> RenderableType:
    """All of it, to be printed by rich."""
    status = report.status
    now = safety(status)
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(report):
        facts.add_row(Text(name, style="dim"), Text(value))
    parts: list[RenderableType] = [Text(now.sentence, style=f"bold {_COLOURS[now.level]}"), facts]
    parts.append(_members(report))
    parts.extend(
        Text(f"{peer}: {sentence}", style="red") for peer, sentence in status.incompatible.items()
    )
    return Group(*parts)


def _facts(report: Report) -> list[tuple[str, str]]:
    status = report.status
    role = str(status.role).replace("_", "-")
    facts = [
        ("member", f"{status.node_id} ({role}), process {report.pid}, up {_time(report.uptime)}"),
        ("session", report.session),
        ("state", report.state),
        ("term", _term(status)),
        ("leader", status.leader or "none known"),
        ("entries", _entries(status)),
        ("snapshot", f"up to {status.snapshot_index}" if status.snapshot_index else "none"),
        ("storage", _size(report.storage_bytes)),
    ]
    if report.introducer is not None:
        facts.append(("introducer", INTRODUCER.get(report.introducer, report.introducer)))
    if report.introducer_problem:
        facts.append(("", report.introducer_problem))
    if status.problem is not None:
        facts.append(("problem", status.problem))
    if status.transfer is not None:
        facts.append(("handing over", f"to {status.transfer}"))
    if not status.settled:
        facts.append(("members", "changing"))
    return facts


def _members(report: Report) -> Table:
    status = report.status
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    columns = ["member", "part", "link", "round trip"]
    if status.role is Role.LEADER:
        columns.append("has")
    for column in columns:
        table.add_column(column)
    parts = members_of(status)
    strangers = {peer: "stranger" for peer in sorted(report.links) if peer not in parts}
    if status.node_id not in parts:
        strangers[status.node_id] = "not taken in"
    for node_id, part in {**parts, **strangers}.items():
        row = [node_id, part, *_link(report, node_id)]
        if status.role is Role.LEADER:
            progress = status.progress.get(node_id)
            row.append("" if progress is None else f"{progress.match_index} ({progress.state})")
        table.add_row(*row)
    return table


def _link(report: Report, node_id: NodeId) -> tuple[str, str]:
    if node_id == report.status.node_id:
        return "this member", ""
    link = report.links.get(node_id)
    if link is None:
        return ("connected" if node_id in report.status.connected else "away"), ""
    trip = "" if link.round_trip is None else f"{link.round_trip * 1000:.1f} ms"
    return str(link.state), trip


def _entries(status: Status) -> str:
    return (
        f"{status.last_log_index} in the log, {status.commit_index} committed, "
        f"{status.applied_index} applied"
    )


def _term(status: Status) -> str:
    return str(status.term) + (f", generation {status.generation}" if status.generation else "")


def _time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _size(count: int) -> str:
    if count < 1024:
        return f"{count} bytes"
    return f"{count / 1024:.1f} KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"
