"""What the ancestor got wrong, shown right by whole members on an event loop.

See ``test_ancestor`` for what these numbers are.
"""

from collections.abc import Callable
from contextlib import AsyncExitStack

import anyio
import pytest

from raft_core.codec import decode_message
from raft_core.config import Config
from raft_core.errors import JournalDamaged, Stopped, StorageFailed
from raft_core.interfaces import Journal
from raft_core.journal import restore
from raft_core.keyvalue import Put
from raft_core.machine import Machine
from raft_core.memory import MemoryNetwork, MemoryStorage, MemoryTransport
from raft_core.messages import (
    Forward,
)
from raft_core.node import Node
from raft_core.sessions import SessionCommands, encode_session_commands
from raft_core.testing.ledger import Ledger, Note
from raft_core.types import NodeId
from tests.unit.raft_core.cluster import (
    A,
    B,
    C,
    eventually,
    follower_of,
    items,
    leader_of,
    member,
    three,
)

# --- 1 --------------------------------------------------------------------------------------------


async def test_item_1_after_a_full_restart_of_whole_members_new_writes_commit() -> None:
    """There a cluster whose windows had all been closed was dead, its data readable by nobody."""
    storages = [MemoryStorage() for _ in range(3)]
    async with three(storages) as members:
        await members[0].propose(Put("k", "old"))
    async with three(storages) as members:
        assert await members[1].propose(Put("k", "new")) == "old"


# --- 9 ------------------------------------------------------------------------------------------


class Muffled:
    """A transport that can lose all it should send to one peer, while that peer is heard."""

    def __init__(self, transport: MemoryTransport) -> None:
        self.max_payload = transport.max_payload
        self.deaf: NodeId | None = None
        self.forwards = 0
        """How many messages with proposals were heard."""
        self._transport = transport

    async def start(
        self,
        node_id: NodeId,
        deliver: Callable[[NodeId, bytes], None],
        peers_changed: Callable[[frozenset[NodeId]], None],
    ) -> None:
        def count(sender: NodeId, payload: bytes) -> None:
            self.forwards += isinstance(decode_message(payload), Forward)
            deliver(sender, payload)

        await self._transport.start(node_id, count, peers_changed)

    def send(self, peer: NodeId, payload: bytes) -> bool:
        return peer == self.deaf or self._transport.send(peer, payload)

    async def stop(self) -> None:
        await self._transport.stop()


# Long election time-outs: a proposer that hears nothing must go on asking the leader it knows.
PATIENT = Config(
    heartbeat_interval=0.05, election_timeout=20.0, election_timeout_max=30.0, retry_interval=0.02
)


async def ledgers(stack: AsyncExitStack) -> tuple[list[Node[Note, int]], Muffled]:
    """Three members that are all voters; the first leads, and speaks through the transport."""
    network = MemoryNetwork()
    muffled = Muffled(network.transport())
    members = [
        await stack.enter_async_context(
            Node(
                Ledger(),
                node_id=name,
                storage=MemoryStorage(),
                transport=muffled if name == A else network.transport(),
                config=PATIENT,
                found=name == A,
            )
        )
        for name in (A, B, C)
    ]
    await eventually(lambda: all(len(one.status().voters) == 3 for one in members))
    await eventually(lambda: all(one.status().leader == A for one in members))
    return members, muffled


def names(one: Node[Note, int]) -> list[int]:
    assert isinstance(one.state, Ledger)
    return one.state.names


async def test_item_9_a_retried_write_applies_once_and_its_result_reaches_the_caller() -> None:
    """There it applied twice, and what `apply` returned reached nobody."""
    async with AsyncExitStack() as stack:
        members, muffled = await ledgers(stack)
        leader, proposer, _ = members
        assert await proposer.propose(Note(1)) == 1
        muffled.forwards = 0
        # The proposer is heard and hears nothing: it asks again and again.
        muffled.deaf = B
        answers: list[object] = []
        proposer.submit(Note(2), answers.append, timeout=60.0)
        await eventually(lambda: muffled.forwards >= 3)
        await eventually(lambda: names(leader) == [1, 2])
        assert answers == []
        muffled.deaf = None
        await eventually(lambda: len(answers) == 1)
        assert answers == [2], "the result of the one time that it was applied"
        assert await proposer.propose(Note(3)) == 3
        await eventually(lambda: all(len(names(one)) == 3 for one in members))
        assert [names(one) for one in members] == [[1, 2, 3]] * 3


