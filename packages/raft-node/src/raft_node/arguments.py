"""Arguments of the command line that take more than a string: the session, and servers for ICE."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TextIO

import msgspec

from raft_node.errors import NodeError
from transport_webrtc.session import InvalidInvitationError, parse_invitation
from transport_webrtc.signalling import IceServer

SESSION_VARIABLE: Final = "RAFT_NODE_SESSION"
INTRODUCER_VARIABLE: Final = "RAFT_NODE_INTRODUCER"
DATA_VARIABLE: Final = "RAFT_NODE_DATA"

_SCHEMES: Final = ("stun", "stuns", "turn", "turns")


class BadArgument(NodeError):
    """What was given on the command line cannot be used."""


def session_key(
    text: str | None,
    file: Path | None,
    *,
    environment: Mapping[str, str] = os.environ,
    stdin: TextIO | None = None,
) -> str:
    """The session's key, from `--session` ("-": a line of standard input), a file, or a variable.

    :raises BadArgument: there is none, or more than one
    """
    if text is not None and file is not None:
        raise BadArgument("give --session or --session-file, not both")
    if file is not None:
        try:
            text = file.read_text()
        except (OSError, UnicodeError) as error:
            raise BadArgument(f"--session-file: {file} cannot be read: {error}") from error
    elif text == "-":
        text = (stdin or sys.stdin).readline()
    elif text is None:
        text = environment.get(SESSION_VARIABLE)
        if text is None:
            raise BadArgument(
                "which session? Give --session LINK, --session-file FILE, or the variable "
                f"{SESSION_VARIABLE}; `raft-node new` makes a session"
            )
    try:
        return parse_invitation(text)
    except InvalidInvitationError as error:
        raise BadArgument(f"the session: {error}") from error


def ice_server(text: str) -> IceServer:
    """`URL` or `URL,USERNAME,CREDENTIAL` as a server; an argument's type."""
    url, *account = text.split(",", 2)
    scheme, colon, host = url.partition(":")
    if scheme not in _SCHEMES or not colon or not host:
        raise argparse.ArgumentTypeError(
            f"{url} is no server: write it like stun:stun.example.org:3478 or "
            "turn:turn.example.org:3478,USERNAME,CREDENTIAL"
        )
    if scheme.startswith("turn") and len(account) != 2:
        raise argparse.ArgumentTypeError(
            f"{url} is a TURN server, which wants an account: {url},USERNAME,CREDENTIAL"
        )
    return IceServer(url, *account)


def ice_servers(given: Sequence[IceServer], file: Path | None) -> tuple[IceServer, ...]:
    """All servers: those of the command line, and those of a file that keeps their credentials.

    :raises BadArgument: the file has no list of servers
    """
    if file is None:
        return tuple(given)
    try:
        more = msgspec.json.decode(file.read_bytes(), type=list[IceServer])
    except OSError as error:
        raise BadArgument(f"--ice-servers-file: {file}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise BadArgument(
            f"--ice-servers-file: {file} is no list of servers as RTCPeerConnection takes them, "
            f'like [{{"urls": "stun:stun.example.org:3478"}}]: {error}'
        ) from error
    return (*given, *more)
