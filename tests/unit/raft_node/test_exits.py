"""What a script is told by an exit code."""

import pytest

from raft_core import errors
from raft_node.exits import Exit, exit_of


@pytest.mark.parametrize(
    "error, code",
    [
        (errors.OutcomeUnknown("?"), Exit.OUTCOME_UNKNOWN),
        (errors.SessionExpired("?"), Exit.OUTCOME_UNKNOWN),
        (errors.StorageFailed("?"), Exit.OUTCOME_UNKNOWN),
        (errors.StateFailed("?"), Exit.OUTCOME_UNKNOWN),
        (errors.NoLeader("none"), Exit.NO_LEADER),
        (errors.Removed("out"), Exit.REMOVED),
        (errors.Superseded("copied"), Exit.SUPERSEDED),
        (errors.Stopped("stopped"), Exit.FAILED),
        (errors.CommandFailed("no"), Exit.FAILED),
        (ValueError("no"), Exit.FAILED),
    ],
)
def test_the_code_says_what_is_known(error: Exception, code: Exit) -> None:
    assert exit_of(error) is code


def test_codes_never_change() -> None:
    """Scripts rely on them."""
    assert {code.name: code.value for code in Exit} == {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "NOT_RUNNING": 3,
        "OUTCOME_UNKNOWN": 4,
        "NO_LEADER": 5,
        "REMOVED": 6,
        "NO_SUCH_KEY": 7,
        "SUPERSEDED": 8,
    }
