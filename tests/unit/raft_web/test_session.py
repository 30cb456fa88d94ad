"""Keys in the fragment of a page's URL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raft_web.session import Fragment, format_fragment, parse_fragment

KEY = "0123456789abcdef0123456789abcdef"
keys = st.binary(min_size=16, max_size=16).map(bytes.hex)


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
