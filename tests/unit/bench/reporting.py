"""Reports made up for what shows them."""

from typing import Any

from bench.reports import Report


def make_report(member: str = "a", **changes: Any) -> Report:
    """Of a follower, all well, but for what `changes` says."""
    fields: dict[str, Any] = {
        "host": f"{member}.localhost:8000",
        "role": "follower",
        "term": 2,
        "leader": "a",
        "voted_for": "a",
        "last_index": 9,
        "commit_index": 7,
        "applied_index": 7,
        "snapshot_index": 0,
        "storage_used": 512 * 1024,
        "storage_quota": 5 * 1024 * 1024,
        "visible": True,
        "version": "0.1.0",
    }
    return Report(member=member, **{**fields, **changes})
