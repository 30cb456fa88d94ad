"""A member of ours over aiortc: `python -m benchmarks.headless.ours SETUP`."""

import asyncio
import time
from pathlib import Path

import uvloop

from benchmarks.cluster import CALM, IDS, Member, command
from benchmarks.headless import wire
from benchmarks.headless.load import ClosedLoop, Done
from raft_core import Node, RaftError, Role
from raft_core.interfaces import Storage
from raft_core.keyvalue import KeyValue
from raft_core.memory import MemoryStorage
from storage_sqlite import SqliteStorage
from transport_webrtc.native import NativeTransport

PATIENCE = 60.0


def storage_of(setup: wire.Setup) -> Storage:
    """The storage that the kind names."""
    if setup.kind == "memory":
        return MemoryStorage()
    path = Path(setup.data) / f"member-{setup.position}.sqlite"
    return SqliteStorage(path, session="bench", node_id=IDS[setup.position])


def status(node: Member) -> wire.Status:
    """See ``wire.Status``."""
    known = node.status()
    whole = len(known.voters) == len(IDS) and not known.outgoing and known.leader is not None
    return wire.Status(whole, known.role is Role.LEADER, time.process_time())


async def load(node: Member, load: wire.Load) -> wire.Loaded | wire.Failed:
    """Run a closed loop over ``Node.submit``."""
    ended: asyncio.Future[wire.Loaded | wire.Failed] = asyncio.get_running_loop().create_future()

    def put(number: int, done: Done) -> None:
        def answer(result: str | RaftError | None) -> None:
            done(result if isinstance(result, RaftError) else None)

        node.submit(command(number), answer, timeout=PATIENCE)

    ClosedLoop(put, load.outstanding, load.seconds, ended.set_result).start()
    return await ended


async def main(setup: wire.Setup) -> None:
    """Answer the coordinator until it wants no more."""
    (introducer,) = setup.addresses
    async with Node(
        KeyValue(),
        node_id=IDS[setup.position],
        storage=storage_of(setup),
        transport=NativeTransport(introducer, setup.session),
        config=CALM,
        found=setup.position == 0,
    ) as node:
        while True:
            match await asyncio.to_thread(wire.next_request):
                case wire.AskStatus():
                    wire.reply(status(node))
                case wire.Load() as wanted:
                    wire.reply(await load(node, wanted))
                case wire.Signal():
                    raise ValueError("a member takes no signals")
                case wire.End():
                    return


if __name__ == "__main__":
    uvloop.run(main(wire.setup()))
