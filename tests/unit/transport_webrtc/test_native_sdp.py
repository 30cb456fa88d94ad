"""What aiortc is given of a peer's description and candidates."""

import pytest

from transport_webrtc.bodies import Candidate
from transport_webrtc.native_sdp import read_candidate, usable

HEAD = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
SECTION = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:0"]
ADDRESS = "candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host"
HIDDEN = "candidate:2 1 udp 2113937151 5e0f42e1-8b2f-4c5e.LOCAL 50001 typ host"
END = "a=end-of-candidates"


def sdp(*lines: str) -> str:
    return "\r\n".join([*HEAD, *SECTION, *lines, ""])


def test_an_ordinary_description_stays_as_it_is() -> None:
    whole = sdp(f"a={ADDRESS}", END)
    assert usable(whole) == whole


def test_hidden_addresses_are_left_out_and_the_end_of_the_others_too() -> None:
    """With none left aiortc would give up, where the peer is about to reach us."""
    assert usable(sdp(f"a={HIDDEN}", f"a={ADDRESS}", END)) == sdp(f"a={ADDRESS}")
    assert usable(sdp(f"a={HIDDEN}", END)) == sdp()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\r\n".join(HEAD),
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        sdp("m=audio 9 UDP/TLS/RTP/SAVPF 111"),
        sdp(*SECTION),
    ],
)
def test_what_is_not_one_data_channel_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no description of one data channel"):
        usable(text)


@pytest.mark.parametrize("line", [ADDRESS, f"a={ADDRESS}", ADDRESS.removeprefix("candidate:")])
def test_a_candidate_is_read(line: str) -> None:
    read = read_candidate(Candidate("x-1", line, "0", 0))
    assert read is not None
    assert (read.ip, read.port, read.protocol, read.type) == ("192.0.2.7", 50000, "udp", "host")
    assert (read.sdpMid, read.sdpMLineIndex) == ("0", 0)


def test_a_candidate_need_not_say_its_section() -> None:
    read = read_candidate(Candidate("x-1", ADDRESS))
    assert read is not None
    assert (read.sdpMid, read.sdpMLineIndex) == (None, 0)


def test_a_hidden_address_is_of_no_use() -> None:
    assert read_candidate(Candidate("x-1", HIDDEN, "0", 0)) is None


@pytest.mark.parametrize("line", ["?", "candidate:", "candidate:1 one udp 1 192.0.2.7 50000 typ x"])
def test_a_malformed_candidate_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_candidate(Candidate("x-1", line, "0", 0))
