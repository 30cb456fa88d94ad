"""What a member says of itself in Prometheus' text format 0.0.4."""

from collections.abc import Iterable

from raft_core.metrics import Histogram, Metrics
from raft_core.status import Status
from raft_core.types import NodeId, Role


def prometheus_text(metrics: Metrics, status: Status) -> str:
    """The answer to a scrape: all that was counted, and what ``status`` says in numbers.

    Each value carries the member's id as ``node``, so that members of one process can be joined.
    """
    text = _Text(status.node_id)
    for name, what, value in (
        ("term", "The newest term known.", status.term),
        ("leader", "Whether this member leads.", int(status.role is Role.LEADER)),
        ("commit_index", "All entries up to it are committed.", status.commit_index),
        ("applied_index", "All entries up to it are applied here.", status.applied_index),
        ("last_log_index", "The last entry here.", status.last_log_index),
        ("durable_index", "The last entry that is durable here.", status.durable_index),
        ("snapshot_index", "The snapshot stands for all up to it.", status.snapshot_index),
        ("voters", "Members that vote.", len(status.voters)),
        ("connected", "Peers in reach.", len(status.connected)),
        ("may_fail", "Voters that may fail now.", status.may_fail),
        ("suspect", "Whether this member may have forgotten something.", int(status.suspect)),
        ("suspects", "Members that may have, as far as known.", len(status.suspects)),
        ("halted", "Whether this member has stopped.", int(status.problem is not None)),
    ):
        text.add(name, "gauge", what, [("", value)])
    matches = [(_label("peer", peer), of.match_index) for peer, of in status.progress.items()]
    text.add("match_index", "gauge", "Of a leader: what each peer has.", matches)
    for name, what, values, label in (
        ("messages_sent_total", "Messages sent.", metrics.sent.messages, "kind"),
        ("sent_bytes_total", "Bytes of them.", metrics.sent.bytes, "kind"),
        ("messages_received_total", "Messages received.", metrics.received.messages, "kind"),
        ("received_bytes_total", "Bytes of them.", metrics.received.bytes, "kind"),
        ("proposals_total", "Proposals answered.", metrics.proposals, "outcome"),
        ("reads_total", "Reads answered.", metrics.reads, "outcome"),
        ("roles_total", "Roles taken.", metrics.roles, "role"),
    ):
        counts = [(_label(label, of), count) for of, count in values.items()]
        text.add(name, "counter", what, counts)
    text.add("messages_dropped_total", "counter", "Messages dropped.", [("", metrics.dropped)])
    text.add("written_bytes_total", "counter", "Bytes of records.", [("", metrics.written_bytes)])
    text.add_histogram("proposal_seconds", "From call to answer.", metrics.proposal_seconds)
    text.add_histogram("read_seconds", "From call to answer.", metrics.read_seconds)
    text.add_histogram("write_seconds", "Until a record is durable.", metrics.write_seconds)
    return text.whole()


class _Text:
    """Lines of the text format, each value with the member's id."""

    def __init__(self, node_id: NodeId) -> None:
        self._node = _label("node", node_id)
        self._lines: list[str] = []

    def add(self, name: str, kind: str, what: str, values: Iterable[tuple[str, float]]) -> None:
        self._lines += (f"# HELP raft_{name} {what}", f"# TYPE raft_{name} {kind}")
        self._lines += (
            f"raft_{name}{{{self._node}{',' if label else ''}{label}}} {value}"
            for label, value in values
        )

    def add_histogram(self, name: str, what: str, histogram: Histogram) -> None:
        self.add(name, "histogram", what, ())
        count = 0
        for bound, number in zip((*histogram.bounds, "+Inf"), histogram.counts, strict=True):
            count += number
            self._lines.append(f'raft_{name}_bucket{{{self._node},le="{bound}"}} {count}')
        self._lines.append(f"raft_{name}_sum{{{self._node}}} {histogram.sum}")
        self._lines.append(f"raft_{name}_count{{{self._node}}} {count}")

    def whole(self) -> str:
        return "\n".join(self._lines) + "\n"


def _label(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{name}="{escaped}"'
