"""`raft-node run`: its arguments, and what becomes of them."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import Any

from raft_core import Config, State
from raft_node import logs
from raft_node.arguments import (
    INTRODUCER_VARIABLE,
    SESSION_VARIABLE,
    BadArgument,
    ice_server,
    ice_servers,
    session_key,
)
from raft_node.commands.common import add_data, folder_of
from raft_node.exits import Exit
from raft_node.folder import read_identity
from raft_node.running import Settings
from raft_node.running import run as run_member
from raft_node.states import find_state


def add_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument(
        "--session",
        metavar="LINK",
        help="any member's link, or the session's key; - reads it from standard input. The list of "
        f"processes shows it to others: rather use --session-file or {SESSION_VARIABLE}",
    )
    parser.add_argument(
        "--session-file", type=Path, metavar="FILE", help="a file with the link or key"
    )
    parser.add_argument(
        "--introducer",
        metavar="URL",
        help="where members meet, like ws://localhost:8765/v1; without it the variable "
        f"{INTRODUCER_VARIABLE} says it",
    )
    parser.add_argument(
        "--state",
        metavar="PLUGIN",
        help="what is replicated: kv, todo, another that is installed, or module:Class; a data "
        "directory remembers it",
    )
    add_data(parser)
    parser.add_argument(
        "--found",
        action="store_true",
        help="begin the cluster: exactly one member may, all others wait to be taken in. Said "
        "again later it changes nothing",
    )
    parser.add_argument(
        "--target-size",
        type=int,
        default=Config().target_size,
        metavar="N",
        help="voters that the cluster grows to by itself, an odd number (default: %(default)s)",
    )
    _add_ice_to(parser)
    _add_watching_to(parser)


def _add_ice_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ice-server",
        type=ice_server,
        action="append",
        default=[],
        metavar="URL[,USERNAME,CREDENTIAL]",
        help="a STUN or TURN server, besides those of the introducer; may come several times",
    )
    parser.add_argument(
        "--ice-servers-file",
        type=Path,
        metavar="FILE",
        help="the same as JSON, the list that RTCPeerConnection takes as iceServers",
    )


def _add_watching_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--metrics-port",
        type=int,
        metavar="PORT",
        help="answer Prometheus at http://HOST:PORT/metrics; 0 takes a free one",
    )
    parser.add_argument(
        "--metrics-host", default="127.0.0.1", metavar="HOST", help="(default: %(default)s)"
    )
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="what goes to standard error (default: %(default)s)",
    )
    parser.add_argument(
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="lines for people, or a JSON object a line (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> Exit:
    """Run a member in this process."""
    logs.set_up(options.log_level, options.log_format)
    folder = folder_of(options)
    settings = Settings(
        state=_state(options.state, folder),
        session=session_key(options.session, options.session_file),
        introducer=_introducer(options.introducer),
        folder=folder,
        found=options.found,
        config=Config(target_size=options.target_size),
        ice_servers=ice_servers(options.ice_server, options.ice_servers_file),
        metrics_host=options.metrics_host,
        metrics_port=options.metrics_port,
    )
    return asyncio.run(run_member(settings))


def _state(name: str | None, folder: Path) -> State[Any, Any]:
    if name is None:
        identity = read_identity(folder)
        if identity is None:
            raise BadArgument(
                "what shall be replicated? Give --state kv, todo, another that is installed, or "
                "module:Class"
            )
        name = identity.state
    return find_state(name)


def _introducer(url: str | None) -> str:
    url = url or os.environ.get(INTRODUCER_VARIABLE)
    if url is None:
        raise BadArgument(
            "where do members meet? Give --introducer ws://HOST:PORT/v1, or set the variable "
            f"{INTRODUCER_VARIABLE}"
        )
    if not url.startswith(("ws://", "wss://")):
        raise BadArgument(f"--introducer: {url} is no address like ws://localhost:8765/v1")
    return url
