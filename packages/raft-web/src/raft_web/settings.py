"""What the page and the site tell the shell: the page's own JSON and `/site.json` together."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec

from transport_webrtc.session import Durability


class Settings(msgspec.Struct, frozen=True):
    """Fields that are not ours are ignored."""

    name: str  # of the app: in storage keys and in the path
    entry: str  # "module:Class" of the app's `Page`
    title: str
    durability: Durability = Durability.DISK  # of clusters that are started without a choice
    introducer: str = "/v1"  # see `links.introducer_url`
    hosts: tuple[str, ...] = ()
    target_size: int = 3


def site_json(introducer: str, hosts: Sequence[str], target_size: int) -> str:
    """The text of `/site.json`: what is the same for all pages of a site."""
    site = {"introducer": introducer, "hosts": list(hosts), "target_size": target_size}
    return json.dumps(site, indent=1) + "\n"
