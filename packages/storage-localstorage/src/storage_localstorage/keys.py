"""Names of keys. One prefix for a member, so that nobody else's data is touched or taken for ours.

raft/<app>/<session>/<member>/owner           who may write: the format's version and a token
                              checkpoint      at most one: what it covers, and its content
                              r000000000001   one record; numbers have no gap
"""

import re

from storage_localstorage.errors import InvalidName

OWNER = "owner"
CHECKPOINT = "checkpoint"
RECORD = "r"
DIGITS = 12

_APP = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_ID = re.compile(r"[0-9a-f]{16}")


def app_prefix(app: str) -> str:
    """What the keys of all sessions of an app begin with.

    :raises InvalidName: the name could not be told from its neighbours in a key.
    """
    if not _APP.fullmatch(app):
        raise InvalidName(
            f"{app!r} cannot name an app: take 1 to 32 of a-z, 0-9, '-' and '_', "
            "beginning with a letter or digit"
        )
    return f"raft/{app}/"


def session_prefix(app: str, session: str) -> str:
    """What the keys of one session of an app begin with.

    :raises InvalidName: as `app_prefix`, or `session` is not the first 16 digits of a room id.
    """
    if not _ID.fullmatch(session):
        raise InvalidName(
            f"a session is named by the first 16 hexadecimal digits (0-9, a-f) of its room id, and "
            f"never by its secret key; this name has {len(session)} characters or others than those"
        )
    return f"{app_prefix(app)}{session}/"


def journal_prefix(app: str, session: str, member: str) -> str:
    """What the keys of one member's journal begin with.

    :raises InvalidName: as `session_prefix`, or `member` is not 16 hexadecimal digits.
    """
    if not _ID.fullmatch(member):
        raise InvalidName(f"{member!r} is no member's id: that is 16 hexadecimal digits (0-9, a-f)")
    return f"{session_prefix(app, session)}{member}/"


def check_journal_prefix(prefix: str) -> str:
    """`prefix`, if `journal_prefix` could have made it.

    :raises InvalidName: it could not.
    """
    parts = prefix.split("/")
    if len(parts) != 5 or parts[0] != "raft" or parts[4] != "":
        raise InvalidName(f"{prefix!r} is no journal's prefix: make one with journal_prefix()")
    return journal_prefix(*parts[1:4])


def record_name(sequence: int) -> str:
    """The last part of the key of a record, which are numbered from 1."""
    return f"{RECORD}{sequence:0{DIGITS}d}"


def sequence_of(name: str) -> int:
    """The number of the record with this last part of a key; 0 if it is no record's."""
    digits = name[len(RECORD) :]
    if name[: len(RECORD)] != RECORD or len(digits) != DIGITS or not digits.isascii():
        return 0
    return int(digits) if digits.isdigit() else 0
