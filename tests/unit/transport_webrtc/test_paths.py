"""What a browser's statistics say about the way to a peer: reports cut down to what matters."""

import json
from typing import Any

import pytest

from transport_webrtc.paths import Path, path_of

CHROMIUM = {
    "T01": {"id": "T01", "type": "transport", "selectedCandidatePairId": "CPx", "bytesSent": 9},
    "CPx": {
        "id": "CPx",
        "type": "candidate-pair",
        "localCandidateId": "L",
        "remoteCandidateId": "R",
        "nominated": True,
    },
    "CPy": {"type": "candidate-pair", "localCandidateId": "T", "remoteCandidateId": "R"},
    "L": {"type": "local-candidate", "candidateType": "host"},
    "T": {"type": "local-candidate", "candidateType": "relay"},
    "R": {"type": "remote-candidate", "candidateType": "prflx"},
}
FIREFOX = {
    "a": {
        "type": "candidate-pair",
        "selected": False,
        "localCandidateId": "h",
        "remoteCandidateId": "t",
    },
    "b": {
        "type": "candidate-pair",
        "selected": True,
        "localCandidateId": "h",
        "remoteCandidateId": "h",
    },
    "h": {"type": "local-candidate", "candidateType": "host"},
    "t": {"type": "remote-candidate", "candidateType": "relay"},
}


def changed(reports: dict[str, Any], name: str, **fields: Any) -> str:
    return json.dumps({**reports, name: {**reports[name], **fields}})


def test_the_pair_that_the_transport_has_selected_counts() -> None:
    assert path_of(json.dumps(CHROMIUM)) is Path.DIRECT
    assert path_of(changed(CHROMIUM, "T01", selectedCandidatePairId="CPy")) is Path.RELAYED


def test_firefox_marks_the_pair_itself() -> None:
    assert path_of(json.dumps(FIREFOX)) is Path.DIRECT
    assert path_of(changed(FIREFOX, "b", remoteCandidateId="t")) is Path.RELAYED


@pytest.mark.parametrize("reports", ["", "{}", "[]", '{"a": {"type": 3}}'])
def test_what_says_nothing_is_not_known(reports: str) -> None:
    assert path_of(reports) is None


def test_a_pair_whose_ends_are_not_reported_is_not_known() -> None:
    reports = {name: CHROMIUM[name] for name in ("T01", "CPx")}
    assert path_of(json.dumps(reports)) is None
