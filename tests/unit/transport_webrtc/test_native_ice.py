"""The STUN and TURN servers that aiortc is given."""

import pytest
from aiortc import RTCIceServer

from transport_webrtc.native_ice import choose
from transport_webrtc.signalling import IceServer


def uris(*servers: IceServer) -> list[object]:
    return [server.urls for server in choose(servers)]


def test_without_any_none_is_asked() -> None:
    assert choose([]) == []


def test_one_of_each_kind_with_what_belongs_to_it() -> None:
    servers = [
        IceServer("turn:relay.test", "someone", "secret"),
        IceServer("stun:mirror.test:19302"),
    ]
    assert choose(servers) == [
        RTCIceServer("stun:mirror.test:19302"),
        RTCIceServer("turn:relay.test", "someone", "secret"),
    ]


def test_the_first_of_equals() -> None:
    ours, theirs = IceServer("stun:ours.test"), IceServer(["stun:theirs.test"])
    assert uris(ours, theirs) == ["stun:ours.test"]


def test_rather_a_relay_over_udp() -> None:
    urls = ["turns:a.test", "turn:b.test?transport=tcp", "turn:c.test?transport=udp"]
    assert uris(IceServer(urls)) == [urls[2]]
    assert uris(IceServer(urls[:2])) == [urls[1]]
    assert uris(IceServer(urls[:1])) == [urls[0]]


@pytest.mark.parametrize(
    "useless",
    [
        "",
        "https://example.test",
        "stun:",
        "stuns:a.test",
        "stun:a.test:65536",
        "turn:a.test?transport=sctp",
        "turn",
    ],
)
def test_what_cannot_be_read_or_used_is_passed_over(useless: str) -> None:
    assert uris(IceServer([useless, "stun:good.test"])) == ["stun:good.test"]
