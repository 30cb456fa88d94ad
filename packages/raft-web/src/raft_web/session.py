"""The session key: making it, reading it from what a person pasted, and keeping it in the URL.

The key is the cluster's only secret. It lives in the URL's fragment, which browsers send to no
server; storage keys and the introducer see one-way names of it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final, NamedTuple

KEY_DIGITS: Final = 32
"""Hexadecimal digits of a session key: 128 random bits."""

_KEY: Final = re.compile(rf"[0-9a-f]{{{KEY_DIGITS}}}", re.IGNORECASE)
_KEY_IN_TEXT: Final = re.compile(rf"(?<![0-9a-z]){_KEY.pattern}(?![0-9a-z])", re.IGNORECASE)


class InvalidInvitationError(ValueError):
    """What a person gave to join a cluster is no invitation; the sentence says what would be."""


class Fragment(NamedTuple):
    """What the part of the URL after `#` says."""

    key: str | None
    route: str = "/"
    strange: bool = False  # there is something, and it is neither a key nor a route


def new_key() -> str:
    """A session key for a new cluster."""
    return secrets.token_hex(KEY_DIGITS // 2)


def new_member_id() -> str:
    """An id for a member that starts for the first time."""
    return secrets.token_hex(8)


def room_id(key: str) -> str:
    """The name that the introducer knows the cluster by: 64 hexadecimal digits."""
    return hashlib.sha256(b"raft room " + bytes.fromhex(key)).hexdigest()


def session_name(key: str) -> str:
    """The name of the cluster in storage keys: 16 hexadecimal digits."""
    return room_id(key)[:16]


def parse_fragment(fragment: str) -> Fragment:
    """Read `location.hash`. The route stays as the browser wrote it, percent signs and all.

    A fragment that starts with a slash is a route without a key, as an app's link or a person's
    typing makes it.
    """
    text = fragment.removeprefix("#")
    if not text:
        return Fragment(None)
    if text.startswith("/"):
        return Fragment(None, text)
    head, slash, tail = text.partition("/")
    if not _KEY.fullmatch(head):
        return Fragment(None, strange=True)
    return Fragment(head.lower(), slash + tail or "/")


def format_fragment(key: str, route: str) -> str:
    """The fragment for `route` in the session: what `parse_fragment` reads back."""
    if not route.startswith("/"):
        raise ValueError(f"A route starts with a slash: {route!r}")
    return f"#{key}{route}"


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
