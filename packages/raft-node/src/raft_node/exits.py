"""Exit codes: what a script can tell from the end of a command."""

from __future__ import annotations

from enum import IntEnum

from raft_core import errors


class Exit(IntEnum):
    """They are documented in the README; never change what one means."""

    DONE = 0
    FAILED = 1
    """Refused or failed, with a sentence. Nothing was changed."""
    USAGE = 2
    NOT_RUNNING = 3
    """No member runs in this data directory."""
    OUTCOME_UNKNOWN = 4
    """It may have been done, now or later, or not."""
    NO_LEADER = 5
    """No leader in time: nothing was done, and it may be tried again."""
    REMOVED = 6
    """This member was removed from the cluster."""
    NO_SUCH_KEY = 7
    SUPERSEDED = 8
    """A copy of this data directory was started later, elsewhere, and goes on in its place."""


_OF_ERRORS = (
    (errors.OutcomeUnknown, Exit.OUTCOME_UNKNOWN),
    (errors.StorageFailed, Exit.OUTCOME_UNKNOWN),
    (errors.StateFailed, Exit.OUTCOME_UNKNOWN),
    (errors.NoLeader, Exit.NO_LEADER),
    (errors.Removed, Exit.REMOVED),
    (errors.Superseded, Exit.SUPERSEDED),
)


def exit_of(error: Exception) -> Exit:
    """The code for what a call of the node raised."""
    for kind, code in _OF_ERRORS:
        if isinstance(error, kind):
            return code
    return Exit.FAILED
