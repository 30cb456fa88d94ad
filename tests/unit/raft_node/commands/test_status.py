"""When a cluster is complete, so that a script need not wait longer."""

from typing import Any

import pytest

from raft_node.commands.status import is_complete
from tests.unit.statuses import make_status


@pytest.mark.parametrize(
    "changes, complete",
    [
        ({}, True),
        ({"leader": None}, False),
        ({"settled": False}, False),
        ({"connected": ("b",)}, False),
        ({"voters": ("a",), "connected": ()}, False),
        ({"voters": ("a",), "connected": (), "target_size": 1}, True),
        ({"node_id": "d", "learners": ("d",), "connected": ("a", "b", "c")}, True),
        ({"node_id": "d", "connected": ("a", "b", "c")}, False),
    ],
)
def test_complete_is_of_full_size_with_everyone_there(
    changes: dict[str, Any], complete: bool
) -> None:
    assert is_complete(make_status(**changes)) is complete
