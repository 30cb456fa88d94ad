"""Where the other members' pages are, and the introducer: URLs made from our own and the site's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from raft_web.session import format_fragment

_PORT: Final = re.compile(r":(\d+)$")
_DEFAULT_PORTS: Final = {"http:": "80", "https:": "443"}


class Place(NamedTuple):
    """Where this page is, in the words of JavaScript's `location`."""

    protocol: str  # "http:" or "https:"
    hostname: str  # without the port
    port: str  # "" for the protocol's own
    path: str  # "/todo/"

    @property
    def host(self) -> str:
        """Host and port, as an address shows them."""
        return f"{self.hostname}:{self.port}" if self.port else self.hostname


class MemberLink(NamedTuple):
    """A page that makes a member of this cluster when it is opened."""

    host: str
    url: str


def own_link(place: Place, key: str) -> MemberLink:
    """This page's own link: opened in another browser or on another machine it is a new member."""
    return MemberLink(place.host, _url(place, place.host, key))


def other_links(place: Place, hosts: Sequence[str], key: str) -> list[MemberLink]:
    """The links of the other hosts that serve this page; none if the site does not know our host.

    `hosts` are the site's: each a name with or without a port; without one it has the port of this
    page. Scheme and path are this page's.
    """
    normal = [_normal(place, host) for host in hosts]
    if _normal(place, place.host) not in normal:
        return []
    others = dict.fromkeys(host for host in normal if host != _normal(place, place.host))
    return [MemberLink(host, _url(place, host, key)) for host in others]


def introducer_url(template: str, place: Place) -> str:
    """The introducer's WebSocket URL.

    `{hostname}` stands for this page's host name. A path alone ("/v1") means this page's own host.
    """
    if template.startswith("/"):
        scheme = "wss" if place.protocol == "https:" else "ws"
        return f"{scheme}://{place.host}{template}"
    return template.replace("{hostname}", place.hostname)


def _normal(place: Place, host: str) -> str:
    host = host.strip().lower()
    match = _PORT.search(host)
    port = match.group(1) if match else place.port
    name = host[: match.start()] if match else host
    return name if port in {"", _DEFAULT_PORTS.get(place.protocol)} else f"{name}:{port}"


def _url(place: Place, host: str, key: str) -> str:
    return f"{place.protocol}//{host}{place.path}{format_fragment(key, '/')}"
