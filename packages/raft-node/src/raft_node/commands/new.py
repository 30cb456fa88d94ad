"""`raft-node new`: makes a session."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from raft_node.arguments import BadArgument
from raft_node.commands.common import add_json, put_out, put_out_json
from raft_node.exits import Exit
from transport_webrtc.session import Durability, new_key


def add_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument(
        "--site",
        metavar="URL",
        help="the address of an app's page, like https://example.org/todo/: the link opens it as a "
        "member. Without it the session's bare key is printed, which is as good for members "
        "without a browser",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write it into a new file that only you can read, for --session-file, and print "
        "nothing",
    )
    parser.add_argument(
        "--durability",
        choices=[str(one) for one in Durability],
        default=str(Durability.DISK),
        help="where the cluster's browser windows have what they acknowledge, for its whole life: "
        "on the disk, or in the browser, which is quicker, and if it is killed forgets its last "
        "seconds. Members without a browser are always on the disk (default: %(default)s)",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> Exit:
    """Make a key; nothing else is told of it."""
    key = new_key(Durability(options.durability))
    link = None if options.site is None else _link(options.site, key)
    if options.out is not None:
        _keep(options.out, link or key)
    elif options.json:
        put_out_json({"session": key, "link": link, "durability": options.durability})
    else:
        put_out(link or key)
    return Exit.DONE


def _link(site: str, key: str) -> str:
    if not site.startswith(("http://", "https://")) or "#" in site:
        raise BadArgument(
            f"--site: {site} is no address of a page: write it like https://example.org/todo/"
        )
    return f"{site}#{key}/"


def _keep(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadArgument(f"--out: {path} cannot be made: {error.strerror}") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{text}\n")
