"""The pump: inputs to the algorithm, its output to storage, transport, state and callers.

A message, a proposal, a durable write and a deadline each put an input into the inbox and run the
pump, unless it runs already. The pump takes all inputs at once, makes one step, and carries out its
output. With a synchronous storage a message is received, stored and answered in one go; what
arrives meanwhile is the next batch.

It knows no event loop: ``node.Node`` gives it one, and the simulated world gives it virtual time.
"""

import logging
from collections import deque
from collections.abc import Callable
from math import inf
from typing import Any, Protocol

from msgspec.structs import replace

from raft_core import applying, codec, journal
from raft_core.compaction import Compaction, part_of
from raft_core.config import Config
from raft_core.errors import (
    InvariantBroken,
    Overloaded,
    PeerError,
    ProposalTooLarge,
    RaftError,
    Removed,
    Stopped,
    StorageFailed,
    Superseded,
    UnsupportedVersion,
)
from raft_core.interfaces import BoundedStorage
from raft_core.io import (
    Applied,
    Checkpoint,
    Copied,
    Input,
    Output,
    PeersChanged,
    Persisted,
    Received,
    Send,
    SnapshotTaken,
    Unreachable,
    Write,
)
from raft_core.journal import Restored
from raft_core.machine import Machine
from raft_core.messages import AppendEntries, Forward, InstallSnapshot
from raft_core.operations import Operations
from raft_core.proposals import Done, Proposals
from raft_core.queries import Answer as QueryAnswer
from raft_core.queries import Queries, Query
from raft_core.raft import Raft
from raft_core.sessions import SESSION_OVERHEAD
from raft_core.types import NodeId, RequestId, WriteId

_log = logging.getLogger("raft_core")

_DROPPED = "dropped what %s sent (said once while it is connected): %s"

_STEPS_A_TURN = 128
"""Then the pump waits for the next tick, which is due at once. Callers that propose again as soon
as they are answered would keep it going for ever in a cluster of one: nobody else had a turn."""


class Journaling(Protocol):
    """What of a ``Storage`` a running member needs."""

    def append(
        self, record: bytes, done: Callable[[Exception | None], None], *, vital: bool
    ) -> None:
        """See ``Storage.append``."""
        ...

    def checkpoint(self, record: bytes, done: Callable[[Exception | None], None]) -> None:
        """See ``Storage.checkpoint``."""
        ...


