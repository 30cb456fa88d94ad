"""Why a member cannot start, and what a person can do: the words of the error screen."""

from __future__ import annotations

from typing import Final, NamedTuple

import storage_indexeddb as indexeddb
import storage_localstorage as storage
from raft_core import errors
from raft_web.messages import describe
from raft_web.storing import StorageMismatch

_UNTOUCHED = (
    "Nothing of it was changed, and the other members still have theirs. If you clear what is "
    "stored here (on the start page), this browser can join again as a new member."
)


class Trouble(NamedTuple):
    """What the error screen says."""

    sentence: str
    hint: str


_TROUBLES: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (storage.IdentityInUse, "{error}.", "When the other tab is closed, try again here."),
    (storage.SeveralMembers, "{error}.", "The start page clears it, after a question."),
    (indexeddb.SeveralMembers, "{error}.", "The start page clears it, after a question."),
    (StorageMismatch, "{error}.", _UNTOUCHED),
    (indexeddb.StorageDamaged, "{error}.", "The start page clears it, after a question."),
    (indexeddb.StorageForeign, "{error}.", "The start page can also clear it, after a question."),
    (indexeddb.StorageUnavailable, "{error}.", "Nothing of the cluster was stored."),
    (
        storage.StorageDamaged,
        "What this browser stored for this cluster is damaged: {error}.",
        _UNTOUCHED,
    ),
    (storage.LocalStorageError, "{error}.", "When that is mended, try again."),
    (indexeddb.IndexedDbError, "{error}.", "When that is mended, try again."),
    (
        errors.JournalDamaged,
        "What this browser stored for this cluster is damaged: {error}.",
        _UNTOUCHED,
    ),
    (
        errors.WrongJournal,
        "What this browser stored for this cluster belongs to another member: {error}.",
        _UNTOUCHED,
    ),
    (
        errors.Superseded,
        "This browser's copy of the member cannot go on: {error}.",
        "The start page clears what is stored here; then this browser can join as a new member.",
    ),
    (
        errors.UnsupportedVersion,
        "A newer version of this program stored this cluster's data here: {error}.",
        "Reload the page to get that version. Nothing was changed.",
    ),
    (
        errors.StorageFailed,
        "This browser does not let the member store anything: {error}.",
        "A member must remember what it promised: make room in this site's storage and try again.",
    ),
    (
        errors.RecoveryRefused,
        "The cluster cannot go on with what this member has: {error}.",
        "Nothing was changed.",
    ),
    (
        errors.InvalidConfig,
        "This site's settings do not fit: {error}.",
        "Whoever made the site can mend its site.json.",
    ),
)


LEFT: Final = Trouble(
    "It stopped in good order, and has told the others. Its data is still here, in this browser.",
    "It comes back under the same address, or with the button. It still counts as one of the "
    "voters: until it is back, the cluster can lose one member fewer.",
)
"""What is said to a person who had the member leave."""


def trouble(error: BaseException) -> Trouble:
    """What keeps a member from starting, for a person."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    text = describe(error)
    for kind, sentence, hint in _TROUBLES:
        if isinstance(error, kind):
            return Trouble(sentence.format(error=text), hint)
    return Trouble(
        f"The member stopped in an unexpected way: {text}.",
        "Try again. The browser's console has the details.",
    )
