"""What of a peer's description and candidates aiortc is given.

A browser hides its addresses behind names that end in `.local`. aiortc would look them up by
multicast, a second for each while everything else waits, and mostly in vain. They are left out: the
browser knows our addresses and reaches us, and that tells us its own.
"""

from aiortc.rtcicetransport import RTCIceCandidate
from aiortc.sdp import candidate_from_sdp

from transport_webrtc.bodies import Candidate

_ADDRESS = 4
"""The place of the address in a candidate's line, and of the protocol two before."""


def usable(sdp: str) -> str:
    """A peer's description without the candidates that only cost time.

    :raises ValueError: with a sentence, if it describes anything but one data channel's transport.
    """
    lines = sdp.splitlines()
    media = [line for line in lines if line.startswith("m=")]
    if len(media) != 1 or not media[0].startswith("m=application "):
        raise ValueError("it is no description of one data channel and nothing else")
    kept = [line for line in lines if not (line.startswith("a=candidate:") and _is_hidden(line))]
    if len(kept) < len(lines):
        # With none left that would be the end of the attempt, before the peer has reached us.
        kept = [line for line in kept if line != "a=end-of-candidates"]
    return "\r\n".join(kept) + "\r\n"


def read_candidate(candidate: Candidate) -> RTCIceCandidate | None:
    """A candidate for aiortc; None if it has no use for it.

    :raises ValueError: if it cannot be read.
    """
    line = candidate.candidate.removeprefix("a=")
    if _is_hidden(line):
        return None
    try:
        read = candidate_from_sdp(line.removeprefix("candidate:"))
    except AssertionError as error:
        raise ValueError("a candidate that is too short") from error
    # There is one section only, and not every peer says which.
    read.sdpMid = candidate.sdp_mid
    read.sdpMLineIndex = 0 if candidate.sdp_m_line_index is None else candidate.sdp_m_line_index
    return read


def _is_hidden(line: str) -> bool:
    parts = line.split()
    return len(parts) > _ADDRESS and parts[_ADDRESS].lower().endswith(".local")
