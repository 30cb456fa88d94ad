"""What this member knows, as rows of text: the foldable panel, without the drawing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from raft_core.types import generation_of
from transport_webrtc.session import Durability

if TYPE_CHECKING:
    from raft_core import Status

INTRODUCER: Final = {
    "connecting": "connecting",
    "joined": "connected",
    "lost": "away (running clusters do not need it)",
    "refused": "refuses this member",
}
"""What the transport's state of its connection to the introducer means to a person."""

KEPT: Final = {
    Durability.DISK: "on the disk: a browser that is killed forgets nothing",
    Durability.BROWSER: "in the browser: one that is killed forgets its last seconds",
}
"""Where members in windows have what they acknowledge, and what that means."""


class Row(NamedTuple):
    """One fact. `name` is the row's `data-testid`."""

    name: str
    label: str
    value: str


class MemberRow(NamedTuple):
    """One member of the cluster as this one sees it."""

    node_id: str
    title: str  # "this window", or nothing
    part: str  # "leader", "voter", "learner", "leaving"
    connection: str  # "connected", "not connected"
    doubt: str  # "may have forgotten something", or nothing
    progress: str  # leader only: "has 12, next 13, 1 in flight"


def rows(
    status: Status, *, durability: Durability, storage: tuple[int, int | None], introducer: str
) -> list[Row]:
    """The facts of the panel, in their order; the role has its place in the status line.

    :param storage: what the journal takes, and what this site may take in all, if that is known
    """
    return [
        Row("node-id", "This member", status.node_id),
        Row("leader", "Leader", status.leader or "none"),
        Row("term", "Term", term_text(status.term)),
        Row("voted-for", "Voted for", status.voted_for or "nobody"),
        Row("last-log-index", "Last log entry", str(status.last_log_index)),
        Row("last-log-term", "Its term", term_text(status.last_log_term)),
        Row("durable-index", "Stored up to", str(status.durable_index)),
        Row("commit-index", "Committed up to", str(status.commit_index)),
        Row("applied-index", "Applied up to", str(status.applied_index)),
        Row("snapshot-index", "Compacted up to", str(status.snapshot_index)),
        Row("durability", "Kept", KEPT[durability]),
        Row("storage-used", "Storage used", storage_used(*storage)),
        Row("introducer-state", "Introducer", INTRODUCER.get(introducer, introducer)),
    ]


def term_text(term: int) -> str:
    """A term for a person: its upper half counts how often the cluster was recovered."""
    generation = generation_of(term)
    return f"{term % 2**32} of generation {generation}" if generation else str(term)


def voters(status: Status) -> str:
    """How many members vote, and who else is there: "3 voters, 1 learner"."""
    parts = [_number(len(status.voters), "voter")]
    if status.outgoing:
        parts.append("changing")
    if status.learners:
        parts.append(_number(len(status.learners), "learner"))
    return ", ".join(parts)


def member_rows(status: Status) -> list[MemberRow]:
    """Everyone this member knows of: voters, those on their way out, learners, strangers."""
    known = dict.fromkeys((*status.voters, *status.outgoing, *status.learners))
    known.update(dict.fromkeys((status.node_id, *status.connected)))
    return [_member_row(status, node_id) for node_id in known]


def _member_row(status: Status, node_id: str) -> MemberRow:
    own = node_id == status.node_id
    progress = ""
    if (peer := status.progress.get(node_id)) is not None:
        progress = f"has {peer.match_index}, next {peer.next_index}, {peer.in_flight} in flight"
    return MemberRow(
        node_id,
        "this window" if own else "",
        _part(status, node_id),
        "connected" if own or node_id in status.connected else "not connected",
        "may have forgotten something" if node_id in status.suspects else "",
        progress,
    )


def _part(status: Status, node_id: str) -> str:
    if node_id == status.leader:
        return "leader"
    if node_id in status.voters:
        return "voter"
    if node_id in status.outgoing:
        return "leaving"
    return "learner" if node_id in status.learners else "not a member yet"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def storage_used(used: int, quota: int | None) -> str:
    """What the journal takes, and of how much if that is known."""
    return size(used) if quota is None else f"{size(used)} of {size(quota)}"


def size(units: int) -> str:
    """An amount of storage, for a person: "812 B", "3.4 KB", "1.2 MB".

    Of bytes, or of the code units of local storage: a character that we write takes one.
    """
    if units < 1024:
        return f"{units} B"
    amount = units / 1024
    for unit in ("KB", "MB", "GB"):
        if amount < 1024:
            return f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TB"
