"""What is signed is believed by whom it was said to, and nothing else is."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport_webrtc.authentication import Authenticator, Distrust
from transport_webrtc.bodies import Answer, Body, Candidate, Check, Gone, Offer, Wanted
from transport_webrtc.starts import Start

ONE, TWO, THREE = "1" * 16, "2" * 16, "3" * 16
KEY = "00112233445566778899aabbccddeeff"

BODIES: list[Body] = [
    Offer("x-1", "v=0\r\na=fingerprint:sha-256 AA:BB\r\n"),
    Answer("x-1", "v=0\r\na=fingerprint:sha-256 AA:BB\r\n"),
    Candidate("x-1", "candidate:1", "data", 0),
    Candidate("x-1", "candidate:1"),
    Wanted(),
    Check("x-1"),
    Gone("x-1"),
]

each_body = pytest.mark.parametrize("body", BODIES, ids=repr)

ONE_SAYS = Authenticator(ONE, KEY)
TWO_HEARS = Authenticator(TWO, KEY)


@each_body
def test_what_a_peer_signed_for_us_is_genuine(body: Body) -> None:
    signed = ONE_SAYS.sign(TWO, body)
    assert TWO_HEARS.is_genuine(ONE, signed)
    assert msgspec.structs.replace(signed, mac=None) == body


@each_body
def test_what_nobody_signed_is_not(body: Body) -> None:
    assert not TWO_HEARS.is_genuine(ONE, body)
    for mac in "", "0" * 64, "\u00fc" * 64, "\ud800":
        assert not TWO_HEARS.is_genuine(ONE, msgspec.structs.replace(body, mac=mac))


@each_body
def test_a_part_of_a_mac_is_not_enough(body: Body) -> None:
    mac = ONE_SAYS.sign(TWO, body).mac
    assert mac is not None
    for wrong in mac[:-1], mac + "0", mac.upper(), mac[:-1] + ("0" if mac[-1] != "0" else "1"):
        assert not TWO_HEARS.is_genuine(ONE, msgspec.structs.replace(body, mac=wrong))


@each_body
def test_a_body_of_another_session_is_not(body: Body) -> None:
    other = Authenticator(ONE, "f" * 32).sign(TWO, body)
    assert not TWO_HEARS.is_genuine(ONE, other)


@each_body
def test_a_body_in_the_name_of_another_sender_is_not(body: Body) -> None:
    assert not TWO_HEARS.is_genuine(THREE, ONE_SAYS.sign(TWO, body))


@each_body
def test_a_body_for_another_receiver_is_not(body: Body) -> None:
    assert not TWO_HEARS.is_genuine(ONE, ONE_SAYS.sign(THREE, body))


@each_body
def test_a_start_without_a_right_proof_is_not_even_if_its_sender_signed_it(body: Body) -> None:
    """Whoever hears it shows it to others, who believe nothing but the proof."""
    one = Authenticator(ONE, KEY)
    one.begin(7, "a" * 16)
    assert TWO_HEARS.is_genuine(ONE, one.sign(TWO, body))
    one.start = Start(7, "a" * 16, "0" * 64)
    assert not TWO_HEARS.is_genuine(ONE, one.sign(TWO, body))


@each_body
def test_our_own_body_sent_back_to_us_is_not(body: Body) -> None:
    ours = ONE_SAYS.sign(TWO, body)
    for sender in ONE, TWO:
        assert not ONE_SAYS.is_genuine(sender, ours)


def changes(value: str | int | None) -> list[str | int | None]:
    """What the value of a field could be changed into."""
    if value is None:
        return ["", 0]
    if isinstance(value, int):
        return [value + 1, None]
    return [value + "0", value[:-1], value.swapcase(), None]


@each_body
def test_no_field_can_be_changed(body: Body) -> None:
    signed = ONE_SAYS.sign(TWO, body)
    for field in set(body.__struct_fields__) - {"mac"}:
        for other in changes(getattr(body, field)):
            changed = msgspec.structs.replace(signed, **{field: other})
            assert not TWO_HEARS.is_genuine(ONE, changed)


def test_one_kind_cannot_be_made_another() -> None:
    mac = ONE_SAYS.sign(TWO, Offer("x-1", "sdp")).mac
    assert not TWO_HEARS.is_genuine(ONE, Answer("x-1", "sdp", mac))
    mac = ONE_SAYS.sign(TWO, Check("x-1")).mac
    assert not TWO_HEARS.is_genuine(ONE, Gone("x-1", mac))


def test_text_cannot_move_from_one_field_to_the_next() -> None:
    mac = ONE_SAYS.sign(TWO, Offer("x-1", "sdp")).mac
    assert not TWO_HEARS.is_genuine(ONE, Offer("x-1s", "dp", mac))
    assert not TWO_HEARS.is_genuine(ONE, Offer("x-", "1sdp", mac))


TEXT = st.text(max_size=20)


@given(TEXT, TEXT, TEXT, TEXT)
def test_different_fields_have_different_macs(offer: str, sdp: str, other: str, text: str) -> None:
    same = (offer, sdp) == (other, text)
    mac = ONE_SAYS.sign(TWO, Offer(offer, sdp)).mac
    assert TWO_HEARS.is_genuine(ONE, Offer(other, text, mac)) is same


@given(st.text(st.characters(), max_size=20))
def test_any_text_can_be_signed_and_checked(text: str) -> None:
    assert TWO_HEARS.is_genuine(ONE, ONE_SAYS.sign(TWO, Candidate(text, text, text)))


@pytest.mark.parametrize("key", ["", "0" * 31, "0" * 33, "A" * 32, "g" * 32, "0" * 32 + "\n"])
def test_a_malformed_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="32 lower-case hexadecimal characters"):
        Authenticator(ONE, key)


def test_a_sender_that_is_not_believed_is_told_of_once_a_minute() -> None:
    distrust = Distrust()
    told = [now for now in range(180) if distrust.is_news(float(now), ONE)]
    assert told == [0, 60, 120]


def test_many_made_up_senders_are_told_of_a_few_at_a_time() -> None:
    distrust = Distrust()
    told = sum(distrust.is_news(number / 1000, f"{number:016x}") for number in range(1000))
    assert told == 16
    assert distrust.is_news(61.0, ONE)
    assert len(distrust._told) <= 16
