"""The STUN and TURN servers that members are told of, and the short-lived credentials for them.

A TURN server relays what two members cannot send each other directly. Whoever may use it costs its
owner bandwidth, so it asks for a password; and a password that never changes, in a web page, is
none. The way out (draft-uberti-behave-turn-rest, which coturn calls `use-auth-secret`): the
introducer and the TURN server share a secret; a user name says when it expires, and the password is
the secret's HMAC of that name. Neither server asks the other anything.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from msgspec import Struct

IceServer = Mapping[str, object]
"""An RTCIceServer object of WebRTC: `urls`, and for TURN `username` and `credential`."""

SHORTEST = 60.0
"""Members take new credentials over when half the time of the old ones is gone; with less than a
minute they could be too old when a connection that was asked for with them is made."""


class Relays(Struct, frozen=True, kw_only=True):
    """Which servers members are told of. The default is none: enough where they can meet directly.

    :raises ValueError: if an address is none, or secret and addresses are not both given. The
        sentence begins with the field's name.
    """

    turn_urls: tuple[str, ...] = ()
    """All are one server's, or share the secret: `turn:turn.example.org:3478?transport=udp`."""
    turn_secret: str = ""
    """The TURN server's `static-auth-secret`."""
    turn_seconds: float = 3600.0
    """How long a credential holds. Who uses it keeps its relay longer if the server lets it."""
    stun_urls: tuple[str, ...] = ()
    """`stun:stun.example.org:3478`; they need no credentials."""

    def __post_init__(self) -> None:
        _check("stun_urls", self.stun_urls, ("stun:", "stuns:"))
        _check("turn_urls", self.turn_urls, ("turn:", "turns:"))
        if self.turn_urls and not self.turn_secret:
            raise ValueError("turn_secret: give the TURN server's static-auth-secret")
        if self.turn_secret and not self.turn_urls:
            raise ValueError("turn_urls: a secret needs the address of the TURN server it is for")
        if self.turn_seconds < SHORTEST:
            raise ValueError(f"turn_seconds: must be at least {SHORTEST:g}")

    def __repr__(self) -> str:
        return f"Relays(turn_urls={self.turn_urls}, stun_urls={self.stun_urls})"

    @property
    def renew_every(self) -> float | None:
        """After so many seconds members need new credentials; None if there are none to renew."""
        return self.turn_seconds / 2 if self.turn_urls else None

    def for_member(self, member: str, wall: float) -> tuple[IceServer, ...]:
        """What `member` is told at `wall`, in seconds since 1970 as the TURN server counts them."""
        servers: list[IceServer] = []
        if self.stun_urls:
            servers.append({"urls": list(self.stun_urls)})
        if self.turn_urls:
            username = f"{int(wall + self.turn_seconds)}:{member}"
            credential = turn_password(self.turn_secret, username)
            servers.append(
                {"urls": list(self.turn_urls), "username": username, "credential": credential}
            )
        return tuple(servers)


def turn_password(secret: str, username: str) -> str:
    """The password that a TURN server with this secret takes for `username`."""
    # SHA-1 is what the servers compute. In an HMAC its collisions do no harm.
    digest = hmac.digest(secret.encode(), username.encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()


def _check(field: str, urls: tuple[str, ...], schemes: tuple[str, ...]) -> None:
    for url in urls:
        if not url.startswith(schemes) or not url.partition(":")[2]:
            raise ValueError(f"{field}: {url!r} does not begin with {schemes[0]} and name a host")
