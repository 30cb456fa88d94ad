"""Bodies of signals: what is written can be read, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport_webrtc.bodies import Answer, Body, Candidate, Offer, Wanted, read_body, write_body

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)

BODIES: list[tuple[Body, dict[str, object]]] = [
    (Offer("x-1", "v=0"), {"kind": "offer", "offer": "x-1", "sdp": "v=0"}),
    (Answer("x-1", "v=0"), {"kind": "answer", "offer": "x-1", "sdp": "v=0"}),
    (
        Candidate("x-1", "candidate:1", "0", 0),
        {
            "kind": "candidate",
            "offer": "x-1",
            "candidate": "candidate:1",
            "sdp_mid": "0",
            "sdp_m_line_index": 0,
        },
    ),
    (
        Candidate("x-1", "candidate:1"),
        {"kind": "candidate", "offer": "x-1", "candidate": "candidate:1"},
    ),
    (Wanted(), {"kind": "wanted"}),
    (Wanted(mac="abc"), {"kind": "wanted", "mac": "abc"}),
]


@pytest.mark.parametrize("body,written", BODIES, ids=repr)
def test_bodies_as_json(body: Body, written: dict[str, object]) -> None:
    assert write_body(body) == written
    assert read_body(written) == body


def test_what_a_newer_version_adds_does_no_harm() -> None:
    assert read_body({"kind": "wanted", "because": "of you"}) == Wanted()


@pytest.mark.parametrize(
    "body",
    [
        None,
        7,
        "wanted",
        [],
        {},
        {"kind": "surprise"},
        {"kind": "offer"},
        {"kind": "offer", "offer": "", "sdp": "v=0"},
        {"kind": "offer", "offer": "x" * 65, "sdp": "v=0"},
        {"kind": "offer", "offer": "x-1", "sdp": ""},
        {"kind": "offer", "offer": "x-1", "sdp": "v" * 40_000},
        {"kind": "answer", "offer": "x-1", "sdp": None},
        {"kind": "candidate", "offer": "x-1", "candidate": "c" * 2000},
        {"kind": "candidate", "offer": "x-1", "candidate": "c", "sdp_m_line_index": -1},
        {"kind": "candidate", "offer": "x-1", "candidate": "c", "sdp_mid": 5},
        {"kind": "wanted", "mac": "m" * 200},
    ],
)
def test_what_is_no_body_is_refused_with_a_sentence(body: object) -> None:
    with pytest.raises(ValueError, match=r"\w+ "):
        read_body(body)


@given(JSON)
def test_any_json_is_a_body_or_refused(value: object) -> None:
    try:
        body = read_body(value)
    except ValueError:
        return
    assert isinstance(body, Offer | Answer | Candidate | Wanted)
