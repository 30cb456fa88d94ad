"""What the page and the site tell the shell: the page's own JSON and `/site.json` together."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True):
    """Fields that are not ours are ignored."""

    name: str  # of the app: in storage keys and in the path
    entry: str  # "module:Class" of the app's `Page`
    title: str
    introducer: str = "/v1"  # see `links.introducer_url`
    hosts: tuple[str, ...] = ()
    target_size: int = 3
