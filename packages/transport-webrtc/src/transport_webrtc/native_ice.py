"""Which STUN and TURN servers aiortc is given: it takes one of each, and not every kind."""

from collections.abc import Iterable, Iterator, Sequence

from aiortc import RTCIceServer
from aiortc.rtcicetransport import parse_stun_turn_uri

from transport_webrtc.signalling import IceServer

_USABLE = {"stun": 0, "turn:udp": 0, "turn:tcp": 1, "turns:tcp": 2}
"""What aiortc can use, and which it should rather: over TCP a relay delays everything after a loss.
STUN over TLS it accepts and does not do."""

_LAST_PORT = 65_535
"""aiortc reads a higher one, and then makes no offer."""


def choose(servers: Sequence[IceServer]) -> list[RTCIceServer]:
    """At most one STUN and one TURN server.

    Of equally good ones the first, so that what the caller named goes before what the introducer
    names. Addresses that cannot be read are passed over: one bad line of an introducer must not
    keep us from everybody. The list may be empty, and aiortc has to be given it all the same: by
    itself it would ask a public server.
    """
    found = list(_usable(servers))
    chosen = []
    for scheme in "stun", "turn":
        ours = [entry for entry in found if entry[1].startswith(scheme)]
        if ours:
            _, uri, server = min(ours, key=lambda entry: entry[0])
            chosen.append(RTCIceServer(uri, server.username, server.credential))
    return chosen


def _usable(servers: Iterable[IceServer]) -> Iterator[tuple[int, str, IceServer]]:
    for server in servers:
        for uri in [server.urls] if isinstance(server.urls, str) else server.urls:
            try:
                parsed = parse_stun_turn_uri(uri)
            except ValueError:
                continue
            kind = ":".join(filter(None, (parsed["scheme"], parsed.get("transport"))))
            if kind in _USABLE and parsed["port"] <= _LAST_PORT:
                yield _USABLE[kind], uri, server
