"""An append-only journal in a browser's localStorage, with one atomic checkpoint.

`LocalStorage` is the storage of one member, `hold_identity` keeps it to one tab, and `find_member`,
`sessions`, `usage`, `room_beside`, `clear` and `clear_app` look after what lies in an origin.
"""

from storage_localstorage.area import QUOTA, Area, local_area
from storage_localstorage.errors import (
    IdentityInUse,
    InvalidName,
    LocalStorageError,
    LocksUnavailable,
    SeveralMembers,
    StorageAltered,
    StorageClosed,
    StorageDamaged,
    StorageFull,
    StorageRefused,
    StorageUnavailable,
)
from storage_localstorage.identity import Identity, hold_identity
from storage_localstorage.journal import Journal
from storage_localstorage.keys import app_prefix, journal_prefix, session_prefix
from storage_localstorage.storage import LocalStorage
from storage_localstorage.survey import (
    Cleared,
    Usage,
    clear,
    clear_app,
    find_member,
    room_beside,
    sessions,
    sweep,
    usage,
)

__all__ = [
    "QUOTA",
    "Area",
    "Cleared",
    "Identity",
    "IdentityInUse",
    "InvalidName",
    "Journal",
    "LocalStorage",
    "LocalStorageError",
    "LocksUnavailable",
    "SeveralMembers",
    "StorageAltered",
    "StorageClosed",
    "StorageDamaged",
    "StorageFull",
    "StorageRefused",
    "StorageUnavailable",
    "Usage",
    "app_prefix",
    "clear",
    "clear_app",
    "find_member",
    "hold_identity",
    "journal_prefix",
    "local_area",
    "room_beside",
    "session_prefix",
    "sessions",
    "sweep",
    "usage",
]
