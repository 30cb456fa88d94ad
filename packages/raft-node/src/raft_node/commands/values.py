"""`put`, `get` and `delete` for the key/value store; `propose` and `state` for any state."""

from __future__ import annotations

import argparse
import sys

import msgspec

from raft_core.keyvalue import Delete, Put
from raft_node.arguments import BadArgument
from raft_node.commands.common import add_calling, client_of, put_out, put_out_json
from raft_node.control.requests import AskState, ChangeValue, GetValue, Propose
from raft_node.exits import Exit


def add_put_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("key")
    parser.add_argument("value")
    add_calling(parser)


def add_get_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("key")
    _add_local(parser)
    add_calling(parser)


def add_delete_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("key")
    add_calling(parser)


def add_propose_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument(
        "command_json",
        metavar="JSON",
        help='a command of the state, like {"type": "add", "id": "...", "title": "..."}; - reads '
        "it from standard input",
    )
    add_calling(parser)


def add_state_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    _add_local(parser)
    add_calling(parser)


def put(options: argparse.Namespace) -> Exit:
    """Set a key."""
    return _change(options, ChangeValue(Put(options.key, options.value), options.timeout))


def delete(options: argparse.Namespace) -> Exit:
    """Remove a key; one that is not there is no failure."""
    return _change(options, ChangeValue(Delete(options.key), options.timeout))


def _change(options: argparse.Namespace, request: ChangeValue) -> Exit:
    with client_of(options) as client:
        before = msgspec.json.decode(client.ask(request), type=str | None)
    if options.json:
        put_out_json({"before": before})
    return Exit.DONE


def get(options: argparse.Namespace) -> Exit:
    """Print the value of a key."""
    request = GetValue(options.key, options.timeout, options.local)
    with client_of(options) as client:
        value = msgspec.json.decode(client.ask(request), type=str | None)
    if options.json:
        put_out_json({"key": options.key, "value": value})
    elif value is not None:
        put_out(value)
    return Exit.DONE if value is not None else Exit.NO_SUCH_KEY


def propose(options: argparse.Namespace) -> Exit:
    """Replicate a command and print what the state's `apply` returned."""
    text = sys.stdin.read() if options.command_json == "-" else options.command_json
    try:
        command = msgspec.json.decode(text.encode(), type=msgspec.Raw)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise BadArgument(f"this is no JSON: {error}") from error
    with client_of(options) as client:
        result = client.ask(Propose(command, options.timeout))
    put_out_json(result)
    return Exit.DONE


def state(options: argparse.Namespace) -> Exit:
    """Print the replicated state."""
    with client_of(options) as client:
        whole = client.ask(AskState(options.timeout, options.local))
    put_out_json(whole, indent=0 if options.json else 2)
    return Exit.DONE


def _add_local(parser: argparse.ArgumentParser) -> None:
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--linearizable",
        dest="local",
        action="store_false",
        default=False,
        help="what is true now, confirmed by a majority (the default)",
    )
    kind.add_argument(
        "--local",
        action="store_true",
        help="what this member has, perhaps behind: it asks nobody, and works without a leader",
    )
