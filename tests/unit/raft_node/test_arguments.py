"""Where the session's key comes from, and how servers for ICE are written."""

import argparse
import io
from pathlib import Path

import pytest

from raft_node.arguments import BadArgument, ice_server, ice_servers, session_key
from transport_webrtc.signalling import IceServer

KEY = "0123456789abcdef0123456789abcdef"
LINK = f"https://example.org/todo/#{KEY}/"


def test_a_session_is_a_link_or_a_key() -> None:
    assert session_key(LINK, None) == KEY
    assert session_key(KEY.upper(), None) == KEY


def test_it_comes_from_a_file_from_standard_input_or_a_variable(tmp_path: Path) -> None:
    file = tmp_path / "session"
    file.write_text(f"{LINK}\n")
    assert session_key(None, file) == KEY
    assert session_key("-", None, stdin=io.StringIO(f"{LINK}\n{KEY[::-1]}\n")) == KEY
    assert session_key(None, None, environment={"RAFT_NODE_SESSION": LINK}) == KEY


def test_what_is_said_counts_more_than_the_variable() -> None:
    assert session_key(KEY, None, environment={"RAFT_NODE_SESSION": KEY[::-1]}) == KEY


def test_no_session_or_two_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="which session"):
        session_key(None, None, environment={})
    with pytest.raises(BadArgument, match="not both"):
        session_key(KEY, tmp_path / "session")
    with pytest.raises(BadArgument, match="cannot be read"):
        session_key(None, tmp_path / "session")
    with pytest.raises(BadArgument, match="neither a member's link nor"):
        session_key("hello", None)


@pytest.mark.parametrize(
    "text, server",
    [
        ("stun:stun.example.org:3478", IceServer("stun:stun.example.org:3478")),
        ("stuns:stun.example.org", IceServer("stuns:stun.example.org")),
        (
            "turn:turn.example.org:3478?transport=tcp,me,a,secret",
            IceServer("turn:turn.example.org:3478?transport=tcp", "me", "a,secret"),
        ),
    ],
)
def test_a_server_is_its_address_and_perhaps_an_account(text: str, server: IceServer) -> None:
    assert ice_server(text) == server


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("stun.example.org", "is no server: write it like"),
        ("https://example.org", "is no server"),
        ("turn:", "is no server"),
        ("turn:turn.example.org", "which wants an account: turn:turn.example.org,USERNAME"),
        ("turns:turn.example.org,me", "which wants an account"),
    ],
)
def test_what_is_no_server_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=sentence):
        ice_server(text)


def test_a_file_names_more_servers_and_keeps_their_credentials(tmp_path: Path) -> None:
    stun = IceServer("stun:a")
    assert ice_servers([stun], None) == (stun,)
    file = tmp_path / "ice.json"
    file.write_text('[{"urls": ["turn:b", "turns:b"], "username": "u", "credential": "c"}]')
    assert ice_servers([stun], file) == (stun, IceServer(["turn:b", "turns:b"], "u", "c"))


def test_a_file_that_names_no_servers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="No such file"):
        ice_servers([], tmp_path / "nowhere")
    file = tmp_path / "ice.json"
    file.write_text('{"urls": "stun:a"}')
    with pytest.raises(BadArgument, match="is no list of servers"):
        ice_servers([], file)
