"""Introduces browser windows to each other, so that WebRTC can connect them.

Windows that know the same session key meet in a room; the introducer relays their offers, answers
and candidates and says who comes and goes. It never sees the key, nor any data of theirs, and a
cluster that runs does not need it.

`serve` embeds it, the command `introducer` runs it, `docs/introducer.md` is its protocol.
"""

from introducer.frames import PROTOCOL
from introducer.limits import Limits
from introducer.relays import Relays
from introducer.server import Server, serve

__all__ = ["PROTOCOL", "Limits", "Relays", "Server", "serve"]
