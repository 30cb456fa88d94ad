"""Session keys, and what people paste."""

import pytest

from transport_webrtc import room_of
from transport_webrtc.session import (
    Durability,
    InvalidInvitationError,
    durability_of,
    is_key,
    new_key,
    new_member_id,
    parse_invitation,
    session_name,
)

KEY = "0123456789abcdef0123456789abcdef"


def test_new_keys_and_ids_have_the_shape_of_the_protocol_and_differ() -> None:
    for durability in Durability:
        assert len({new_key(durability) for _ in range(100)}) == 100
        assert len(bytes.fromhex(new_key(durability))) == 16
    assert len({new_member_id() for _ in range(100)}) == 100
    assert len(bytes.fromhex(new_member_id())) == 8


@pytest.mark.parametrize("durability, firsts", [("disk", "01234567"), ("browser", "89abcdef")])
def test_the_first_digit_of_a_key_says_how_durable_the_cluster_is(
    durability: str, firsts: str
) -> None:
    keys = [new_key(Durability(durability)) for _ in range(500)]
    assert {key[0] for key in keys} == set(firsts)
    for first in firsts + firsts.upper():
        assert durability_of(first + KEY[1:]) == durability


def test_what_is_no_key_is_not_durable_in_any_way() -> None:
    with pytest.raises(ValueError, match="32 hexadecimal digits"):
        durability_of(KEY[1:])


def test_the_name_of_a_session_is_the_beginning_of_its_room() -> None:
    assert session_name(KEY) == room_of(KEY)[:16]
    assert session_name(KEY) not in KEY


@pytest.mark.parametrize(
    "text, expected",
    [(KEY, True), (KEY.upper(), True), (KEY[:-1], False), (KEY + "0", False), (f"{KEY}\n", False)],
)
def test_a_key_is_its_digits_and_nothing_besides(text: str, expected: bool) -> None:
    assert is_key(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        KEY.upper(),
        f"  {KEY}\n",
        f"#{KEY}",
        f"http://wraft1.localhost:8000/todo/#{KEY}/",
        f"https://example.org/todo/#{KEY}/active",
        f"Join us: <http://wraft1.localhost:8000/todo/#{KEY}/>.",
        f"http://a/#{KEY}/ http://b/#{KEY}/",
    ],
)
def test_a_link_an_id_or_a_text_around_either_is_an_invitation(text: str) -> None:
    assert parse_invitation(text) == KEY


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("", "Paste the link"),
        ("   ", "Paste the link"),
        ("hello", "neither a member's link nor a cluster's id"),
        (KEY[:-1], "neither"),
        (KEY + "0", "neither"),
        ("http://wraft1.localhost:8000/todo/", "neither"),
        (f"{KEY} {KEY[::-1]}", "more than one"),
    ],
)
def test_what_is_no_invitation_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInvitationError, match=sentence):
        parse_invitation(text)
