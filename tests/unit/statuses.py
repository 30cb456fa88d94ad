"""Statuses made up for what turns them into words."""

from typing import Any

from raft_core.status import Status
from raft_core.types import Role


def make_status(**changes: Any) -> Status:
    """Of a leader of three, all well, but for what `changes` says."""
    fields: dict[str, Any] = {
        "node_id": "a",
        "role": Role.LEADER,
        "term": 2,
        "leader": "a",
        "voted_for": "a",
        "commit_index": 7,
        "applied_index": 7,
        "last_log_index": 9,
        "last_log_term": 2,
        "durable_index": 8,
        "snapshot_index": 0,
        "first_log_index": 1,
        "voters": ("a", "b", "c"),
        "outgoing": (),
        "learners": (),
        "target_size": 3,
        "connected": ("b", "c"),
        "may_fail": 1,
        "problem": None,
        "progress": {},
    }
    return Status(**{**fields, **changes})
