"""Why a member cannot start, and what a person can do: the words of the error screen."""

from __future__ import annotations

from typing import NamedTuple

import storage_localstorage as storage
from raft_core import errors
from raft_web.messages import describe

_UNTOUCHED = (
    "Nothing of it was changed, and the other members still have theirs. If you clear what is "
    "stored here (on the start page), this browser can join again as a new member."
)


class Trouble(NamedTuple):
    """What the error screen says."""

    sentence: str
    hint: str


def trouble(error: BaseException) -> Trouble:
    """What keeps a member from starting, for a person."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    text = describe(error)
    match error:
        case storage.IdentityInUse():
            return Trouble(f"{text}.", "When the other tab is closed, try again here.")
        case storage.SeveralMembers():
            return Trouble(f"{text}.", "The start page clears it, after a question.")
        case storage.StorageDamaged() | errors.JournalDamaged():
            return Trouble(
                f"What this browser stored for this cluster is damaged: {text}.", _UNTOUCHED
            )
        case errors.WrongJournal():
            return Trouble(
                f"What this browser stored for this cluster belongs to another member: {text}.",
                _UNTOUCHED,
            )
        case errors.UnsupportedVersion():
            return Trouble(
                f"A newer version of this program stored this cluster's data here: {text}.",
                "Reload the page to get that version. Nothing was changed.",
            )
        case errors.StorageFailed():
            return Trouble(
                f"This browser does not let the member store anything: {text}.",
                "A member must remember what it promised. Make room in this site's storage, "
                "then try again.",
            )
        case storage.LocalStorageError():
            return Trouble(f"{text}.", "When that is mended, try again.")
        case errors.InvalidConfig():
            return Trouble(f"This site's settings do not fit: {text}.", "Look into its site.json.")
        case _:
            return Trouble(
                f"The member stopped in an unexpected way: {text}.",
                "Try again. The browser's console has the details.",
            )
