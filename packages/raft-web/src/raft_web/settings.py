"""What the page and the site tell the shell: the page's own JSON and `/site.json` together."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from transport_webrtc.session import Durability

_INTRODUCER: Final = re.compile(r"/\S*|wss?://[^\s/]+\S*")
_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s/:@\[\]]+)(:[0-9]+)?")


class Settings(msgspec.Struct, frozen=True):
    """Fields that are not ours are ignored.

    :raises ValueError: what is the site's makes no cluster; the sentence says what to write
    """

    name: str  # of the app: in storage keys and in the path
    entry: str  # "module:Class" of the app's `Page`
    title: str
    durability: Durability = Durability.DISK  # of clusters that are started without a choice
    introducer: str = "/v1"  # see `links.introducer_url`
    hosts: tuple[str, ...] = ()
    target_size: int = 3

    def __post_init__(self) -> None:
        require_site(self.introducer, self.hosts, self.target_size)


def require_site(introducer: str, hosts: Sequence[str], target_size: int) -> None:
    """Refuse what a page could only fail with, or wait with for ever.

    :raises ValueError: the sentence names the setting and says what to write
    """
    if not _INTRODUCER.fullmatch(introducer):
        raise ValueError(
            f"introducer: {introducer!r} is neither a path, like /v1, nor an address that begins "
            "with wss:// or ws://"
        )
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ValueError(
                f"hosts: {host!r} is no host name: write it alone, or with a port, like "
                "a.example.org:8443"
            )
    if target_size < 1 or target_size % 2 == 0:
        raise ValueError(
            f"target_size: {target_size} is no odd number from 1 on; an even one could lose no "
            "more members than the odd one below"
        )


def site_json(introducer: str, hosts: Sequence[str], target_size: int) -> str:
    """The text of `/site.json`: what is the same for all pages of a site.

    :raises ValueError: see `require_site`
    """
    require_site(introducer, hosts, target_size)
    site = {"introducer": introducer, "hosts": list(hosts), "target_size": target_size}
    return json.dumps(site, indent=1) + "\n"
