"""Reads from WebRTC's statistics how two peers reach each other.

The browser keeps reports of many kinds by their ids (W3C, "Identifiers for WebRTC's Statistics
API"). The pair of candidates in use is the one that the transport has selected; Firefox marks the
pair itself.
"""

import enum

import msgspec


class Path(enum.StrEnum):
    """How messages get to a peer."""

    DIRECT = "direct"
    RELAYED = "relayed"
    """By a TURN server."""


class _Report(msgspec.Struct, rename="camel"):
    """What we look at of a report, of whatever kind."""

    type: str = ""
    selected_candidate_pair_id: str = ""
    selected: bool = False
    local_candidate_id: str = ""
    remote_candidate_id: str = ""
    candidate_type: str = ""


def path_of(reports: str) -> Path | None:
    """The path by a connection's reports: a JSON object of them by their ids. None: not known."""
    try:
        by_id = msgspec.json.decode(reports, type=dict[str, _Report])
    except msgspec.MsgspecError:
        return None  # a browser of another kind: it is only shown to people
    pair = _pair_in_use(by_id)
    if pair is None:
        return None
    ends = [by_id.get(pair.local_candidate_id), by_id.get(pair.remote_candidate_id)]
    kinds = {end.candidate_type for end in ends if end is not None}
    return Path.RELAYED if "relay" in kinds else Path.DIRECT if kinds else None


def _pair_in_use(by_id: dict[str, _Report]) -> _Report | None:
    for report in by_id.values():
        if report.type == "transport" and report.selected_candidate_pair_id in by_id:
            return by_id[report.selected_candidate_pair_id]
    pairs = (report for report in by_id.values() if report.type == "candidate-pair")
    return next((pair for pair in pairs if pair.selected), None)
