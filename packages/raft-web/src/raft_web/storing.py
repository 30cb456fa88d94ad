"""Which storage a session has in this browser, by the cluster's mode, and whose journal is in it.

| mode | a member's journal | beside it |
|---|---|---|
| disk | IndexedDB, `.../journal` | |
| browser | local storage | IndexedDB, `.../vital` |

All else there is to know of the two is in `docs/durability.md`. Which one it is the session's key
says, so a member that is not found in the place of its mode is not here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import storage_indexeddb as indexeddb
import storage_localstorage as localstorage
from raft_web.browser_storage import BrowserStorage
from storage_indexeddb import Browser, IndexedDbError, IndexedDbStorage, VitalPlace
from storage_indexeddb.names import VITAL
from storage_localstorage import Area, LocalStorage, journal_prefix
from transport_webrtc.session import Durability, durability_of, session_name

MemberStorage: TypeAlias = BrowserStorage | IndexedDbStorage
"""What a member in a window has: a `raft_core.Storage` that knows its size."""


class StorageMismatch(Exception):
    """What is stored for a session does not belong together. Nothing of it was changed."""


class Storing:
    """Where the member of one session has its journal in this browser.

    :param key: the session's
    :raises ValueError: it is no session key
    """

    def __init__(self, area: Area, browser: Browser, app: str, key: str) -> None:
        self.durability = durability_of(key)
        self.session = session_name(key)
        self.app = app
        self.area = area
        self.browser = browser

    async def find_member(self) -> str | None:
        """The id of the member whose journal is here, or None: this browser has none yet.

        :raises StorageMismatch: parts of it are missing, or are of another member or mode
        :raises LocalStorageError, IndexedDbError: nobody can say who it is
        """
        local = localstorage.find_member(self.area, self.app, self.session)
        if self.durability is Durability.DISK:
            if local is not None:
                raise _mismatch("is of a cluster on the disk, and has a journal in local storage")
            return await indexeddb.find_member(self.browser, self.app, self.session)
        vital = await indexeddb.find_member(self.browser, self.app, self.session, VITAL)
        # The vital place is written first, so it may be alone: then the journal's newest records
        # are lost, which are all of it, and its load finds that out.
        if local is not None and vital is None:
            raise _mismatch("lacks its votes, which this browser kept beside the journal")
        if local not in {None, vital}:
            raise _mismatch(f"is of member {local}, and the votes kept beside it of {vital}")
        return vital

    def open(
        self, member: str, *, lost: Callable[[IndexedDbError], None] | None = None
    ) -> MemberStorage:
        """A new storage of this member, to be loaded. Only one at a time may be in use.

        :param lost: told at once if the browser takes away what is on the disk (a site's data
            cleared); nothing is written any more then, and the member must stop
        """
        browser, names = self.browser, (self.app, self.session, member)
        if self.durability is Durability.DISK:
            return IndexedDbStorage(browser, indexeddb.journal_name(*names), lost=lost)
        localstorage.sweep(self.area, self.app, self.session)
        return BrowserStorage(
            LocalStorage(self.area, journal_prefix(*names)),
            lambda told: VitalPlace(browser, indexeddb.vital_name(*names), lost=told),
            lost=lost,
        )


def _mismatch(what: str) -> StorageMismatch:
    return StorageMismatch(
        f"What this browser stored for this cluster does not belong together: it {what}."
    )
