"""The runs of one member, one at a time: for the page's buttons and its hook for programs alike."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Struct

from bench.load import Load, Phase, Scheduler, Target
from bench.plan import Plan
from bench.result import Environment, Result, Standing, latency, operations
from bench.timeline import ELECTION, ERROR, HIDDEN, LEADER, VISIBLE
from bench.verdict import judge
from raft_core.events import Event, Halted, LeaderChanged, RoleChanged
from raft_core.types import Role

if TYPE_CHECKING:
    from raft_core import Config, Status


class Subject(Target, Protocol):
    """The member that is measured; a `raft_web.app.FullMember` is one."""

    @property
    def state(self) -> Any: ...
    @property
    def status(self) -> Status: ...
    @property
    def config(self) -> Config: ...
    def observe_events(self, callback: Callable[[Event], None]) -> Callable[[], None]: ...


class AlreadyRunning(RuntimeError):
    """One run at a time: stop the other first."""


class RunStatus(Struct, frozen=True, kw_only=True):
    """How far a run is."""

    running: bool = False
    phase: str = Phase.OVER
    """One of "warming up", "measuring", "draining", "over"."""
    seconds: float = 0.0
    """Measured so far."""
    acknowledged: int = 0
    """While it measured, writes and reads, up to the last point."""
    under_way: int = 0
    errors: int = 0


class Runner:
    """Starts and stops runs of `subject`.

    :param wall: the day and time, UTC
    """

    def __init__(
        self,
        subject: Subject,
        scheduler: Scheduler | None = None,
        environment: Environment | None = None,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._subject = subject
        self._scheduler = scheduler or asyncio.get_running_loop()
        self._environment = environment or Environment()
        self._wall = wall
        self._run: _Run | None = None
        self._hidden = False
        self.result: Result | None = None
        """Of the last run that ended."""

    @property
    def load(self) -> Load | None:
        """What the run under way does and has measured: its phase, timeline and counts."""
        return None if self._run is None else self._run.load

    def start(self, plan: Plan, done: Callable[[Result], None]) -> None:
        """Begin a run; `done` gets what came of it.

        :raises AlreadyRunning: the last one has not ended
        :raises Stopped: the member has never been started
        """
        if self._run is not None:
            raise AlreadyRunning("a run is under way: stop it first")

        def ended() -> None:
            self._run = None
            self.result = run.result()
            done(self.result)

        load = Load(self._subject, plan, self._scheduler, ended, tag=secrets.token_hex(4))
        started = self._wall().isoformat(timespec="milliseconds")
        run = self._run = _Run(
            load, self._subject, self._environment, started, self._clock, hidden=self._hidden
        )
        load.start()

    def stop(self) -> None:
        """End the run, if there is one: its `done` gets what there is."""
        if self._run is not None:
            self._run.load.stop()

    def status(self) -> RunStatus:
        """How far it is."""
        load = self.load
        if load is None:
            return RunStatus()
        return RunStatus(
            running=True,
            phase=load.phase,
            seconds=load.seconds,
            acknowledged=load.measured.acknowledged,
            under_way=load.under_way,
            errors=load.measured.failed,
        )

    def visibility_changed(self, *, hidden: bool) -> None:
        """The window is hidden now, or no longer."""
        self._hidden = hidden
        if self._run is not None:
            self._run.visibility_changed(hidden=hidden)

    def _clock(self) -> float:
        return self._scheduler.time()


class _Run:
    """One run, what happened meanwhile, and what there was before."""

    def __init__(
        self,
        load: Load,
        subject: Subject,
        environment: Environment,
        started: str,
        clock: Callable[[], float],
        *,
        hidden: bool,
    ) -> None:
        self.load = load
        self._subject = subject
        self._environment = environment
        self._started = started
        self._clock = clock
        self._hidden_at_start = hidden
        self._visibility_changes = 0
        self._elections = 0
        self._before = _standing(subject)
        self._stop_watching = subject.observe_events(self._on_event)

    def visibility_changed(self, *, hidden: bool) -> None:
        self._visibility_changes += 1
        self._mark(HIDDEN if hidden else VISIBLE, "")

    def _on_event(self, event: Event) -> None:
        if isinstance(event, LeaderChanged):
            if event.leader is None:
                self._mark(ELECTION, f"no leader is known in term {event.term}")
            else:
                self._elections += 1
                self._mark(LEADER, f"{event.leader} leads in term {event.term}")
        elif isinstance(event, RoleChanged):
            if event.role in {Role.PRE_CANDIDATE, Role.CANDIDATE}:
                self._mark(ELECTION, f"this member asks for votes in term {event.term}")
        elif isinstance(event, Halted):
            self._mark(ERROR, event.problem)

    def _mark(self, kind: str, text: str) -> None:
        self.load.timeline.mark(self._clock(), kind, text)

    def result(self) -> Result:
        """All of it; the run is over."""
        self._stop_watching()
        load, timeline = self.load, self.load.timeline
        seconds = load.seconds
        return Result(
            plan=load.plan,
            started=self._started,
            ended=load.reason,
            seconds=seconds,
            writes=operations(load.measured.writes, seconds),
            reads=operations(load.measured.reads, seconds),
            errors=load.measured.errors,
            outside_writes=load.outside.writes.count,
            outside_reads=load.outside.reads.count,
            outside_errors=load.outside.errors,
            unknown=load.under_way,
            unbegun=load.unbegun,
            lateness=latency(load.lateness),
            elections=self._elections,
            hidden_at_start=self._hidden_at_start,
            visibility_changes=self._visibility_changes,
            interval=timeline.interval,
            points=timeline.points,
            marks=timeline.marks,
            marks_left_out=timeline.marks_left_out,
            verdict=judge(load.history.operations, load.begun),
            environment=self._environment,
            settings=msgspec.to_builtins(self._subject.config),
            before=self._before,
            after=_standing(self._subject),
        )


def _standing(subject: Subject) -> Standing:
    status, state = subject.status, subject.state
    return Standing(
        node_id=status.node_id,
        role=status.role,
        term=status.term,
        leader=status.leader,
        voters=status.voters,
        connected=status.connected,
        last_log_index=status.last_log_index,
        commit_index=status.commit_index,
        snapshot_index=status.snapshot_index,
        writes=state.writes,
        problem=status.problem,
    )
