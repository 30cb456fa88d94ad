"""Every error of the package, and what a refusal by the browser becomes.

    LocalStorageError
    |-- StorageUnavailable   this page has no localStorage, or may not use it
    |-- LocksUnavailable     this page has no Web Locks, or may not use them
    |-- IdentityInUse        another tab runs this member
    |-- SeveralMembers       one origin holds the journals of several members of one session
    |-- StorageDamaged       what is stored is no complete journal; nothing of it was changed
    |-- StorageFull          the quota refused a write; what was stored before is intact
    |-- StorageRefused       something else refused it; what was stored before is intact
    |-- StorageAltered       someone cleared or took over the journal while this member ran
    |-- StorageClosed        the storage was closed
    `-- InvalidName          the caller's fault (a ValueError): a name that cannot be part of a key

Each message is for the person in front of the page: what happened, what is intact, what to do.
"""


class LocalStorageError(Exception):
    """Base of all errors of this package."""


class StorageUnavailable(LocalStorageError):
    """This page has no localStorage, or may not use it."""


class LocksUnavailable(LocalStorageError):
    """This page has no Web Locks, or may not use them."""


class IdentityInUse(LocalStorageError):
    """Another tab of this browser runs this member."""


class SeveralMembers(LocalStorageError):
    """One origin holds the journals of several members of one app and session."""


class StorageDamaged(LocalStorageError):
    """What is stored is no complete journal. Nothing of it was changed."""


class StorageFull(LocalStorageError):
    """The quota refused a write. What was stored before is intact."""


class StorageRefused(LocalStorageError):
    """The browser refused an access, not for the quota. What was stored before is intact."""


class StorageAltered(LocalStorageError):
    """Someone cleared or took over the journal while this member ran."""


class StorageClosed(LocalStorageError):
    """The storage was closed: make a new one and load it."""


class InvalidName(LocalStorageError, ValueError):
    """The name of an app, session or member cannot be part of a key."""


def is_full(error: Exception) -> bool:
    """Whether the browser says that a quota is used up.

    By the name it carries and not by its class, which exists only inside Pyodide.
    """
    return getattr(error, "name", None) == "QuotaExceededError"


def refusal(error: Exception) -> LocalStorageError:
    """The error of ours for what an access to the browser's storage has raised."""
    if isinstance(error, LocalStorageError):
        return error
    if is_full(error):
        refused: LocalStorageError = StorageFull(
            "The browser's storage for this site is full, so this member has stopped writing. "
            "Everything stored before is intact: make room in it (clear sessions that are over, or "
            "other data of this site), then reload."
        )
    else:
        refused = StorageRefused(
            f"The browser refused access to this site's storage ({error}), so this member has "
            "stopped writing. Everything stored before is intact: reload, and see whether the "
            "browser's settings forbid this site to store data."
        )
    refused.__cause__ = error
    return refused
