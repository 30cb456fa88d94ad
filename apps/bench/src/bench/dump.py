"""The raw state of this member, as a list of names and values: what the ancestor showed."""

from __future__ import annotations

import msgspec

from raft_core.status import Status

_SHOWN = 4
"""Digits of the session's key, enough to tell two sessions apart."""


def dump(status: Status, session: str) -> str:
    """A line a fact: plain text, to be read or sent to somebody.

    So of the session's key only the beginning is shown: who has all of it is one of the members.
    """
    members = [*status.voters, *status.outgoing, *status.learners]
    peers = [member for member in dict.fromkeys(members) if member != status.node_id]
    facts: list[tuple[str, object]] = [
        ("role", status.role),
        ("leader", status.leader or "none"),
        ("node id", status.node_id),
        ("session", f"{session[:_SHOWN]}..." if session else "none"),
        ("cluster size", f"{len(status.voters)} of {status.target_size}"),
        ("peers", ", ".join(peers) or "none"),
        ("peers online", ", ".join(status.connected) or "none"),
        ("voted for", status.voted_for or "nobody"),
        ("term", status.term),
        ("last log index", status.last_log_index),
        ("last log term", status.last_log_term),
        ("durable index", status.durable_index),
        ("commit index", status.commit_index),
        ("last applied", status.applied_index),
        ("snapshot index", status.snapshot_index),
        ("first log index", status.first_log_index),
        ("may fail", status.may_fail),
        ("problem", status.problem or "none"),
    ]
    for peer, progress in status.progress.items():
        facts += [
            (f"{peer} next index", progress.next_index),
            (f"{peer} match index", progress.match_index),
            (f"{peer} in flight", progress.in_flight),
            (f"{peer} state", progress.state),
        ]
    width = max(len(name) for name, _ in facts)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in facts)


def dump_json(status: Status) -> str:
    """All that a status has, as JSON."""
    return msgspec.json.format(msgspec.json.encode(status), indent=2).decode()