class Driver:
    """One member, from bytes to bytes. ``raft`` is for reading only.

    :param restored: what the journal held when ``raft`` was made of it
    :param storage: loaded; if it is a ``BoundedStorage``, compaction minds its room
    :param send: ``Transport.send``
    :param clock: seconds, never going back
    :param pumped: called when the pump has run: the deadline, the problem and what the algorithm
        knows may have changed
    """

    def __init__(
        self,
        config: Config,
        raft: Raft,
        machine: Machine[Any, Any],
        proposals: Proposals,
        *,
        restored: Restored,
        storage: Journaling,
        send: Callable[[NodeId, bytes], bool],
        clock: Callable[[], float],
        pumped: Callable[[], None],
    ) -> None:
        self.raft = raft
        self.deadline = inf
        """Call ``tick`` no later than this."""
        self.problem: str | None = None
        """Why this member takes part no more; None while it does."""
        self.dropped_messages = 0
        """Payloads that were no message or came when the inbox was full; unreadable proposals; and
        answers that the storage let wait for too long."""
        self.incompatible: dict[NodeId, str] = {}
        """Peers that say what only a later version knows, and what; as long as they are connected.
        It is dropped whole, so that this member may stay behind, but never skips an entry."""
        self._mangling: set[NodeId] = set()
        self.operations = Operations(proposals.client, retry_interval=config.retry_interval)
        """Begin them by ``asking``."""
        self.clock = clock
        self._config = config
        self._machine = machine
        self._proposals = proposals
        self._sequence = restored.sequence
        self._storage = storage
        self._compaction = Compaction(
            config,
            snapshot_index=0 if restored.snapshot is None else restored.snapshot.index,
            record_bytes=restored.record_bytes,
            checkpoint_bytes=restored.checkpoint_bytes,
            storage=storage if isinstance(storage, BoundedStorage) else None,
            part=part_of(raft.node_id),
        )
        self._queries = Queries(
            first=raft.rng.getrandbits(47),
            retry_interval=config.retry_interval,
            limit=config.max_inbox,
        )
        self._send = send
        self._pumped = pumped
        self._durable: WriteId = 0
        self._untold: WriteId = 0
        """Durable, and nothing follows from it: the algorithm hears of it in its next step."""
        self._held: deque[Send] = deque()
        self._unreachable: set[NodeId] = set()
        """Peers whose transport took no more in this output."""
        self._inbox: list[Input] = []
        self._pumping = False
        self._now = 0.0
        """Of the step that is being made: to ask the clock costs as much as to take a proposal."""
        self._snapshot_wanted = False
        self._asked: tuple[object, object] = (None, 0)

    # --- what goes in --------------------------------------------------------------------------

    def put(self, item: Input) -> None:
        """An input of the world's: the peers changed."""
        if self.problem is None:
            if isinstance(item, PeersChanged):
                self._mangling &= item.connected
                for peer in self.incompatible.keys() - item.connected:
                    del self.incompatible[peer]
            self._inbox.append(item)
            self._pump()

    def tick(self) -> None:
        """The deadline has come, or is near: both are well."""
        self._pump(tick=True)

    def deliver(self, peer: NodeId, payload: bytes) -> None:
        """Bytes from ``peer``; what is no message, or too much, is dropped and counted."""
        if self.problem is not None:
            return
        try:
            message = codec.decode_message(payload)
        except PeerError as error:
            self._drop(peer, error)
            return
        if len(self._inbox) >= self._config.max_inbox:
            self.dropped_messages += 1
            return
        if type(message) is Forward:
            message = self._fresh(peer, message)
        self._inbox.append(Received(peer, message))
        self._pump()

    def _drop(self, peer: NodeId, error: PeerError) -> None:
        """What a peer sent is no use here: count it, and say so once while it is connected."""
        self.dropped_messages += 1
        if isinstance(error, UnsupportedVersion):
            self._find_incompatible(peer, str(error))
        elif peer not in self._mangling:
            self._mangling.add(peer)
            _log.warning(_DROPPED, peer, error)

    def _find_incompatible(self, peer: NodeId, sentence: str) -> None:
        if self.incompatible.get(peer) == sentence:
            return
        self.incompatible[peer] = sentence
        _log.warning(_DROPPED, peer, sentence)
        if not self._pumping:
            self._pumped()

    def _fresh(self, peer: NodeId, message: Forward) -> Forward:
        """What of it belongs into a log; what was applied is answered again."""
        fresh, applied, errors = applying.sort(message, self._machine)
        for error in errors:
            self._drop(peer, error)
        if applied:
            self._inbox.append(Applied(tuple((peer, answer) for answer in applied)))
        return fresh

    def submit(self, command: bytes, timeout: float, done: Done) -> RequestId:
        """Propose an encoded command; ``done`` is called once, perhaps before this returns.

        While others are open it goes with the next step, which is due at once, or as soon as some
        of many others are answered (``Proposals.is_ready``).

        :raises Overloaded, ProposalTooLarge, Stopped: nothing was begun, ``done`` is not called
        """
        if self.problem is not None:
            self.require_running()
        size = len(command) + SESSION_OVERHEAD
        if size > self._config.max_proposal_bytes:
            raise ProposalTooLarge(size, self._config.max_proposal_bytes)
        if len(self._inbox) >= self._config.max_inbox:
            raise Overloaded("inputs", self._config.max_inbox)
        proposals = self._proposals
        if self._pumping:  # who was answered in this step goes on, and there will be another
            return proposals.add(command, self._now, timeout, done)
        now = self.clock()
        request = proposals.add(command, now, timeout, done)
        if proposals.is_ready():
            self._begin(now, alone=len(proposals) == 1)
        return request

    def _begin(self, now: float, *, alone: bool) -> None:
        """Make the step at once, or, with others under way, all of this turn of the loop in one."""
        if alone:
            self._pump()
        elif self.deadline > now and not self._pumping:
            self.deadline = now
            self._pumped()

    def forget(self, request: RequestId) -> None:
        """Nobody waits for this proposal any more."""
        self._proposals.forget(request)

    def want_snapshot(self) -> None:
        """Have the state stored, in place of the journal so far, as soon as it is whole."""
        self._snapshot_wanted = True
        self.tick()

    def require_running(self) -> None:
        """:raises Stopped: it takes part no more; ``Removed`` if that is why"""
        if self.problem is not None:
            kind = Removed if self.raft.removed else Stopped
            raise kind(f"this member takes no proposals: {self.problem}")

    def read(self, timeout: float, answer: QueryAnswer) -> Query:
        """Read linearizably: ``answer`` is called once, perhaps before this returns.

        With None in the moment when the state contains all that was acknowledged before this call.
        While other reads are open it goes with the next step, which is due at once.

        :raises Overloaded, Stopped: nothing was begun, ``answer`` is not called
        """
        if self.problem is not None:
            raise Stopped(f"this member answers no reads: {self.problem}")
        now = self.clock()
        alone = not len(self._queries)
        query = self._queries.add(answer, now, timeout)
        self._begin(now, alone=alone)
        return query

    def forget_read(self, query: Query) -> None:
        """Nobody waits for this read any more."""
        self._queries.forget(query)

    def halt(self, error: RaftError) -> None:
        """Take part no more; stay readable, and say why. What is open ends with this error."""
        if self.problem is not None:
            return
        self.problem = str(error)
        self.deadline = inf
        self._inbox.clear()
        self._held.clear()
        self._proposals.fail_all(lambda: type(error)(*error.args))
        self.operations.fail_all(lambda: type(error)(*error.args))
        self._queries.fail_all(lambda: type(error)(*error.args))
        if not self._pumping:
            self._pumped()

    def supersede(self) -> None:
        """A copy of this journal goes on in this member's place: note it, and end."""
        if self.problem is not None:
            return
        raft = self.raft
        standing = replace(raft.standing(), superseded=True)
        self._sequence += 1
        record = codec.Step(self._sequence, raft.term, raft.voted_for, 0, (), standing=standing)
        # Nobody waits for it: should it get lost, the next start is told the same again.
        self._storage.append(codec.encode_record(record), lambda _: None, vital=True)
        ended = Superseded()
        _log.error("member %s: %s", raft.node_id, ended)
        self.halt(ended)

    def copied(self) -> None:
        """Somebody has shown that this member's journal is an older copy, or may be one."""
        self.put(Copied())

    # --- the pump ------------------------------------------------------------------------------

    def _pump(self, *, tick: bool = False) -> None:
        if self._pumping or self.problem is not None:
            return
        self._pumping = True
        raft = self.raft
        try:
            now = self._now = self.clock()
            if now >= self.deadline:
                self._inbox.extend(self._proposals.due(now))
                self._inbox.extend(self.operations.due(now))
                self._queries.due(now)
                now = self._now = self.clock()  # for those who were told, and ask again (``lease``)
            steps = 0
            while self._goes_on(tick=tick):
                if steps:
                    now = self._now = self.clock()
                if steps == _STEPS_A_TURN:
                    self.deadline = now
                    break
                steps += 1
                tick = False
                self._carry_out(raft.step(now, self._inputs(now)))
                asked = (raft.leader, raft.term)
                if asked != self._asked:
                    self._ask_again(asked)
                if raft.removed:
                    self._end_removed()
        except RaftError as error:
            _log.exception("member %s stops", raft.node_id)
            self.halt(error)
        except Exception as error:  # noqa: BLE001 - a bug of ours
            # To go on from a state that nobody foresaw could harm the others.
            _log.exception("member %s stops", raft.node_id)
            self.halt(InvariantBroken(f"a bug in this program: {type(error).__name__}: {error}"))
        finally:
            self._pumping = False
        self.deadline = min(
            self.deadline,
            self._proposals.deadline,
            self.operations.deadline,
            self._queries.deadline,
        )
        self._pumped()

    def _goes_on(self, *, tick: bool) -> bool:
        """Whether a step is due, and no caller who was answered meanwhile has halted the member."""
        due = tick or self._inbox or self._queries.waits or self._proposals.is_ready()
        return bool(due) and self.problem is None

    def _inputs(self, now: float) -> list[Input]:
        """What waits for a step."""
        inputs, self._inbox = self._inbox, []
        if self._queries.waits:
            inputs.append(self._queries.ask(now))
        if self._proposals.is_ready():
            inputs.append(self._proposals.take(now, self._machine.sessions.commands))
        if self._untold:
            inputs.insert(0, Persisted(self._untold))
            self._untold = 0
        return inputs

    def _ask_again(self, asked: tuple[object, object]) -> None:
        """There is another leader: what the one before did not answer may be lost with it."""
        self._asked = asked
        leader = self.raft.leader
        if self.problem is not None or leader is None:
            return
        self._proposals.leader = self._queries.leader = leader
        if len(self._proposals):
            self._inbox.extend(self._proposals.again(self.clock()))
        if len(self.operations):
            self._inbox.extend(self.operations.on_leader(leader, self.clock()))
        self._queries.again()

    def _end_removed(self) -> None:
        _log.warning("member %s was removed from the cluster and stops", self.raft.node_id)
        self.halt(
            Removed(
                "this member was removed from the cluster: "
                "to take part again, start with an empty storage, under a new id"
            )
        )

    def _carry_out(self, out: Output) -> None:
        self.deadline = out.deadline
        self._unreachable.clear()
        for send in out.sends:
            if send.after <= self._durable:
                self._transmit(send)
            else:
                self._hold(send)
        if out.write is not None:
            self._store(out.write)
            if self.problem is not None:
                return
        if out.install is not None:
            self._machine.restore(out.install.data)
            self._proposals.skipped()
        if out.apply:
            self._apply(out)
        due = out.apply and self._compaction.is_due(self.raft.applied_index)
        if (due or self._snapshot_wanted) and self.problem is None:
            self._take_snapshot()
        if out.answers:
            self._proposals.answer(out.answers)
        if out.replies:
            self._inbox.extend(self.operations.answer(out.replies, self.clock()))
        if out.reads:
            self._queries.answer(out.reads)
        for peer, sentence in out.incompatible:
            self._find_incompatible(peer, sentence)

    def _hold(self, send: Send) -> None:
        if len(self._held) < self._config.max_inbox:
            self._held.append(send)
        else:
            # The storage is silent. To lose a message is no harm, to keep all of them is.
            self.dropped_messages += 1

    def _transmit(self, send: Send) -> None:
        message = send.message
        payload = codec.encode_message(message)
        if type(message) is AppendEntries:
            for peer in send.to:
                # After a message that was not sent, those that follow it would only be refused.
                if peer not in self._unreachable and not self._send(peer, payload):
                    self._unreachable.add(peer)
                    self._inbox.append(Unreachable(peer, message.prev_log_index + 1))
            return
        for peer in send.to:
            # A question for a snapshot's length is asked again with the next heartbeat.
            sent = self._send(peer, payload)
            if not sent and isinstance(message, InstallSnapshot) and message.data:
                self._inbox.append(Unreachable(peer, offset=message.offset))

    def _take_snapshot(self) -> None:
        """Give the algorithm the state as it is now: after all that it has handed out."""
        self._snapshot_wanted = False
        index = self.raft.applied_index
        if index <= self._compaction.snapshot_index:
            return  # There is one of it already, or on its way to the storage.
        data = self._compaction.save(self._machine)
        if isinstance(data, str):
            _log.error("member %s: the log grows, since %s", self.raft.node_id, data)
        else:
            self._inbox.append(SnapshotTaken(index, data))

    def _store(self, write: Write | Checkpoint) -> None:
        self._sequence += 1
        write_id = write.id

        def done(error: Exception | None) -> None:
            if self.problem is not None:
                return
            if error is not None:
                _log.error("member %s stops: a write was refused: %s", self.raft.node_id, error)
                self.halt(StorageFailed(f"the storage refused a write: {error}"))
                return
            self._durable = write_id
            while self._held and self._held[0].after <= write_id:
                self._transmit(self._held.popleft())
            if self.raft.unsaved.is_awaited(self.raft):
                self._untold = 0
                self.put(Persisted(write_id))
            else:
                self._untold = write_id

        if isinstance(write, Write):
            record = journal.write_record(self._sequence, write)
            self._compaction.stored(len(record))
            self._storage.append(record, done, vital=write.vital)
        else:
            if write.vital:
                vital = journal.vital_record(self._sequence, write)
                self._storage.append(vital, lambda _: None, vital=True)
                self._sequence += 1
            record = journal.checkpoint_record(self._sequence, self.raft.node_id, write)
            self._compaction.replaced(len(record), write.snapshot.index)
            self._storage.checkpoint(record, done)

    def _apply(self, out: Output) -> None:
        follows = applying.apply(out, self._machine, self._proposals)
        if self.problem is None:  # those who were answered may have ended it
            self._inbox.extend(follows)
