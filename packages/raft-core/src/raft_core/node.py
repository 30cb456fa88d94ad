"""A member of a cluster on an event loop: the shell around ``driver``, and the only await here."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from math import inf
from random import Random
from secrets import token_hex
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import anyio

from raft_core import asking, beginning, journal
from raft_core.config import Config
from raft_core.driver import Driver
from raft_core.errors import CommandFailed, InvalidConfig, RaftError, Stopped
from raft_core.events import Changes, Event
from raft_core.interfaces import (
    FencingTransport,
    State,
    Storage,
    TearingStorage,
    Transport,
)
from raft_core.io import PeersChanged
from raft_core.journal import Restored
from raft_core.machine import Machine
from raft_core.metrics import Metrics
from raft_core.node_members import MemberCalls
from raft_core.observers import Observers
from raft_core.proposals import Proposals
from raft_core.queries import Query
from raft_core.raft import Raft
from raft_core.sessions import MAX_RESULT_BYTES, Outcome
from raft_core.status import Status, status_of
from raft_core.types import Index, NodeId, RequestId

Command = TypeVar("Command")
Result = TypeVar("Result")
T = TypeVar("T")

_log = logging.getLogger("raft_core")

_OVERHEAD = 16 * 1024
"""Room for what surrounds commands in a message, in bytes."""


class Node(MemberCalls, Generic[Command, Result]):
    """A member: ``async with Node(...) as node``, then ``await node.propose(command)``.

    All calls and all callbacks of its parts belong to the thread of one event loop.

    :param state: this member's replica, a new one at each start: what is stored is applied to it.
        Nobody else may change it
    :param node_id: this member's, for ever; the journal is checked to be its own
    :param found: found a cluster, as its only voter, if the journal is empty. Only one member of a
        cluster may ever do so; all others wait to be taken in by a leader
    :param rng: for election time-outs and the client's id; tests pass a seeded one
    :param metrics: an object of this member's own, to count and time what it does
    :raises InvalidConfig: the transport's messages are too small for the limits of ``config``, or
        ``node_id`` is no id
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
        metrics: Metrics | None = None,
    ) -> None:
        self.config = config or Config()
        self.node_id = beginning.require_id(node_id)
        limits = (
            self.config.max_append_bytes,
            self.config.max_proposal_bytes,
            self.config.snapshot_chunk_bytes,
        )
        largest = max(*limits, MAX_RESULT_BYTES) + _OVERHEAD
        if transport.max_payload < largest:
            raise InvalidConfig(
                f"the transport carries {transport.max_payload} bytes; max_append_bytes, "
                "max_proposal_bytes, snapshot_chunk_bytes and a result of "
                f"{MAX_RESULT_BYTES} bytes need {largest}"
            )
        self._machine = Machine(state)
        self._storage = storage
        self._transport = transport
        self._found = found
        self._rng = rng or Random()
        self._clock = clock
        self._applied_observers: Observers[[Command, Result]] = Observers()
        self._state_observers: Observers[[]] = Observers()
        self._shown: Index = 0
        self._status_observers: Observers[[Status]] = Observers()
        self._event_observers: Observers[[Event]] = Observers()
        self._changes: Changes | None = None
        self._observed = False
        self._metrics = metrics
        self._driver: Driver | None = None
        self._told: object = None
        self._timer: asyncio.Handle | None = None
        self._wakes_at = inf
        self._halted = anyio.Event()
        self._exit = AsyncExitStack()

    # --- life ----------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Load, join in, go. Once only: the next start has a node of its own.

        :raises StorageError: the journal is damaged, of another member, or takes no record; nothing
            was changed. Its subclasses say which
        :raises UnsupportedVersion: a later version wrote it
        :raises Superseded: a copy of this journal has taken its place
        :raises Stopped: it was entered before
        """
        if self._driver is not None:
            raise Stopped("this node was entered before: make another one, with a new state")
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._end, self._storage.close)
            restored = journal.restore(await self._storage.load(), self.node_id)
            if restored.torn and isinstance(self._storage, TearingStorage):
                self._storage.drop_last()
            beginning.require_whole(restored)
            if not restored.sequence or restored.founds:
                restored = await beginning.begin_journal(self._storage, restored, found=self._found)
            refusal = None
            if isinstance(self._transport, FencingTransport):
                # Not of self._rng: two copies that are given equal ones are two all the same.
                refusal = await beginning.begin_start(self._storage, restored, token_hex(8))
            driver = self._driver = self._drive(restored)
            if isinstance(self._transport, FencingTransport) and refusal is None:
                number, nonces = restored.standing.start, restored.standing.nonces
                self._transport.number(number, nonces, driver.supersede, driver.copied)
            self._changes = Changes(driver)
            stack.push_async_callback(self._end, self._transport.stop)
            stopped = Stopped("this node was stopped")
            # From the first word of the transport on there is a timer, even if it does not start.
            stack.callback(driver.halt, stopped)
            metrics = self._metrics
            deliver = driver.deliver if metrics is None else metrics.delivering(driver.deliver)
            if refusal is None:
                await self._transport.start(self.node_id, deliver, self._on_peers_changed)
            watch = await stack.enter_async_context(anyio.create_task_group())
            watch.start_soon(self._leave_when_halted)
            stack.callback(watch.cancel_scope.cancel)
            stack.callback(driver.halt, stopped)
            self._exit = stack.pop_all()
        driver.tick()
        if refusal is not None:
            driver.halt(refusal)  # what it knows to be committed can be read
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop. What the body raised goes on as it is; a cancellation waits until all has ended.

        A leader hands over first, so that the others need not wait for an election time-out. That
        takes an election time-out at most, and nothing when nobody is in reach.
        """
        try:
            await self._hand_over()
        finally:
            # Handed to the timer's task group, an error would come back in an ExceptionGroup.
            await self._exit.aclose()

    async def _end(self, end: Callable[[], Awaitable[None]]) -> None:
        with anyio.CancelScope(shield=True):
            await end()

    def _drive(self, restored: Restored) -> Driver:
        config = self.config
        client = f"{self._rng.getrandbits(64):016x}"
        # An answer to a proposal of this member's life before must not be taken for one of now.
        proposals = Proposals.under(config, client, first=self._rng.getrandbits(47))
        raft = Raft(config, restored, rng=self._rng, now=self._clock())
        if restored.standing.suspect:
            _log.warning("member %s %s", self.node_id, raft.doubt)
        storage = self._storage
        send: Callable[[NodeId, bytes], bool] = self._transport.send
        if self._metrics is not None:
            storage = self._metrics.storing(storage, self._clock)
            send = self._metrics.sending(send)
            self.observe_events(self._metrics.happened)
        return Driver(
            config,
            raft,
            self._machine,
            proposals,
            restored=restored,
            storage=storage,
            send=send,
            clock=self._clock,
            pumped=self._pumped,
        )

    async def _leave_when_halted(self) -> None:
        """A member that has halted is of no use to the others: let them see that it is gone."""
        await self._halted.wait()
        await self._transport.stop()

    # --- what callers do -----------------------------------------------------------------------

    @property
    def state(self) -> State[Command, Result]:
        """The local replica: what this member has applied so far, perhaps less than others.

        To look at it costs nothing, and may show what was true a while ago, or as long ago as this
        member was cut off. ``read`` shows what is true now.
        """
        return self._machine.state

    async def propose(
        self,
        command: Command,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - it ends in an answer, not a cancellation
    ) -> Result:
        """Have ``command`` committed and applied, once, from any member; return what ``apply`` did.

        While no leader is known, or it changes, the proposal is kept and made again under the same
        sequence number until the time is out. Cancelled, it may still be applied.

        :param timeout: seconds; default is ``Config.propose_timeout``
        :raises NoLeader: none was found in time: it is not applied
        :raises OutcomeUnknown: no answer in time: it may be applied, now or later, or not
        :raises CommandFailed: ``apply`` raised, on every member alike, or its result is not of the
            type that it says
        :raises Overloaded: too much is under way; nothing was begun
        :raises ProposalTooLarge: over ``Config.max_proposal_bytes``; nothing was begun
        :raises StorageFailed: this member's storage refuses writes; the outcome is unknown
        :raises StateFailed: ``apply`` ran out of memory or stack here; the outcome is unknown
        :raises Stopped: the node does not run; if it stopped meanwhile, the outcome is unknown
        :raises TypeError: it is no command of this state
        """
        # A bare future costs a third of an anyio.Event, and the wait can be cancelled as well.
        answered: asyncio.Future[Outcome | RaftError] = asyncio.get_running_loop().create_future()

        def done(answer: Outcome | RaftError) -> None:
            if not answered.done():  # else just cancelled
                answered.set_result(answer)

        driver = self._entered()
        request = self._submit(command, timeout, done)
        try:
            answer = await answered
        except asyncio.CancelledError:
            driver.forget(request)
            raise
        if isinstance(answer, RaftError):
            raise asking.advised(driver, answer)
        return self._machine.result(answer)

    def submit(
        self,
        command: Command,
        done: Callable[[Result | RaftError], None],
        *,
        timeout: float | None = None,
    ) -> None:
        """``propose`` without a task: ``done`` is called once, perhaps before this returns.

        What ``done`` raises is logged.

        :raises Overloaded, ProposalTooLarge, Stopped, TypeError: as ``propose``; then ``done`` is
            not called
        """

        def answer(outcome: Outcome | RaftError) -> None:
            result: Result | RaftError
            if isinstance(outcome, RaftError):
                result = asking.advised(self._entered(), outcome)
            else:
                try:
                    result = self._machine.result(outcome)
                except CommandFailed as error:
                    result = error
            try:
                done(result)
            except Exception:  # noqa: BLE001 - the user's code; consensus must not stop for it
                _log.exception("a callback of submit failed")

        self._submit(command, timeout, answer)

    def take_snapshot(self) -> None:
        """Have this member's state stored now, in place of the journal so far.

        It happens by itself, as ``Config.snapshot_entries`` and ``Config.snapshot_bytes`` say.

        :raises Stopped: before the node was entered, or after it halted
        """
        driver = self._entered()
        if driver.problem is not None:
            raise Stopped(f"this member takes no snapshot: {driver.problem}")
        driver.want_snapshot()

    async def read(
        self,
        query: Callable[[Any], T],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - it ends in an answer, not a cancellation
    ) -> T:
        """Return what ``query`` says of the state: of now, and not of an older one (linearizable).

        The state holds all that was acknowledged to anyone, and shown to any read, before the call.
        It costs a question to the leader and its round of heartbeats, and no write; calls at the
        same time share them. Works on every member, learners too.

        :param query: called once, with this member's state; it must be quick and change nothing.
            What it raises is raised here. Annotate its parameter to have it checked
        :param timeout: seconds; default is ``Config.propose_timeout``
        :raises NoLeader: no leader confirmed in time that it leads; nothing was read
        :raises Overloaded: too many reads are open
        :raises StorageFailed, Stopped: the node does not run, or stopped meanwhile
        """
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        results: list[T] = []
        errors: list[Exception] = []

        def answer(error: RaftError | None) -> None:
            if answered.done():
                return  # just cancelled
            if error is not None:
                errors.append(asking.advised(self._entered(), error))
            else:
                try:
                    results.append(query(self._machine.state))
                except Exception as failure:  # noqa: BLE001 - the user's code: the caller gets it
                    errors.append(failure)
            answered.set_result(None)

        under_way = self._read(timeout, answer)
        try:
            await answered
        except asyncio.CancelledError:
            self._entered().forget_read(under_way)
            raise
        if errors:
            raise errors[0]
        return results[0]

    def submit_read(self, done: Callable[[Any], None], *, timeout: float | None = None) -> None:
        """``read`` without a task: ``done`` is called once, perhaps before this returns.

        It gets this member's state in the moment when it is linearizable, and must be quick and
        change nothing; or the ``RaftError`` that says why nothing can be read. What it raises is
        logged.

        :raises Overloaded, Stopped: as ``read``; then ``done`` is not called
        """

        def answer(error: RaftError | None) -> None:
            try:
                if error is not None:
                    error = asking.advised(self._entered(), error)
                done(self._machine.state if error is None else error)
            except Exception:  # noqa: BLE001 - the user's code; consensus must not stop for it
                _log.exception("a callback of submit_read failed")

        self._read(timeout, answer)

    def status(self) -> Status:
        """What this member knows now.

        :raises Stopped: before the node was entered
        """
        driver = self._entered()
        return status_of(driver.raft, driver.problem, driver.incompatible)

    def observe_applied(self, callback: Callable[[Command, Result], None]) -> Callable[[], None]:
        """Call back after each command applied here, at a start for those since the snapshot again.

        It must not change the state, and what it raises is logged. Returns the end of it.
        """
        self._machine.on_applied = self._applied_observers.call
        return self._applied_observers.add(callback)

    def observe_state(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when the state is another, once for all that was applied together.

        Also when a snapshot took its place, at a start or far behind others: ``observe_applied``
        does not tell of the commands in it. Returns the end of it.
        """
        self._observed = True
        return self._state_observers.add(callback)

    def observe_status(self, callback: Callable[[Status], None]) -> Callable[[], None]:
        """Call back when role, leader, term, members, suspects, links or the problem changed."""
        self._observed = True
        return self._status_observers.add(callback)

    def observe_events(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call back with each event of ``raft_core.events`` from now on. Returns the end of it.

        Events are found when the member has done what there was to do: what came and went in
        between is none. What the callback raises is logged.
        """
        self._observed = True
        if not self._event_observers and self._driver is not None:
            self._changes = Changes(self._driver)
        return self._event_observers.add(callback)

    def _entered(self) -> Driver:
        if self._driver is None:
            raise Stopped("this node is not started: enter it with async with")
        return self._driver

    def _submit(
        self, command: Command, timeout: float | None, done: Callable[[Outcome | RaftError], None]
    ) -> RequestId:
        driver = self._entered()
        limit = self.config.propose_timeout if timeout is None else timeout
        if self._metrics is not None:
            done = self._metrics.proposing(done, self._clock)
        return driver.submit(self._machine.encode_command(command), limit, done)

    def _read(self, timeout: float | None, answer: Callable[[RaftError | None], None]) -> Query:
        driver = self._entered()
        limit = self.config.propose_timeout if timeout is None else timeout
        if self._metrics is not None:
            answer = self._metrics.reading(answer, self._clock)
        return driver.read(limit, answer)

    # --- what the parts call -------------------------------------------------------------------

    def _on_peers_changed(self, peers: frozenset[NodeId]) -> None:
        self._entered().put(PeersChanged(peers))

    def _pumped(self) -> None:
        driver = self._entered()
        if driver.deadline < self._wakes_at:
            self._wake_at(driver.deadline)
        if driver.problem is not None:
            self._halted.set()
            if self._timer is not None:
                self._timer.cancel()
        if self._observed:
            self._tell(driver)

    def _tell(self, driver: Driver) -> None:
        """Tell the observers what is new."""
        if self._shown != driver.raft.applied_index:
            self._shown = driver.raft.applied_index
            self._state_observers.call()
        if self._event_observers and self._changes is not None:
            for event in self._changes.look(driver):
                self._event_observers.call(event)
        if not self._status_observers:
            return
        raft = driver.raft
        news = (
            raft.role,
            raft.leader,
            raft.term,
            raft.configuration_index,
            raft.connected,
            driver.problem,
            tuple(driver.incompatible),
            (raft.suspect, len(raft.suspects)),
        )
        if news != self._told:
            self._told = news
            self._status_observers.call(self.status())

    def _wake_at(self, deadline: float) -> None:
        """Call ``_on_timer`` then. A deadline that moves later needs no other call."""
        if self._timer is not None:
            self._timer.cancel()
        self._wakes_at = deadline
        delay = deadline - self._clock()
        loop = asyncio.get_running_loop()
        if delay > 0:
            self._timer = loop.call_later(delay, self._on_timer)
        else:
            self._timer = loop.call_soon(self._on_timer)

    def _on_timer(self) -> None:
        """Tick, unless the deadline has moved on meanwhile, as it does with each message."""
        self._timer = None
        self._wakes_at = inf
        driver = self._entered()
        if driver.deadline > self._clock():
            self._wake_at(driver.deadline)
        else:
            driver.tick()
