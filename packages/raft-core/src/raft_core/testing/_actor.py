"""One member on the stage of ``theatre``: carries out what its ``Raft`` says, and nothing else.

``driver.Driver`` does the same for real, with bytes, sessions and a State; here a script decides
when a write is durable, and can look at everything.
"""

from collections import deque
from collections.abc import Callable
from math import inf
from random import Random

import msgspec

from raft_core import journal
from raft_core.config import Config
from raft_core.interfaces import Journal
from raft_core.io import (
    Applied,
    Checkpoint,
    Input,
    Output,
    Persisted,
    Send,
    SnapshotTaken,
    Write,
)
from raft_core.messages import APPLIED, COMMAND, Answer, Message, OperationReply
from raft_core.raft import Raft
from raft_core.recovery import Recovery
from raft_core.testing.offline import OfflineStorage, recover
from raft_core.types import NodeId, RequestId, WriteId


class Actor:
    """One member over all its lives; ``raft`` is None while it is down."""

    def __init__(
        self, node_id: NodeId, send: Callable[[NodeId, tuple[NodeId, ...], Message], None]
    ) -> None:
        self.node_id = node_id
        self.records = [journal.first_record(node_id)]
        self.checkpoint: bytes | None = None
        self.vital: bytes | None = None
        self.suspect = False
        self.slow = False
        self.raft: Raft | None = None
        self.deadline = inf
        self.applied: list[bytes] = []
        self.answers: dict[RequestId, Answer] = {}
        self.replies: dict[str, OperationReply] = {}
        self.seen: dict[RequestId, tuple[bytes, ...]] = {}
        self._transmit = send
        self._sequence = 0
        self._durable: WriteId = 0
        self._writing: deque[tuple[WriteId, bytes, Write | Checkpoint]] = deque()
        self._before_checkpoint: tuple[bytes | None, list[bytes]] | None = None
        self._held: deque[Send] = deque()

    def restart(self, config: Config, now: float) -> None:
        """A new life, with what the journal says."""
        restored = journal.restore(self._load(), self.node_id)
        self.raft = Raft(config, restored, rng=Random(self.node_id), now=now)
        self.slow = False
        self.applied = []
        self.answers = {}
        self.replies = {}
        self.seen = {}
        self._sequence = restored.sequence
        self._durable = 0
        self.step(now)

    def recover(self) -> Recovery:
        """Make it the only voter of a new generation; it is down."""
        storage = OfflineStorage(self._load, self._store_vital, self.records.pop)
        return recover(storage, self.node_id)

    def _load(self) -> Journal:
        records = tuple(self.records)
        return Journal(records, self.checkpoint, suspect=self.suspect, vital=self.vital)

    def _store_vital(self, record: bytes) -> None:
        self.records.append(record)
        self.vital = record
        self.suspect = False

    def forget(self, count: int) -> None:
        """The newest records are lost, and the storage knows that some may be; it is down.

        A checkpoint counts as one: it goes back to what it took the place of.

        :raises ValueError: there are not so many
        """
        for _ in range(count):
            if self.records:
                self.records.pop()
            elif self._before_checkpoint is not None:
                self.checkpoint, self.records = self._before_checkpoint
                self._before_checkpoint = None
            else:
                raise ValueError(f"member {self.node_id} has not so many records to forget")
        self.suspect = True

    def rewind(self, count: int) -> None:
        """What it has is an older copy, without the newest records, and nobody knows; it is down.

        :raises ValueError: there are not so many
        """
        self.forget(count)
        self.suspect = False
        self.vital = None

    def crash(self) -> None:
        """Memory is lost, and what was not durable."""
        self.raft = None
        self.deadline = inf
        self._writing.clear()
        self._held.clear()

    def step(self, now: float, *inputs: Input) -> None:
        """One step, and those that follow from it inside this member."""
        assert self.raft is not None
        batches: deque[tuple[Input, ...]] = deque([inputs])
        while batches:
            out = self.raft.step(now, batches.popleft())
            self.deadline = out.deadline
            for send in out.sends:
                if send.after <= self._durable:
                    self._transmit(self.node_id, send.to, send.message)
                else:
                    self._held.append(send)
            if out.write is not None:
                self._write(out.write)
            remote = self._apply(out)
            if remote:
                batches.append((Applied(remote),))
            if self._writing and not self.slow:
                batches.append((self._make_durable(),))

    def _write(self, write: Write | Checkpoint) -> None:
        self._sequence += 1
        if isinstance(write, Checkpoint):
            record = journal.checkpoint_record(self._sequence, self.node_id, write)
        else:
            record = journal.write_record(self._sequence, write)
        self._writing.append((write.id, record, write))

    def persist(self, now: float, count: int | None = None) -> None:
        """All that is being written is durable now, or the oldest ``count`` writes."""
        if self._writing:
            self.step(now, self._make_durable(count))

    def take_snapshot(self, now: float) -> None:
        """Of what is applied so far: a list of commands."""
        assert self.raft is not None
        data = msgspec.msgpack.encode(self.applied)
        self.step(now, SnapshotTaken(self.raft.applied_index, data))

    def _make_durable(self, count: int | None = None) -> Persisted:
        for _ in range(len(self._writing) if count is None else min(count, len(self._writing))):
            self._durable, record, write = self._writing.popleft()
            if isinstance(write, Checkpoint):
                self._before_checkpoint = self.checkpoint, self.records
                self.records = []
                self.checkpoint = record
                # A driver writes a record with just this before it.
                self.vital = record if write.vital else self.vital
            elif write.vital:
                self._store_vital(record)
            else:
                self.records.append(record)
        while self._held and self._held[0].after <= self._durable:
            send = self._held.popleft()
            self._transmit(self.node_id, send.to, send.message)
        return Persisted(self._durable)

    def _apply(self, out: Output) -> tuple[tuple[NodeId, Answer], ...]:
        proposers = {item.index: item for item in out.resolved}
        remote = []
        if out.install is not None:
            self.applied = msgspec.msgpack.decode(out.install.data, type=list[bytes])
        self.answers.update((answer.request, answer) for answer in out.answers)
        self.replies.update((reply.name, reply) for reply in out.replies)
        for entry in out.apply:
            if entry.kind == COMMAND:
                self.applied.append(entry.data)
            if entry.index in proposers:
                item = proposers[entry.index]
                answer = Answer(item.request, APPLIED, b"%d" % len(self.applied))
                if item.origin:
                    remote.append((item.origin, answer))
                else:
                    self.answers[item.request] = answer
        for request in out.reads:
            self.seen[request] = tuple(self.applied)
        return tuple(remote)
