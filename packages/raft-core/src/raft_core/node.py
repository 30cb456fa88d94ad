"""The driver: a pump between the algorithm and the world. The only module that awaits.

A message, a proposal, a durable write and a deadline each put an input into the inbox and run the
pump, unless it runs already. The pump takes all inputs at once, makes one step, and carries out its
output. With a synchronous storage a message is received, stored and answered in one go; what
arrives meanwhile is the next batch.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import AsyncExitStack
from math import inf
from random import Random
from types import TracebackType
from typing import Generic, Self, TypeVar

import anyio

from raft_core import codec, journal
from raft_core.config import Config
from raft_core.errors import (
    CommandFailed,
    InvalidConfig,
    InvariantBroken,
    Overloaded,
    PeerError,
    ProposalTooLarge,
    RaftError,
    Stopped,
    StorageFailed,
)
from raft_core.interfaces import State, Storage, TearingStorage, Transport
from raft_core.io import (
    Applied,
    Input,
    Output,
    PeersChanged,
    Persisted,
    Received,
    Send,
    Unreachable,
    Write,
)
from raft_core.machine import Machine
from raft_core.messages import COMMAND, FAILED, Answer, AppendEntries
from raft_core.observers import Observers
from raft_core.proposals import Proposals
from raft_core.raft import Raft
from raft_core.sessions import Outcome
from raft_core.status import Status, status_of
from raft_core.types import NodeId, RequestId, WriteId

Command = TypeVar("Command")
Result = TypeVar("Result")

_OVERHEAD = 16 * 1024
"""Room for what surrounds commands in a message, in bytes."""

_log = logging.getLogger("raft_core")


class Node(Generic[Command, Result]):
    """A member: ``async with Node(...) as node``, then ``await node.propose(command)``.

    All calls and all callbacks of its parts belong to the thread of one event loop.

    :param state: this member's replica; nobody else may change it
    :param node_id: this member's, for ever; the journal is checked to be its own
    :param found: found a cluster, as its only voter, if the journal is empty. Only one member of a
        cluster may ever do so; all others wait to be taken in by a leader
    :param rng: for election time-outs and the client's id; tests pass a seeded one
    :raises InvalidConfig: the transport's messages are too small for the limits of ``config``
    :raises InvalidState: the state's ``apply`` does not say its types
    """

    def __init__(
        self,
        state: State[Command, Result],
        *,
        node_id: NodeId,
        storage: Storage,
        transport: Transport,
        config: Config | None = None,
        found: bool = False,
        rng: Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.config = config or Config()
        self.node_id = node_id
        largest = max(self.config.max_append_bytes, self.config.max_proposal_bytes) + _OVERHEAD
        if transport.max_payload < largest:
            raise InvalidConfig(
                f"the transport carries {transport.max_payload} bytes, max_append_bytes and "
                f"max_proposal_bytes need {largest}: lower them"
            )
        self._machine = Machine(state)
        self._machine.on_applied = self._on_applied
        self._storage = storage
        self._transport = transport
        self._found = found
        self._rng = rng or Random()
        self._clock = clock
        self._proposals = Proposals(
            f"{self._rng.getrandbits(64):016x}",
            retry_interval=self.config.retry_interval,
            limit=self.config.max_inbox,
        )
        self._applied_observers: Observers[[Command, Result]] = Observers()
        self._status_observers: Observers[[Status]] = Observers()
        self.dropped_messages = 0
        """Payloads that were no message, or came when the inbox was full."""

        self._raft: Raft | None = None
        self._problem: str | None = "not started"
        self._running = False
        self._pumping = False
        self._inbox: list[Input] = []
        self._sequence = 0
        self._durable: WriteId = 0
        self._held: deque[Send] = deque()
        self._told: object = None
        self._asked: object = None
        self._deadline = inf
        self._wakes_at = inf
        self._wakeup = anyio.Event()
        self._exit = AsyncExitStack()

    # --- life ----------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Load, join in, go.

        :raises StorageError: the journal is damaged, of another member, or takes no record; nothing
            was changed. Its subclasses say which
        :raises UnsupportedVersion: a later version wrote it
        """
        async with AsyncExitStack() as stack:
            restored = journal.restore(await self._storage.load(), self.node_id)
            stack.push_async_callback(self._storage.close)
            if restored.torn and isinstance(self._storage, TearingStorage):
                self._storage.drop_last()
            if not restored.sequence:
                await self._begin_journal()
                restored = journal.restore(await self._storage.load(), self.node_id)
            self._sequence = restored.sequence
            self._raft = Raft(self.config, restored, rng=self._rng, now=self._clock())
            self._running, self._problem = True, None
            stack.push_async_callback(self._transport.stop)
            await self._transport.start(self.node_id, self.deliver, self._on_peers_changed)
            timer = await stack.enter_async_context(anyio.create_task_group())
            timer.start_soon(self._keep_time)
            stack.callback(timer.cancel_scope.cancel)
            stack.callback(self._halt, Stopped("this node was stopped"))
            self._exit = stack.pop_all()
        self._pump(tick=True)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self._exit.__aexit__(kind, error, trace)

    async def _begin_journal(self) -> None:
        await self._append_and_wait(journal.first_record(self.node_id))
        if self._found:
            await self._append_and_wait(journal.founding_record(self.node_id))

    async def _append_and_wait(self, record: bytes) -> None:
        written = anyio.Event()
        refusals: list[Exception] = []

        def done(error: Exception | None) -> None:
            if error is not None:
                refusals.append(error)
            written.set()

        self._storage.append(record, done, vital=True)
        await written.wait()
        if refusals:
            raise StorageFailed(f"the storage took no record: {refusals[0]}") from refusals[0]

    async def _keep_time(self) -> None:
        while True:
            self._wakeup = anyio.Event()
            self._wakes_at = self._deadline
            delay = self._deadline - self._clock()
            with anyio.move_on_after(delay if delay < inf else None):
                await self._wakeup.wait()
            if self._clock() >= self._deadline:
                self._pump(tick=True)

    def _halt(self, error: RaftError) -> None:
        """Take part no more; stay readable, and say why."""
        if not self._running:
            return
        self._running = False
        self._problem = str(error)
        self._deadline = inf
        self._inbox.clear()
        self._held.clear()
        self._proposals.fail_all(lambda: type(error)(*error.args))
        self._notify()

    # --- what callers do -----------------------------------------------------------------------

    @property
    def state(self) -> State[Command, Result]:
        """The local replica: what this member has applied so far, perhaps less than others."""
        return self._machine.state

    async def propose(  # noqa: ASYNC109 - its end is an answer, not a cancellation
        self, command: Command, *, timeout: float | None = None
    ) -> Result:
        """Have ``command`` committed and applied, once, from any member; return what ``apply`` did.

        While no leader is known, or it changes, the proposal is kept and made again under the same
        sequence number until the time is out. Cancelled, it may still be applied.

        :param timeout: seconds; default is ``Config.propose_timeout``
        :raises NoLeader: none was found in time: it is not applied
        :raises OutcomeUnknown: no answer in time: it may be applied, now or later, or not
        :raises CommandFailed: ``apply`` raised, on every member alike
        :raises Overloaded: too much is under way; nothing was begun
        :raises ProposalTooLarge: over ``Config.max_proposal_bytes``; nothing was begun
        :raises StorageFailed: this member's storage refuses writes; the outcome is unknown
        :raises Stopped: the node does not run; if it stopped meanwhile, the outcome is unknown
        :raises TypeError: it is no command of this state
        """
        answered = anyio.Event()
        answers: list[Outcome | RaftError] = []

        def done(answer: Outcome | RaftError) -> None:
            answers.append(answer)
            answered.set()

        request = self._submit(command, timeout, done)
        try:
            if not answers:
                await answered.wait()
        finally:
            self._proposals.forget(request)
        return self._result(answers[0])

    def submit(
        self,
        command: Command,
        done: Callable[[Result | RaftError], None],
        *,
        timeout: float | None = None,
    ) -> None:
        """``propose`` without a task: ``done`` is called once, perhaps before this returns.

        :raises Overloaded, ProposalTooLarge, Stopped, TypeError: as ``propose``; then ``done`` is
            not called
        """

        def answer(outcome: Outcome | RaftError) -> None:
            try:
                result: Result | RaftError = self._result(outcome)
            except RaftError as error:
                result = error
            done(result)

        self._submit(command, timeout, answer)

    def status(self) -> Status:
        """What this member knows now.

        :raises Stopped: before the node was entered
        """
        if self._raft is None:
            raise Stopped("this node is not started: enter it with async with")
        return status_of(self._raft, self._problem)

    def observe_applied(self, callback: Callable[[Command, Result], None]) -> Callable[[], None]:
        """Call back after each command applied here, at a start for the whole log again.

        It must not change the state, and what it raises is logged. Returns the end of it.
        """
        return self._applied_observers.add(callback)

    def observe_status(self, callback: Callable[[Status], None]) -> Callable[[], None]:
        """Call back when role, leader, term, members, connections or the problem changed."""
        return self._status_observers.add(callback)

    def _submit(
        self, command: Command, timeout: float | None, done: Callable[[Outcome | RaftError], None]
    ) -> RequestId:
        if not self._running:
            raise Stopped(f"this member takes no proposals: {self._problem}")
        data = self._machine.encode_command(command)
        if len(data) > self.config.max_proposal_bytes:
            raise ProposalTooLarge(len(data), self.config.max_proposal_bytes)
        if len(self._inbox) >= self.config.max_inbox:
            raise Overloaded("inputs", self.config.max_inbox)
        limit = self.config.propose_timeout if timeout is None else timeout
        proposed = self._proposals.add(data, self._clock(), limit, done)
        self._inbox.append(proposed)
        self._pump()
        return proposed.request

    def _result(self, answer: Outcome | RaftError) -> Result:
        if isinstance(answer, RaftError):
            raise answer
        if answer.status == FAILED:
            raise CommandFailed(answer.data.decode())
        return self._machine.decode_result(answer.data)

    # --- what the world does -------------------------------------------------------------------

    def deliver(self, peer: NodeId, payload: bytes) -> None:
        """The transport's callback: bytes from ``peer``; what is no message is dropped."""
        if not self._running:
            return
        try:
            message = codec.decode_message(payload)
        except PeerError as error:
            self.dropped_messages += 1
            _log.warning("dropped %d bytes from %s: %s", len(payload), peer, error)
            return
        if len(self._inbox) >= self.config.max_inbox:
            self.dropped_messages += 1
            return
        self._inbox.append(Received(peer, message))
        self._pump()

    def _on_peers_changed(self, peers: frozenset[NodeId]) -> None:
        self._put(PeersChanged(peers))

    def _put(self, item: Input) -> None:
        if self._running:
            self._inbox.append(item)
            self._pump()

    # --- the pump ------------------------------------------------------------------------------

    def _pump(self, *, tick: bool = False) -> None:
        raft = self._raft
        if self._pumping or not self._running or raft is None:
            return
        self._pumping = True
        try:
            now = self._clock()
            if now >= self._proposals.deadline:
                self._inbox.extend(self._proposals.due(now))
            while self._inbox or tick:
                tick = False
                inputs, self._inbox = self._inbox, []
                self._carry_out(raft.step(self._clock(), inputs))
                asked = (raft.leader, raft.term)
                if asked != self._asked:
                    self._asked = asked
                    if raft.leader is not None and len(self._proposals):
                        self._inbox.extend(self._proposals.again(self._clock()))
        except RaftError as error:
            _log.exception("member %s stops", self.node_id)
            self._halt(error)
        except Exception as error:  # noqa: BLE001 - to go on from an unknown state could do harm
            _log.exception("member %s stops", self.node_id)
            self._halt(InvariantBroken(f"a bug in this program: {type(error).__name__}: {error}"))
        finally:
            self._pumping = False
        if self._deadline < self._wakes_at:
            self._wakeup.set()
        self._notify()

    def _carry_out(self, out: Output) -> None:
        self._deadline = min(out.deadline, self._proposals.deadline)
        for send in out.sends:
            if send.after <= self._durable:
                self._transmit(send)
            else:
                self._held.append(send)
        if out.write is not None:
            self._store(out.write)
        if out.apply:
            self._apply(out)
        if out.answers:
            self._proposals.answer(out.answers)

    def _transmit(self, send: Send) -> None:
        payload = codec.encode_message(send.message)
        for peer in send.to:
            sent = self._transport.send(peer, payload)
            if not sent and isinstance(send.message, AppendEntries):
                self._inbox.append(Unreachable(peer))

    def _store(self, write: Write) -> None:
        self._sequence += 1
        write_id = write.id

        def done(error: Exception | None) -> None:
            if not self._running:
                return
            if error is not None:
                _log.error("member %s stops: its storage refused a write: %s", self.node_id, error)
                self._halt(StorageFailed(f"the storage refused a write: {error}"))
                return
            self._durable = write_id
            while self._held and self._held[0].after <= write_id:
                self._transmit(self._held.popleft())
            self._put(Persisted(write_id))

        self._storage.append(journal.write_record(self._sequence, write), done, vital=write.vital)

    def _apply(self, out: Output) -> None:
        """Apply what is committed, and answer those who proposed it."""
        proposers = {item.index: item for item in out.resolved}
        remote: list[tuple[NodeId, Answer]] = []
        own = self._proposals.client
        for entry in out.apply:
            if entry.kind != COMMAND:
                continue
            client, sequence, outcome = self._machine.apply(entry.data)
            if client == own:
                self._proposals.resolve(sequence, outcome)
            elif entry.index in proposers:
                item = proposers[entry.index]
                remote.append((item.origin, Answer(item.request, outcome.status, outcome.data)))
        if remote:
            self._inbox.append(Applied(tuple(remote)))

    def _on_applied(self, command: Command, result: Result) -> None:
        self._applied_observers.call(command, result)

    def _notify(self) -> None:
        raft = self._raft
        if raft is None or not self._status_observers:
            return
        news = (
            raft.role,
            raft.leader,
            raft.term,
            raft.configuration_index,
            raft.connected,
            self._problem,
        )
        if news != self._told:
            self._told = news
            self._status_observers.call(self.status())
