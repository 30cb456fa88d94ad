"""What several commands share: where the member is, how long to wait, and what to print."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from raft_node.arguments import DATA_VARIABLE, BadArgument
from raft_node.control.client import ControlClient


def add_data(parser: argparse.ArgumentParser) -> None:
    """`--data DIR`."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=f"the member's data directory; without it the variable {DATA_VARIABLE} names it",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument(
        "--json", action="store_true", help="print JSON; a failure is JSON on standard error"
    )


def add_calling(parser: argparse.ArgumentParser, *, timeout: float = 10.0) -> None:
    """What every command has that asks a running member."""
    add_data(parser)
    add_json(parser)
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=timeout,
        metavar="SECONDS",
        help="how long to wait for the answer (default: %(default)g)",
    )


def seconds(text: str) -> float:
    """A time above 0; an argument's type."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no time: take seconds above 0")
    return value


def folder_of(options: argparse.Namespace) -> Path:
    """The data directory.

    :raises BadArgument: nobody said which
    """
    if options.data is not None:
        path: Path = options.data
        return path
    if named := os.environ.get(DATA_VARIABLE):
        return Path(named)
    raise BadArgument(f"which member? Give --data DIR, or set the variable {DATA_VARIABLE}")


def client_of(options: argparse.Namespace) -> ControlClient:
    """A connection to the running member.

    :raises BadArgument: nobody said which
    :raises CallFailed: it does not run
    """
    return ControlClient(folder_of(options))


def put_out(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def put_out_json(value: Any, *, indent: int = 0) -> None:
    """Print a value as JSON, on one line unless it is indented."""
    data = value if isinstance(value, bytes) else msgspec.json.encode(value)
    if indent:
        data = msgspec.json.format(data, indent=indent)
    put_out(data.decode())
