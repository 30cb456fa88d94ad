"""The session key in the URL's fragment, which browsers send to no server."""

from __future__ import annotations

from typing import NamedTuple

from transport_webrtc.session import is_key


class Fragment(NamedTuple):
    """What the part of the URL after `#` says."""

    key: str | None
    route: str = "/"
    strange: bool = False  # there is something, and it is neither a key nor a route


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
    if not is_key(head):
        return Fragment(None, strange=True)
    return Fragment(head.lower(), slash + tail or "/")


def format_fragment(key: str, route: str) -> str:
    """The fragment for `route` in the session: what `parse_fragment` reads back."""
    if not route.startswith("/"):
        raise ValueError(f"A route starts with a slash: {route!r}")
    return f"#{key}{route}"