def test_item_9_a_write_that_is_in_the_log_twice_applies_once() -> None:
    """There it applied twice: two leaders in turn can append what was asked of both."""
    machine = Machine(Ledger())
    command = machine.encode_command(Note(7))
    data = encode_session_commands(SessionCommands("client", 1, 1, (command,)))
    assert machine.apply(data) == machine.apply(data)
    assert machine.state == Ledger([7])


async def test_item_9_the_answer_comes_after_apply_on_the_leader_that_gives_it() -> None:
    """There it came before, and who read after it missed the write."""
    async with AsyncExitStack() as stack:
        members, _ = await ledgers(stack)
        leader, follower, _ = members
        events: list[object] = []
        leader.observe_applied(lambda note, result: events.append((note.name, result)))
        done = anyio.Event()

        def answered(result: object) -> None:
            events.append(result)
            done.set()

        leader.submit(Note(1), answered)
        with anyio.fail_after(60):
            await done.wait()
        assert events == [(1, 1), 1]
        result = await follower.propose(Note(2))
        assert result == 2
        assert names(leader) == [1, 2], "applied by the leader when a follower has its answer"


# --- 10 -----------------------------------------------------------------------------------------


async def test_item_10_members_are_not_three_for_ever() -> None:
    """There they were. (Its log also grew without bound; snapshots come in a later version.)"""
    network = MemoryNetwork()
    config = Config(
        heartbeat_interval=0.05, election_timeout=0.3, election_timeout_max=0.6, target_size=5
    )
    async with AsyncExitStack() as stack:
        members = [
            await stack.enter_async_context(
                member(letter * 16, network=network, found=letter == "a", config=config)
            )
            for letter in "abcde"
        ]
        await eventually(lambda: all(len(one.status().voters) == 5 for one in members))
        await eventually(lambda: not any(one.status().outgoing for one in members))
        await members[4].propose(Put("k", "v"))
        await eventually(lambda: all(items(one) == {"k": "v"} for one in members))


# --- 11 -----------------------------------------------------------------------------------------


async def test_item_11_a_refused_write_stops_the_member_and_leaves_a_journal_that_loads() -> None:
    """There the index was stored before the entry: a full storage bricked it, reloaded or not."""
    storage = MemoryStorage()
    async with member(storage=storage, found=True) as one:
        await one.propose(Put("k", "kept"))
        before = list(storage.records)
        storage.quota = storage.size + 10
        with pytest.raises(StorageFailed, match="quota"):
            await one.propose(Put("k", "refused"))
        assert storage.records == before
        # Readable, and it says why; it takes no part.
        assert items(one) == {"k": "kept"}
        problem = one.status().problem
        assert problem is not None
        assert "quota" in problem
        with pytest.raises(Stopped):
            await one.propose(Put("k", "another"))
    assert restore(Journal(tuple(storage.records)), A).entries != []
    storage.quota = None
    async with member(storage=storage) as one:
        assert await one.propose(Put("k", "new")) == "kept"


async def test_item_11_the_others_go_on_and_it_comes_back() -> None:
    """There one full storage was enough to lose a member for ever."""
    storages = [MemoryStorage() for _ in range(3)]
    async with three(storages) as members:
        full = follower_of(members)
        storage = storages[members.index(full)]
        storage.quota = storage.size
        others = [one for one in members if one is not full]
        await leader_of(others).propose(Put("k", "v"))
        await eventually(lambda: full.status().problem is not None)
        await leader_of(others).propose(Put("l", "w"))
        assert "l" not in items(full)
    for storage in storages:
        storage.quota = None
    async with three(storages) as members:
        await eventually(lambda: all(items(one) == {"k": "v", "l": "w"} for one in members))


# --- 14 -------------------------------------------------------------------------------------------


async def test_item_14_a_member_with_a_damaged_journal_does_not_start_and_changes_nothing() -> None:
    """There it started with whatever it found."""
    storage = MemoryStorage()
    async with member(storage=storage, found=True) as one:
        await one.propose(Put("k", "v"))
    storage.records[2] = storage.records[2][:-1] + bytes([storage.records[2][-1] ^ 1])
    before = list(storage.records)
    with pytest.raises(JournalDamaged, match="record 3 of"):
        async with member(storage=storage):
            pass
    assert storage.records == before
