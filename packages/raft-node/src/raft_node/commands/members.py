"""`members`, `transfer` and `snapshot`: who is in the cluster, who leads, and what is stored."""

from __future__ import annotations

import argparse

from raft_core import NodeId, Status
from raft_node.arguments import BadArgument
from raft_node.commands.common import add_calling, client_of, put_out, put_out_json
from raft_node.control.requests import ChangeMembers, TakeSnapshot, Transfer
from raft_node.exits import Exit

CHANGE_TIMEOUT = 60.0


def add_members_to(parser: argparse.ArgumentParser) -> None:
    """Its commands and their arguments."""
    commands = parser.add_subparsers(dest="change", required=True, metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        add_calling(command, timeout=CHANGE_TIMEOUT)
        return command

    add("list", "show who is in the cluster")
    one = add("add", "make voters of members that run: learners, or strangers in the session")
    one.add_argument("ids", nargs="+", metavar="ID")
    one = add("remove", "take members out for ever; an id never comes back")
    one.add_argument("ids", nargs="+", metavar="ID")
    one = add("replace", "put a new voter in the place of one, which is removed")
    one.add_argument("old", metavar="OLD")
    one.add_argument("new", metavar="NEW")
    one = add("demote", "make learners of voters: they get everything and have no vote")
    one.add_argument("ids", nargs="+", metavar="ID")
    one = add("target", "say how many voters the cluster grows to by itself")
    one.add_argument("size", type=int, metavar="N", help="an odd number; 0: as each member says")


def members(options: argparse.Namespace) -> Exit:
    """Change who is in the cluster, or list who is."""
    with client_of(options) as client:
        if options.change == "list":
            return _list(client.report().status, as_json=options.json)
        index = client.call(_change(options), int)
    if options.json:
        put_out_json({"configuration_index": index})
    else:
        put_out(f"Done: the members are those of entry {index}.")
    return Exit.DONE


def _change(options: argparse.Namespace) -> ChangeMembers:
    limit = options.timeout
    match options.change:
        case "add":
            return ChangeMembers(limit, add=tuple(options.ids))
        case "remove":
            return ChangeMembers(limit, remove=tuple(options.ids))
        case "replace":
            return ChangeMembers(limit, replace={options.old: options.new})
        case "demote":
            return ChangeMembers(limit, demote=tuple(options.ids))
        case _:
            if options.size < 0 or (options.size and options.size % 2 == 0):
                raise BadArgument("the target size must be an odd number, or 0")
            return ChangeMembers(limit, target_size=options.size)


def members_of(status: Status) -> dict[NodeId, str]:
    """What each member is to the cluster, by its id: voters first."""
    parts = dict.fromkeys(status.voters, "voter")
    parts |= {node_id: "leaving" for node_id in status.outgoing if node_id not in parts}
    parts |= {node_id: "learner" for node_id in status.learners if node_id not in parts}
    if status.leader in parts:
        parts[status.leader] = "leader"
    return parts


def _list(status: Status, *, as_json: bool) -> Exit:
    if as_json:
        put_out_json(
            {
                "voters": status.voters,
                "outgoing": status.outgoing,
                "learners": status.learners,
                "excluded": status.excluded,
                "target_size": status.target_size,
                "settled": status.settled,
                "leader": status.leader,
            }
        )
    else:
        for node_id, part in members_of(status).items():
            put_out(f"{node_id}  {part}")
    return Exit.DONE


def add_transfer_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("to", nargs="?", metavar="ID", help="a voter; else the one with most")
    add_calling(parser)


def transfer(options: argparse.Namespace) -> Exit:
    """Have another member lead."""
    with client_of(options) as client:
        leader = client.call(Transfer(options.timeout, options.to), str)
    if options.json:
        put_out_json({"leader": leader})
    else:
        put_out(f"{leader} leads now.")
    return Exit.DONE


def add_snapshot_to(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    add_calling(parser, timeout=CHANGE_TIMEOUT)


def snapshot(options: argparse.Namespace) -> Exit:
    """Have this member's state stored in place of its journal so far."""
    with client_of(options) as client:
        index = client.call(TakeSnapshot(options.timeout), int)
    if options.json:
        put_out_json({"snapshot_index": index})
    else:
        put_out(f"A snapshot of all up to entry {index} is stored.")
    return Exit.DONE
