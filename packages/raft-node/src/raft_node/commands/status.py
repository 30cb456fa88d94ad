"""`status`: how a member is, live in a terminal; `wait`: until the cluster is complete."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Final

from raft_core import Status
from raft_node.commands.common import (
    add_calling,
    add_data,
    add_json,
    client_of,
    folder_of,
    put_out,
    put_out_json,
)
from raft_node.control.client import CallFailed, ControlClient
from raft_node.exits import Exit

REFRESH: Final = 0.5
"""Seconds between two looks at a member."""


def add_status_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    add_data(parser)
    add_json(parser)
    parser.add_argument(
        "--once", action="store_true", help="show it once, also in a terminal; Ctrl-C ends it else"
    )


def status(options: argparse.Namespace) -> Exit:
    """Show how the member is."""
    with client_of(options) as client:
        if options.json:
            put_out_json(client.report())
        else:
            _show(client, once=options.once or not sys.stdout.isatty())
    return Exit.DONE


def _show(client: ControlClient, *, once: bool) -> None:
    from rich.console import Console  # noqa: PLC0415  rich loads slowly
    from rich.live import Live  # noqa: PLC0415

    from raft_node.tables import report_table  # noqa: PLC0415

    console = Console()
    if once:
        console.print(report_table(client.report()), soft_wrap=True)
        return
    with Live(report_table(client.report()), console=console, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(REFRESH)  # how often a person is shown something new
                live.update(report_table(client.report()), refresh=True)
        except KeyboardInterrupt:
            return


def add_wait_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    add_calling(parser, timeout=60.0)


def wait(options: argparse.Namespace) -> Exit:
    """Return when the member belongs to a cluster of its full size with a leader."""
    folder_of(options)
    end = time.monotonic() + options.timeout
    while True:
        problem = _missing(options)
        if problem is None:
            if not options.json:
                put_out("The cluster is complete.")
            return Exit.DONE
        if time.monotonic() >= end:
            raise problem
        # A member that is about to start has no socket yet that could tell us.
        time.sleep(min(REFRESH / 5, options.timeout))


def _missing(options: argparse.Namespace) -> CallFailed | None:
    """What is still to come; None: nothing."""
    try:
        with client_of(options) as client:
            report = client.report()
    except CallFailed as error:
        return error  # it may be about to start
    if report.status.problem is not None:
        code = Exit.REMOVED if report.status.removed else Exit.FAILED
        raise CallFailed(code, "Stopped", report.status.problem)
    if is_complete(report.status):
        if options.json:
            put_out_json(report)
        return None
    return CallFailed(Exit.NO_LEADER, "NotComplete", report.safety)


def is_complete(status: Status) -> bool:
    """This member is in a cluster that has its size, a leader, and nothing under way."""
    members = {*status.voters, *status.learners}
    present = {status.node_id, *status.connected}
    return (
        len(status.voters) >= status.target_size
        and status.leader is not None
        and status.settled
        and status.node_id in members
        and set(status.voters) <= present
    )
