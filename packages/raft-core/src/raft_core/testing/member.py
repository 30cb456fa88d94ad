"""One member in a simulated world: the real driver on virtual time. It can freeze and crash."""

from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from random import Random
from typing import Protocol

from msgspec.structs import replace

from raft_core.config import Config
from raft_core.driver import Driver
from raft_core.errors import RaftError
from raft_core.io import Input, Output, Proposed
from raft_core.journal import Restored, restore
from raft_core.machine import Machine
from raft_core.proposals import Proposals
from raft_core.raft import Raft
from raft_core.sessions import MAX_CLIENTS, Outcome
from raft_core.testing.invariants import InvariantViolated
from raft_core.testing.ledger import Ledger, Note
from raft_core.testing.offline import OfflineStorage, count_start
from raft_core.testing.storage import Done, SimulatedStorage
from raft_core.types import NodeId


class World(Protocol):
    """What a member needs of its surroundings."""

    def clock(self, name: NodeId) -> float:
        """What time it is for this member: never earlier than before."""
        ...

    def send(self, member: "SimulatedMember", to: NodeId, payload: bytes) -> bool:
        """As ``Transport.send``."""
        ...

    def stepped(
        self, member: "SimulatedMember", raft: Raft, inputs: Sequence[Input], output: Output
    ) -> None:
        """After each step, before anything of the output is carried out."""
        ...

    def pumped(self, member: "SimulatedMember") -> None:
        """The member has done what there was to do; its deadline may have changed."""
        ...

    def applied(self, member: "SimulatedMember", command: Note, result: int) -> None: ...
    def note(self, what: str, *about: object) -> None:
        """Something happened that a report should count."""
        ...


class _WatchedRaft(Raft):
    """Shows every step to the world."""

    member: "SimulatedMember"
    world: World

    def step(self, now: float, inputs: Sequence[Input]) -> Output:
        output = super().step(now, inputs)
        self.world.stepped(self.member, self, inputs, output)
        return output


class _WatchedProposals(Proposals):
    """Shows the world what is proposed again: a client that was not answered."""

    world: World

    def again(self, now: float) -> list[Proposed]:
        return self._show(super().again(now))

    def due(self, now: float) -> list[Proposed]:
        return self._show(super().due(now))

    def _show(self, again: list[Proposed]) -> list[Proposed]:
        for proposed in again:
            self.world.note("proposed again", self.client, proposed.request)
        return again


class _FreezableDriver(Driver):
    """Lets its inputs gather while it is frozen, then takes them in one step."""

    frozen = False
    _ticked = False

    def thaw(self) -> None:
        self.frozen = False
        self._pump(tick=self._ticked)

    def _pump(self, *, tick: bool = False) -> None:
        if self.frozen:
            self._ticked = self._ticked or tick
        else:
            self._ticked = False
            super()._pump(tick=tick)


class _LifesStorage:
    """The storage as one life of a member sees it: nothing of it reaches a later life.

    :param waiting: where the news for a frozen member gather
    """

    def __init__(self, member: "SimulatedMember", waiting: list[Callable[[], None]]) -> None:
        self._member = member
        self._life = member.life
        self._waiting = waiting

    def append(self, record: bytes, done: Done, *, vital: bool) -> None:
        self._member.storage.append(record, partial(self._done, done), vital=vital)

    def checkpoint(self, record: bytes, done: Done) -> None:
        self._member.storage.checkpoint(record, partial(self._done, done))

    def _done(self, done: Done, error: Exception | None) -> None:
        if self._member.life != self._life or self._member.driver is None:
            return  # nobody is there any more to be told
        if self._member.frozen:
            self._waiting.append(partial(done, error))
        else:
            done(error)


