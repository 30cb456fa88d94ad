"""`raft-node recover`: a new cluster from one survivor, when a majority is gone for ever."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from raft_core.recovery import Recovery, Survivor, recover_from_survivor, survey
from raft_node.adapters import sqlite_storage
from raft_node.arguments import BadArgument
from raft_node.commands.common import add_data, add_json, folder_of, put_out_json
from raft_node.errors import FolderRefused
from raft_node.exits import Exit
from raft_node.folder import Folder, Identity

_WORD = "recover"


def add_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    add_data(parser)
    add_json(parser)
    parser.add_argument(
        "--yes",
        action="store_true",
        help="the other members are gone for ever and will never come back: do not ask",
    )


def run(options: argparse.Namespace) -> Exit:
    """Show what the survivor has, ask, and make it the only voter of a new cluster."""
    folder = Folder.hold(folder_of(options), create=False)
    # What the core has to say of it is said here, with what to do next.
    logging.getLogger("raft_core").addHandler(logging.NullHandler())
    try:
        identity = folder.identity
        if identity is None or not folder.journal.exists():
            raise FolderRefused(f"{folder.path} holds no member: there is nothing to recover")
        survivor = asyncio.run(_survey(folder.journal, identity))
        _warn(survivor)
        if not options.yes:
            _ask()
        recovery = asyncio.run(_recover(folder.journal, identity))
    finally:
        folder.release()
    _tell(recovery, folder.path, as_json=options.json)
    return Exit.DONE


async def _survey(journal: Path, identity: Identity) -> Survivor:
    storage = sqlite_storage(journal, session=identity.session, node_id=identity.node_id)
    return await survey(storage, identity.node_id)


async def _recover(journal: Path, identity: Identity) -> Recovery:
    storage = sqlite_storage(journal, session=identity.session, node_id=identity.node_id)
    return await recover_from_survivor(storage, identity.node_id, others_are_gone_for_ever=True)


def _warn(survivor: Survivor) -> None:
    _say(
        f"Member {survivor.node_id} has {survivor.last_index} entries, the last one of term "
        f"{survivor.last_term}; {survivor.known_committed} of them are known to be committed.\n"
        f"Its cluster's voters were {', '.join(survivor.voters)}.\n"
        f"These will be excluded, and must NEVER come back with what they have stored: "
        f"{', '.join(survivor.gone)}.\n"
        "What was acknowledged by them and has not come here is LOST. While a majority of the "
        "voters can still be started, do that instead: it loses nothing.\n"
        "Of several survivors take the one whose last entry has the highest term, then the highest "
        "number; start all others anew, in empty directories."
    )


def _ask() -> None:
    if not sys.stdin.isatty():
        raise BadArgument("nothing was changed: say --yes, or run this in a terminal to be asked")
    _say(f'Type "{_WORD}" to go on:')
    if sys.stdin.readline().strip() != _WORD:
        raise BadArgument("nothing was changed")


def _tell(recovery: Recovery, path: Path, *, as_json: bool) -> None:
    if as_json:
        put_out_json(recovery)
    _say(
        f"RECOVERED: member {recovery.node_id} is the only voter of generation "
        f"{recovery.generation}, with {recovery.last_index} entries, "
        f"{recovery.not_known_committed} of which were not known to be committed and are now.\n"
        f"Start it as ever: raft-node run --data {path} ... New members join in new directories."
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
