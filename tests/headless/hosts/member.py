"""A member in a process of its own, for the tests: `python member.py INTRODUCER KEY ID JOURNAL`.

What it is told and what it says are lines of JSON, on its input and output. It is told calls,
`{"id": 1, "do": "propose", "values": ["x"]}`, and answers each with its id, in any order; it says
what its transport does as that happens. It stops when its input ends.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from raft_core import Node, RaftError
from storage_sqlite import SqliteStorage
from transport_webrtc import IceServer, TransportEvent
from transport_webrtc.native import NativeTransport


class Values(msgspec.Struct):
    """All that was ever added, in the order of the log; an answer is the place of a value in it."""

    values: list[str] = []

    def apply(self, add: str) -> int:
        self.values.append(add)
        return len(self.values)


Member = Node[str, int]


def say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def say_event(event: TransportEvent) -> None:
    say({"event": msgspec.to_builtins(event)})


async def propose(node: Member, value: str, seconds: float) -> int | str:
    """The place of the value, or the name of the error."""
    try:
        return await node.propose(value, timeout=seconds)
    except RaftError as error:
        return type(error).__name__


async def answer(node: Member, call: dict[str, Any]) -> None:
    value: Any = None
    match call["do"]:
        case "propose":
            each = [propose(node, value, call["seconds"]) for value in call["values"]]
            value = await asyncio.gather(*each)
        case "look":
            assert isinstance(node.state, Values)
            value = {"status": msgspec.to_builtins(node.status()), "values": node.state.values}
    say({"id": call["id"], "value": value})


async def main(options: argparse.Namespace) -> None:
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    transport = NativeTransport(
        options.introducer,
        options.key,
        ice_servers=msgspec.json.decode(options.ice_servers, type=list[IceServer]),
        on_event=say_event,
    )
    async with (
        Node(
            Values(),
            node_id=options.id,
            storage=SqliteStorage(options.journal, session="hosts", node_id=options.id),
            transport=transport,
            found=options.found,
        ) as node,
        asyncio.TaskGroup() as calls,
    ):
        while line := await lines.readline():
            calls.create_task(answer(node, json.loads(line)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("introducer")
    parser.add_argument("key")
    parser.add_argument("id")
    parser.add_argument("journal", type=Path)
    parser.add_argument("--found", action="store_true")
    parser.add_argument("--ice-servers", default="[]")
    asyncio.run(main(parser.parse_args()))
