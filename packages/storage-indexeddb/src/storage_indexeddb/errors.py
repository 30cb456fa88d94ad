"""Every error of the package, and what a refusal by the browser becomes.

    IndexedDbError
    |-- StorageUnavailable   this page has no IndexedDB, may not use it, or it is not durable enough
    |-- StorageForeign       the database is not what was meant; nothing of it was changed
    |   |-- UnknownFormat    another version of this package wrote it
    |   `-- OtherMember      it is of another app, session or member
    |-- StorageDamaged       what is stored is not complete; nothing of it was changed
    |-- StorageInUse         another tab keeps the database from being removed
    |-- SeveralMembers       one origin holds the databases of several members of one session
    |-- StorageFull          the quota refused a write; what was stored before is intact
    |-- StorageRefused       something else refused it; what was stored before is intact
    |-- StorageAltered       the database was removed, or written by another window, meanwhile
    |-- StorageClosed        the storage is not loaded, or was closed
    `-- InvalidName          the caller's fault (a ValueError): no name of an app, session or member

Each message is for the person in front of the page: what happened, what is intact, what to do.
"""

from typing import Any


class IndexedDbError(Exception):
    """Base of all errors of this package."""


class StorageUnavailable(IndexedDbError):
    """This page has no IndexedDB, may not use it, or it cannot promise what is needed."""


class StorageForeign(IndexedDbError):
    """The database is not the one that was meant. Nothing of it was changed."""


class UnknownFormat(StorageForeign):
    """Another version of this package wrote the database."""


class OtherMember(StorageForeign):
    """The database is of another app, session or member."""


class StorageDamaged(IndexedDbError):
    """What is stored is not complete. Nothing of it was changed."""


class StorageInUse(IndexedDbError):
    """Another tab keeps the database from being removed."""


class SeveralMembers(IndexedDbError):
    """One origin holds the databases of several members of one app and session."""


class StorageFull(IndexedDbError):
    """The quota refused a write. What was stored before is intact."""


class StorageRefused(IndexedDbError):
    """The browser refused an access, not for the quota. What was stored before is intact."""


class StorageAltered(IndexedDbError):
    """Someone removed the database, or wrote into it, while this member ran."""


class StorageClosed(IndexedDbError):
    """The storage is not loaded yet, or was closed: make a new one and load it."""


class InvalidName(IndexedDbError, ValueError):
    """The name of an app, session or member cannot be part of a database's name."""


_NEW_MEMBER = (
    "Nothing was changed. If the session has other members, they have the data: clear this "
    "session's storage here and join again as a new member."
)


def refusal(error: Any) -> IndexedDbError:
    """The error of ours for what the browser raised, or gave as the reason of an abort.

    By the name that it carries and not by its class, which exists only inside Pyodide. A null (an
    abort without a reason) is one, too.
    """
    if isinstance(error, IndexedDbError):
        return error
    name = str(getattr(error, "name", ""))
    said = f"{name}: {getattr(error, 'message', '')}" if name else f"it gave no reason ({error})"
    refused: IndexedDbError
    if name == "QuotaExceededError":
        refused = StorageFull(
            "The browser's storage for this site is full, so this member has stopped writing. "
            "Everything stored before is intact: make room (clear sessions that are over, other "
            "data of this site, or the disk), then reload."
        )
    elif name == "ConstraintError":
        refused = StorageAltered(
            "Another window has written into this member's database, so this window has stopped "
            "writing: go on in the other window, or close it and reload this one."
        )
    elif name == "VersionError":
        refused = UnknownFormat(
            "A later version of this program has stored this member's data, which this one cannot "
            "read. Nothing was changed: reload the page to get the later version."
        )
    else:
        refused = StorageRefused(
            f"The browser refused an access to this site's database ({said}), so this member has "
            "stopped writing. Everything stored before is intact: reload, and see whether the "
            "browser's settings forbid this site to store data, and whether the disk is full."
        )
    if isinstance(error, BaseException):
        refused.__cause__ = error
    return refused


def unavailable(why: str) -> StorageUnavailable:
    """The error for a page that has no IndexedDB, or may not use it."""
    return StorageUnavailable(
        f"This page has no database in this browser ({why}), and a member needs one to remember "
        "what it has promised. Allow this site to store data (cookies and site data), leave "
        "private browsing, or open the page in another browser."
    )


def not_strict() -> StorageUnavailable:
    """The error for a browser that knows no durability."""
    return StorageUnavailable(
        "This browser cannot say when data is safely on the disk (its IndexedDB knows no strict "
        "durability), and a member must know: update the browser, or use another one."
    )


def damaged(name: str, what: str) -> StorageDamaged:
    """The error for a database in which something is missing or strange."""
    return StorageDamaged(f"This member's database {name} is damaged: {what}. {_NEW_MEMBER}")


def unknown_format(name: str, version: str) -> UnknownFormat:
    """The error for a head that names another format."""
    return UnknownFormat(
        f"This member's database {name} is of format {version!r}, which this program does not "
        "know. Nothing was changed: reload the page to get the program that wrote it."
    )


def other_member(name: str, found: str) -> OtherMember:
    """The error for a database that says that it is another's."""
    return OtherMember(
        f"The database {name} says that it is {found!r}, so it is of another session or member. "
        f"{_NEW_MEMBER}"
    )


def in_use(name: str) -> StorageInUse:
    """The error for a database that another tab does not let go of."""
    return StorageInUse(
        f"Another tab of this browser does not let go of the database {name}: close that tab, and "
        "the database is removed."
    )


def removed() -> StorageAltered:
    """The error for a database that somebody wants to remove, or to change the form of."""
    return StorageAltered(
        "Another window removes this member's database, or brings it to a later version, so this "
        "window has stopped writing: reload. If it was removed, join again as a new member."
    )


def evicted() -> StorageAltered:
    """The error for a database that the browser has closed on its own."""
    return StorageAltered(
        "The browser has closed this member's database, since the site's data was cleared or the "
        "disk failed, so this window has stopped writing: reload. If the data is gone, join again "
        "as a new member."
    )


def not_loaded() -> StorageClosed:
    """The error for writes that come too early."""
    return StorageClosed("The database is not loaded yet.")


def closed() -> StorageClosed:
    """The error for writes that come too late."""
    return StorageClosed("The database was closed: make a new storage and load it.")
