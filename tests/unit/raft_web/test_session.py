"""Keys, fragments and what people paste."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raft_web.session import (
    Fragment,
    InvalidInvitationError,
    format_fragment,
    new_key,
    new_member_id,
    parse_fragment,
    parse_invitation,
    room_id,
    session_name,
)

KEY = "0123456789abcdef0123456789abcdef"
keys = st.binary(min_size=16, max_size=16).map(bytes.hex)


def test_new_keys_and_ids_have_the_shape_of_the_protocol_and_differ() -> None:
    assert len({new_key() for _ in range(100)}) == 100
    assert len({new_member_id() for _ in range(100)}) == 100
    assert len(bytes.fromhex(new_key())) == 16
    assert len(bytes.fromhex(new_member_id())) == 8


def test_the_room_is_a_hash_of_the_key_and_the_session_its_beginning() -> None:
    room = hashlib.sha256(b"raft room " + bytes.fromhex(KEY)).hexdigest()
    assert room_id(KEY) == room
    assert session_name(KEY) == room[:16]
    assert KEY not in room


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", Fragment(None)),
        ("#", Fragment(None)),
        (f"#{KEY}", Fragment(KEY)),
        (f"#{KEY}/", Fragment(KEY)),
        (f"#{KEY}/active", Fragment(KEY, "/active")),
        (f"#{KEY.upper()}/active", Fragment(KEY, "/active")),
        (f"#{KEY}/a/b%20c", Fragment(KEY, "/a/b%20c")),
        ("#/active", Fragment(None, "/active")),
        ("#/", Fragment(None, "/")),
        ("#active", Fragment(None, strange=True)),
        (f"#{KEY[:-1]}/active", Fragment(None, strange=True)),
        (f"#{KEY}0", Fragment(None, strange=True)),
        (f"#{KEY}\n", Fragment(None, strange=True)),
    ],
)
def test_a_fragment_has_a_key_a_route_both_or_neither(text: str, expected: Fragment) -> None:
    assert parse_fragment(text) == expected


@given(keys, st.text(alphabet="abc/%20", max_size=10).map("/".__add__))
def test_what_is_formatted_is_read_back(key: str, route: str) -> None:
    assert parse_fragment(format_fragment(key, route)) == Fragment(key, route)


def test_a_route_without_a_slash_is_refused() -> None:
    with pytest.raises(ValueError, match="starts with a slash"):
        format_fragment(KEY, "active")


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
