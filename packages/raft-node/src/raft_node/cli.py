"""The command `raft-node`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from raft_core import InvalidConfig, RaftError
from raft_node.arguments import BadArgument
from raft_node.commands import members, new, recover, run, status, values
from raft_node.control.client import CallFailed
from raft_node.errors import NodeError
from raft_node.exits import Exit, exit_of
from storage_sqlite import SqliteStorageError

Add = Callable[[argparse.ArgumentParser], None]
Run = Callable[[argparse.Namespace], Exit]

_COMMANDS: Final[tuple[tuple[str, str, Add, Run], ...]] = (
    ("new", "make a session and print its link", new.add_to, new.run),
    ("run", "run a member until SIGTERM or Ctrl-C", run.add_to, run.run),
    ("status", "show how a member is, live in a terminal", status.add_status_to, status.status),
    ("wait", "wait until the cluster is complete", status.add_wait_to, status.wait),
    ("put", "key/value store: set a key", values.add_put_to, values.put),
    ("get", "key/value store: print a key's value", values.add_get_to, values.get),
    ("delete", "key/value store: remove a key", values.add_delete_to, values.delete),
    ("propose", "replicate any command of the state", values.add_propose_to, values.propose),
    ("state", "print the replicated state in JSON", values.add_state_to, values.state),
    ("members", "change who is in the cluster", members.add_members_to, members.members),
    ("transfer", "have another member lead", members.add_transfer_to, members.transfer),
    ("snapshot", "store the state now", members.add_snapshot_to, members.snapshot),
    ("recover", "when a majority is gone for ever", recover.add_to, recover.run),
)

_EPILOG: Final = (
    "Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 no member runs in the data "
    "directory; 4 outcome unknown: it may have been done; 5 no leader in time: nothing was done; "
    "6 this member was removed from the cluster; 7 get: no such key; 8 a "
    "copy of this data directory was started later, and goes on."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    options = _parser().parse_args(arguments)
    as_json = getattr(options, "json", False) or getattr(options, "log_format", "") == "json"
    command: Run = options.run
    try:
        return command(options)
    except BadArgument as error:
        return _fail(Exit.USAGE, "BadArgument", str(error), as_json=as_json)
    except CallFailed as error:
        return _fail(error.code, error.error, str(error), as_json=as_json)
    except InvalidConfig as error:
        return _fail(Exit.USAGE, "InvalidConfig", str(error), as_json=as_json)
    except (NodeError, RaftError, SqliteStorageError) as error:
        return _fail(exit_of(error), type(error).__name__, str(error), as_json=as_json)
    except KeyboardInterrupt:
        return 130


def _fail(code: int, kind: str, message: str, *, as_json: bool) -> int:
    if as_json:
        value = {"error": kind, "message": message, "exit": int(code)}
        sys.stderr.write(msgspec.json.encode(value).decode() + "\n")
    else:
        sys.stderr.write(f"raft-node: {message}\n")
    return int(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="raft-node",
        description="Runs a member of a cluster without a browser, and talks to it.",
        epilog=_EPILOG,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text, add, command in _COMMANDS:
        one = commands.add_parser(name, help=text, description=text)
        add(one)
        one.set_defaults(run=command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
