"""The session key: making it, and reading it from what a person gave.

The key is the cluster's only secret: whoever has it is a member. The introducer and everything that
is stored know one-way names of it (`room_of`, `session_name`). Where a page keeps it, in the
fragment of its URL, is the page's business.

Its first digit says how durable the cluster's browser windows are. So it is chosen once, at the
start of a cluster; everyone with the key agrees without asking, and nobody can change it later.
"""

from __future__ import annotations

import re
import secrets
from enum import StrEnum
from typing import Final

from transport_webrtc.signalling import room_of

KEY_DIGITS: Final = 32
"""Hexadecimal digits of a session key: one bit for the durability, and 127 random ones."""

_KEY: Final = re.compile(rf"[0-9a-f]{{{KEY_DIGITS}}}", re.IGNORECASE)
_KEY_IN_TEXT: Final = re.compile(rf"(?<![0-9a-z]){_KEY.pattern}(?![0-9a-z])", re.IGNORECASE)


class Durability(StrEnum):
    """Where a window of the cluster has what it acknowledges. Headless members are always on disk.

    Terms and votes are on the disk in both.
    """

    DISK = "disk"
    """On the disk, before it is acknowledged: IndexedDB, strict. A window that is killed has it."""
    BROWSER = "browser"
    """In local storage, which is quick, and with a browser that is killed loses its last seconds.

    Then the window says so, and what a majority had is not lost (`docs/durability.md`).
    """


class InvalidInvitationError(ValueError):
    """What a person gave to join a cluster is no invitation; the sentence says what would be."""


def new_key(durability: Durability) -> str:
    """A session key for a new cluster that is as durable as this for its whole life."""
    first = 1 if durability is Durability.BROWSER else 0
    bits = 4 * KEY_DIGITS - 1
    return f"{first << bits | secrets.randbits(bits):0{KEY_DIGITS}x}"


def durability_of(key: str) -> Durability:
    """How durable the cluster is: a first digit of 0 to 7 says disk, one of 8 to f browser.

    :raises ValueError: it is no session key
    """
    if not is_key(key):
        raise ValueError(f"a session key has {KEY_DIGITS} hexadecimal digits")
    return Durability.BROWSER if int(key[0], 16) >= 8 else Durability.DISK


def new_member_id() -> str:
    """An id for a member that starts for the first time."""
    return secrets.token_hex(8)


def is_key(text: str) -> bool:
    """Whether this is a session key and nothing besides; capital letters are well."""
    return _KEY.fullmatch(text) is not None


def session_name(key: str) -> str:
    """The name of the cluster beside stored data: 16 hexadecimal digits that tell nothing of `key`.

    :raises ValueError: if the key is not 32 lower-case hexadecimal characters.
    """
    return room_of(key)[:16]


def parse_invitation(text: str) -> str:
    """The session key in what a person pasted: a member's link, or the cluster's id alone.

    :raises InvalidInvitationError: when there is no key in it, or more than one
    """
    if not text.strip():
        raise InvalidInvitationError("Paste the link of a member, or the cluster's id.")
    found = {match.group().lower() for match in _KEY_IN_TEXT.finditer(text)}
    if len(found) > 1:
        raise InvalidInvitationError(
            "There is more than one cluster's id in this: paste only one link."
        )
    if not found:
        raise InvalidInvitationError(
            "This is neither a member's link nor a cluster's id. "
            f"An id has {KEY_DIGITS} characters, 0 to 9 and a to f: look whether all were copied."
        )
    return found.pop()
