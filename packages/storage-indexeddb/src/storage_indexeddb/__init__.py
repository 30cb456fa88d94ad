"""A member's journal in a browser's IndexedDB, on the disk before it is acknowledged.

`IndexedDbStorage` is a whole journal, `VitalPlace` the small durable place beside one that is lazy
about the disk. `find_member`, `sessions`, `usage` and `clear` look after what lies in an origin.
"""

from storage_indexeddb.browser import Browser, this_browser
from storage_indexeddb.errors import (
    IndexedDbError,
    InvalidName,
    OtherMember,
    SeveralMembers,
    StorageAltered,
    StorageClosed,
    StorageDamaged,
    StorageForeign,
    StorageFull,
    StorageInUse,
    StorageRefused,
    StorageUnavailable,
    UnknownFormat,
)
from storage_indexeddb.journal import Journal
from storage_indexeddb.names import journal_name, vital_name
from storage_indexeddb.storage import IndexedDbStorage
from storage_indexeddb.survey import clear, find_member, sessions, usage
from storage_indexeddb.vital import Kept, VitalPlace

__all__ = [
    "Browser",
    "IndexedDbError",
    "IndexedDbStorage",
    "InvalidName",
    "Journal",
    "Kept",
    "OtherMember",
    "SeveralMembers",
    "StorageAltered",
    "StorageClosed",
    "StorageDamaged",
    "StorageForeign",
    "StorageFull",
    "StorageInUse",
    "StorageRefused",
    "StorageUnavailable",
    "UnknownFormat",
    "VitalPlace",
    "clear",
    "find_member",
    "journal_name",
    "sessions",
    "this_browser",
    "usage",
    "vital_name",
]
