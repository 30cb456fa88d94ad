"""Whoever gets no relay is told why, whatever the browser tells."""

import pytest

from transport_webrtc.refusals import no_relay

URL = "turn:10.0.0.1:3478"


@pytest.mark.parametrize(
    "code,text,reason",
    [
        (401, "Unauthorized", "Unauthorized (401)"),  # Chromium
        (401, "", "Unauthorized (401)"),  # Firefox
        (701, "TURN host lookup received error.", "TURN host lookup received error (701)"),
        (701, "", "it was not reached (701)"),
        (499, "", "it says only (499)"),
    ],
)
def test_the_sentence_has_the_reason_and_its_code(code: int, text: str, reason: str) -> None:
    assert no_relay(URL, code, text) == f"The TURN server {URL} gives us no relay: {reason}."
