"""Names of databases: one a member and purpose, so that nobody else's data is taken for ours.

raft/<app>/<session>/<member>/journal     a member's whole journal
                             /vital       its newest vital record, if the journal is elsewhere
"""

import re
from typing import NamedTuple

from storage_indexeddb.errors import InvalidName

JOURNAL = "journal"
VITAL = "vital"

_APP = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_ID = re.compile(r"[0-9a-f]{16}")


class Parts(NamedTuple):
    """What a name says."""

    app: str
    session: str
    member: str
    purpose: str


def journal_name(app: str, session: str, member: str) -> str:
    """The name of the database with a member's journal.

    :raises InvalidName: `app` is not 1 to 32 of a-z, 0-9, '-', '_'; or `session` is not the first
        16 hexadecimal digits of a room id; or `member` is not 16 of them
    """
    return _name(Parts(app, session, member, JOURNAL))


def vital_name(app: str, session: str, member: str) -> str:
    """The name of the database with a member's vital record.

    :raises InvalidName: as `journal_name`
    """
    return _name(Parts(app, session, member, VITAL))


def parse_name(name: str) -> Parts | None:
    """What a name of ours says; None for any other."""
    parts = name.split("/")
    if len(parts) != 5 or parts[0] != "raft" or parts[4] not in {JOURNAL, VITAL}:
        return None
    found = Parts(*parts[1:])
    try:
        _name(found)
    except InvalidName:
        return None
    return found


def check_name(name: str, purpose: str) -> str:
    """`name`, if it is one for this purpose.

    :raises InvalidName: it is not
    """
    parts = parse_name(name)
    if parts is None or parts.purpose != purpose:
        raise InvalidName(f"{name!r} names no database: make it with {purpose}_name()")
    return name


def _name(parts: Parts) -> str:
    if not _APP.fullmatch(parts.app):
        raise InvalidName(
            f"{parts.app!r} cannot name an app: take 1 to 32 of a-z, 0-9, '-' and '_', "
            "beginning with a letter or digit"
        )
    if not _ID.fullmatch(parts.session):
        raise InvalidName(
            "a session is named by the first 16 hexadecimal digits (0-9, a-f) of its room id, and "
            f"never by its secret key; this name has {len(parts.session)} characters or others "
            "than those"
        )
    if not _ID.fullmatch(parts.member):
        raise InvalidName(
            f"{parts.member!r} is no member's id: that is 16 hexadecimal digits (0-9, a-f)"
        )
    return "/".join(("raft", *parts))