class SimulatedMember:
    """A member over all its lives. ``driver`` is None while it is down."""

    def __init__(
        self, node_id: NodeId, config: Config, storage: SimulatedStorage, world: World, rng: Random
    ) -> None:
        self.node_id = node_id
        self.config = config
        self.storage = storage
        self.life = 0
        self.driver: _FreezableDriver | None = None
        self.ledger = Ledger()
        self.max_clients = MAX_CLIENTS
        """Sessions that are kept: the same for all members of a world."""
        self.counts_starts = False
        """Its journal does, as with a transport that notices that a member runs twice."""
        self._world = world
        self._rng = rng
        self._waiting: list[Callable[[], None]] = []
        self._machine: Machine[Note, int] = Machine(self.ledger)

    @property
    def raft(self) -> Raft | None:
        """What the member knows; also when it has halted. None while it is down."""
        return None if self.driver is None else self.driver.raft

    @property
    def runs(self) -> bool:
        """Whether it is up and takes part."""
        return self.driver is not None and self.driver.problem is None

    def is_excused(self, problem: str) -> bool:
        """Whether it may stop for this: its storage refused, or it was removed; and it says so."""
        raft = self.raft
        return (self.storage.refusing and problem.startswith("the storage refused a write")) or (
            raft is not None and raft.removed and "was removed from the cluster" in problem
        )

    @property
    def frozen(self) -> bool:
        return self.driver is not None and self.driver.frozen

    @property
    def has_forgotten(self) -> bool:
        """Whether it had more clients than it keeps sessions."""
        return self._machine.sessions.horizon > 0

    @property
    def deadline(self) -> float:
        return inf if self.driver is None else self.driver.deadline

    # --- life ----------------------------------------------------------------------------------

    def start(self) -> Raft:
        """Begin a life with what is in the journal. Nothing happens before ``tick``.

        :raises InvariantViolated: the journal restores to something else than was made durable
        """
        storage = self.storage
        restored = restore(storage.load(), self.node_id)
        if restored.torn:
            storage.drop_last()
        self._compare(restored)
        if self.counts_starts:
            offline = OfflineStorage(storage.load, storage.store, storage.drop_last)
            count_start(offline, restored, f"{self._rng.getrandbits(64):016x}")
        self.life += 1
        self.ledger = Ledger()
        self._machine = Machine(self.ledger, max_clients=self.max_clients)
        self._machine.on_applied = partial(self._world.applied, self)
        clock = partial(self._world.clock, self.node_id)
        raft = _WatchedRaft(self.config, restored, rng=self._rng, now=clock())
        raft.member = self
        raft.world = self._world
        self.driver = _FreezableDriver(
            self.config,
            raft,
            self._machine,
            self._new_proposals(),
            restored=restored,
            storage=_LifesStorage(self, self._waiting),
            send=partial(self._world.send, self),
            clock=clock,
            pumped=partial(self._world.pumped, self),
        )
        return raft

    def stop(self, *, forgets: bool = False) -> None:
        """End the life as a crash does: nobody is told, and what is not durable may be lost.

        :param forgets: so may what was durable, and is not vital
        """
        self.driver = None
        self._waiting.clear()
        self.storage.crash(forgets=forgets)

    def _compare(self, restored: Restored) -> None:
        durable = self.storage.durable
        standing = durable.standing
        if self.storage.suspect:
            standing = replace(standing, life=max(standing.life, standing.start) + 1, suspect=True)
        if (
            restored.standing != standing
            or (restored.term, restored.voted_for) != (durable.term, durable.voted_for)
            or (restored.base_index, restored.entries) != (durable.base_index, durable.entries)
            or restored.snapshot != durable.snapshot
        ):
            raise InvariantViolated(
                "restart", f"{self.node_id} restored something else than was durable"
            )

    def _new_proposals(self) -> Proposals:
        client = f"{self.node_id}.{self.life}"
        proposals = _WatchedProposals.under(self.config, client, first=self._rng.getrandbits(47))
        proposals.world = self._world
        return proposals

    # --- what happens to it --------------------------------------------------------------------

    def deliver(self, sender: NodeId, payload: bytes) -> None:
        """Bytes from the network."""
        if self.driver is not None:
            self.driver.deliver(sender, payload)

    def put(self, item: Input) -> None:
        """An input of the world's."""
        if self.driver is not None:
            self.driver.put(item)

    def tick(self) -> None:
        """A timer fired, early or late."""
        if self.driver is not None:
            self.driver.tick()

    def take_snapshot(self) -> None:
        """Somebody wants one now."""
        if self.driver is not None:
            self.driver.want_snapshot()

    def submit(self, name: int, done: Callable[[Outcome | RaftError], None]) -> None:
        """A caller of this member wants the command with this name. Duty: it ``runs``."""
        assert self.driver is not None
        data = self._machine.encode_command(Note(name))
        self.driver.submit(data, self.config.propose_timeout, done)

    def read(self, answer: Callable[[RaftError | None], None]) -> None:
        """A caller of this member wants to know what is true now. Duty: it ``runs``."""
        assert self.driver is not None
        self.driver.read(self.config.propose_timeout, answer)

    def place_of(self, outcome: Outcome) -> int:
        """The result of a command."""
        return self._machine.result(outcome)

    def freeze(self) -> None:
        """Take no step until ``thaw``."""
        if self.driver is not None:
            self.driver.frozen = True

    def thaw(self) -> None:
        """Go on, with all that has come meanwhile."""
        if self.driver is not None and self.driver.frozen:
            self.driver.thaw()
            waiting = self._waiting.copy()
            self._waiting.clear()
            for done in waiting:
                done()
