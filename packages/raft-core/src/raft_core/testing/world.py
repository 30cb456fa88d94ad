"""The simulated world: members, network, faults and callers on virtual time, all from one seed."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from math import inf
from random import Random

import msgspec

from raft_core.codec import Step, decode_message, encode_record
from raft_core.errors import JournalDamaged, RaftError
from raft_core.io import Input, Output, PeersChanged, Persisted, ReadRequested, Received
from raft_core.journal import FOUNDING_TERM, first_record, founding_record
from raft_core.membership import Configuration, encode_configuration
from raft_core.messages import CONFIGURATION, Entry
from raft_core.raft import Raft
from raft_core.testing.callers import Callers
from raft_core.testing.copying import Copying
from raft_core.testing.eras import Era
from raft_core.testing.faults import Faults
from raft_core.testing.forgetting import Forgetting, Stuck
from raft_core.testing.invariants import Invariants, InvariantViolated
from raft_core.testing.invariants.exactly_once import ExactlyOnce
from raft_core.testing.invariants.linearizability import Linearizability
from raft_core.testing.ledger import Note
from raft_core.testing.member import SimulatedMember
from raft_core.testing.network import Network
from raft_core.testing.operators import Operators
from raft_core.testing.profiles import NARROW, Profile
from raft_core.testing.readers import Readers
from raft_core.testing.recoveries import Recoveries
from raft_core.testing.schedule import Schedule
from raft_core.testing.storage import SimulatedStorage
from raft_core.testing.tracing import summary_of, text_of
from raft_core.testing.troubles import Troubles
from raft_core.testing.view import Durable, MemberView
from raft_core.types import NodeId, Role, generation_of

Trace = Callable[[str], None]

_PATIENCE = 5000
"""Steps without faults within which everything must settle: messages must not go round for ever."""


class SimulatedWorld:
    """One history. ``run`` it once; it raises ``InvariantViolated`` where it breaks a property."""

    def __init__(
        self,
        seed: int,
        profile: Profile,
        *,
        trace: Trace | None = None,
        only: Collection[str] | None = None,
    ) -> None:
        """``only``: the troubles that may happen, see ``troubles``; None: all."""
        rng = Random(f"{seed} {profile.name}")
        self.profile = profile
        self.trace = trace
        self.schedule = Schedule()
        self.steps = 0
        self.counts: Counter[str] = Counter()
        """What happened how often."""
        self.faulty = True
        self.violation: InvariantViolated | None = None
        """The first one. Whoever runs the world raises it: a driver would take it for its own."""
        self._rng = rng
        self.troubles = Troubles(seed, only, partial(self._say, "trouble"))
        self._alive: dict[NodeId, MemberView] = {}
        self._durable: dict[NodeId, Durable] = {}
        self.invariants = Invariants(self._alive, self._durable)
        self.eras = [Era()]
        """What callers see of each generation."""
        self.network = Network(
            self.schedule,
            profile,
            self.troubles,
            deliver=self._deliver,
            peers_changed=self._peers_changed,
            is_frozen=lambda name: self.members[name].frozen,
        )
        self.members: dict[NodeId, SimulatedMember] = {}
        self.gone: set[NodeId] = set()
        """Those who never start again."""
        self._wakes_at: dict[NodeId, float] = {}
        self._ahead: dict[NodeId, float] = {}
        """How much later it is for each member."""
        self._rates: dict[NodeId, float] = {}
        """How fast each member's clock runs."""
        self._chances: dict[NodeId, Random] = {}
        self.config = profile.config
        if rng.random() < profile.narrow:
            self.config = msgspec.structs.replace(self.config, **NARROW)
        if Random(f"{seed} thrifty").random() < profile.thrifty:
            self.config = msgspec.structs.replace(self.config, thrifty=True)
        self._few_clients = rng.random() < profile.few_clients
        size = profile.members + rng.randint(0, profile.spare_members)
        for name in "abcdefghijklmno"[:size]:
            self._make_member(name, Random(f"{seed} {name}"))
        self.callers = Callers(self, Random(f"{seed} callers"))
        self._faults = Faults(self)
        self.forgetting = Forgetting(self)
        self.copying = Copying(self)
        self.operators = Operators(self)
        self.recoveries = Recoveries(self)
        self.readers = Readers(self, Random(f"{seed} readers"))
        self._begin()

    # --- the beginning ---------------------------------------------------------------------------

    def _make_member(self, name: NodeId, rng: Random) -> None:
        profile = self.profile
        storage = SimulatedStorage(
            name,
            self.schedule,
            Random(rng.random()),
            may_tear=rng.random() < profile.tear,
        )
        if rng.random() < profile.asynchronous:
            storage.delay = self._write_delay(name, Random(rng.random()))
        storage.forgetful = bool(profile.forgetful) and rng.random() < profile.forgetful
        self.members[name] = SimulatedMember(name, self.config, storage, self, rng)
        self.members[name].counts_starts = bool(profile.copy_every)
        if self._few_clients:
            self.members[name].max_clients = 1
        self._durable[name] = storage.durable
        self._wakes_at[name] = inf
        self._ahead[name] = 0.0
        self._rates[name] = self._rate(name)
        self._chances[name] = self.troubles.chance(f"timers.{name}")

    def _rate(self, name: NodeId) -> float:
        drift, trouble = self.profile.drift, f"clock.{name}"
        if not drift or not self.troubles.happens(trouble):
            return 1.0
        return 1.0 + self.troubles.chance(trouble).choice((-drift, drift))

    def _write_delay(self, name: NodeId, rng: Random) -> Callable[[], float]:
        def delay() -> float:
            if name in self._faults.stalled_storages:
                return rng.uniform(1.0, 3.0) * self.profile.slow_storage_length
            slow = name in self._faults.slow_storages
            return rng.expovariate(
                1 / (self.profile.slow_write_delay if slow else self.profile.write_delay)
            )

        return delay

    def _begin(self) -> None:
        """A founder alone and others who come later, or a cluster that has its voters already."""
        names = list(self.members)
        voters: list[NodeId] = names[:1]
        if self._rng.random() < self.profile.established:
            voters = names[: self.profile.config.target_size]
        data = encode_configuration(Configuration.of(voters))
        beginning = Step(2, FOUNDING_TERM, None, 0, (Entry(1, FOUNDING_TERM, CONFIGURATION, data),))
        for name in names:
            storage = self.members[name].storage
            storage.store(first_record(name))
            if name in voters:
                alone = len(voters) == 1
                storage.store(founding_record(name) if alone else encode_record(beginning))
            when = self._rng.random() * (0.1 if name in voters else 1.5)
            self.schedule.at(when, self.start, name)

    def newcomer(self, when: float) -> None:
        """A member that never was before starts so many seconds from now."""
        name = "abcdefghijklmnopqrstuvwxyz"[len(self.members)]
        self._make_member(name, Random(f"{self.troubles.seed} {name}"))
        self.members[name].storage.store(first_record(name))
        self.schedule.after(when, self.start, name)

    # --- the run -------------------------------------------------------------------------------

    def run(self, steps: int) -> None:
        """So many steps with faults; then everything heals, and all that was promised is demanded.

        :raises InvariantViolated: a property is broken
        """
        self.callers.begin()
        self.readers.begin()
        self.operators.begin()
        self.recoveries.begin()
        self._faults.begin()
        while self.steps < steps:
            self._run_next()
        self._heal()
        try:
            self._demand_progress()
        except Stuck:
            self.counts["stuck"] += 1

    def _demand_progress(self) -> None:
        """Nothing goes wrong any more: all members become one again, and serve their callers."""
        self._run_until(self._is_settled, "all members have one log, applied", 60.0)
        self.callers.write_everywhere()
        self._run_until(
            lambda: not self.callers.open, "new writes at every member are acknowledged", 60.0
        )
        self.readers.read_everywhere()
        self._run_until(lambda: not self.readers.open, "reads at every member are answered", 60.0)
        self._run_until(self._is_settled, "all members have applied the last writes", 60.0)
        self._check_ledgers()

    def _heal(self) -> None:
        self._say("heal")
        self.faulty = False
        self.network.heal()
        self._faults.heal()
        self.callers.end()
        self.readers.end()
        self.operators.end()
        self.recoveries.end()
        for name, member in self.members.items():
            if not member.runs and name not in self.gone:
                self.crash(name)
                self.start(name)
            self._thaw(name, member.life)

    def _run_until(self, holds: Callable[[], bool], what: str, limit: float) -> None:
        deadline = self.schedule.now + limit
        last_step = self.steps + _PATIENCE
        while not holds():
            if self.schedule.next_time > deadline or self.steps > last_step:
                if self.forgetting.is_stuck:
                    raise Stuck
                raise InvariantViolated(
                    "progress", f"within {limit} s without faults this did not come: {what}"
                )
            self._run_next()

    def _run_next(self) -> None:
        self.schedule.run_next()
        if self.violation is not None:
            raise self.violation

    def _is_settled(self) -> bool:
        rafts = [self.members[name].raft for name in self.members if name not in self.gone]
        leader = max((raft for raft in rafts if raft is not None), key=lambda raft: raft.term)
        leaders = [raft for raft in rafts if raft is not None and raft.role is Role.LEADER]
        if len(leaders) != 1 or leaders[0].term != leader.term:
            return False
        leader = leaders[0]
        configuration = leader.configuration
        there = set(self.members) - self.gone - set(configuration.excluded)
        target = min(configuration.target_size or self.config.target_size, len(there))
        last = leader.log.last_index
        return (
            not configuration.is_joint
            and len(configuration.voters) >= (target - 1) // 2 * 2 + 1
            and configuration.members == there
            and all(
                raft is not None
                and (
                    raft.applied_index == last and not raft.suspect
                    if raft.node_id in there
                    else raft.removed
                )
                for raft in rafts
            )
        )

    def _check_ledgers(self) -> None:
        order = self.exactly_once.order
        for name, member in self.members.items():
            if name in self.gone:
                continue
            removed = member.raft is not None and member.raft.removed
            names = member.ledger.names
            if names != (order[: len(names)] if removed else order):
                raise InvariantViolated("exactly once", f"{name} ends with another list than all")
        for era in self.eras:
            era.end()
            self.counts["histories not judged"] += era.linearizability.gave_up

    # --- faults and callers use these -----------------------------------------------------------

    @property
    def exactly_once(self) -> ExactlyOnce:
        """Of the newest generation."""
        return self.eras[-1].exactly_once

    @property
    def linearizability(self) -> Linearizability:
        """Of the first generation that is not linearizable; else of the newest."""
        return next((era for era in self.eras if era.is_broken), self.eras[-1]).linearizability

    def era_of(self, name: NodeId) -> Era:
        """What the callers of this member see; one that was in no cluster yet joins the newest."""
        raft = self.members[name].raft
        return self.eras[generation_of(raft.term) if raft is not None and raft.term else -1]

    @property
    def now(self) -> float:
        return self.schedule.now

    @property
    def leaders(self) -> list[NodeId]:
        """Those who believe to lead."""
        return [name for name, view in self._alive.items() if view.role is Role.LEADER]

    def start(self, name: NodeId) -> None:
        """A new life of a member that is down."""
        member = self.members[name]
        if member.raft is None and name not in self.gone:
            self._say("start", name)
            self._wakes_at[name] = inf
            try:
                raft = member.start()
            except JournalDamaged as error:
                self._refused(member, error)
                return
            if member.storage.damaged is not None:
                raise InvariantViolated("damage", f"{name} starts with a flipped byte")
            self._alive[name] = raft
            self.invariants.started(raft, member.storage.durable)
            self.network.up(name, member.life)
            self.copying.started(raft)
            member.tick()

    def _refused(self, member: SimulatedMember, error: RaftError) -> None:
        """A member does not start with a damaged journal, and says which record it is."""
        storage = member.storage
        if storage.damaged is None or storage.damage_name not in str(error):
            raise InvariantViolated("damage", f"{member.node_id} does not start: {error}")
        self.note("damage found", member.node_id)

    def jump(self, name: NodeId, length: float) -> None:
        """It is so much later for this member, from now on."""
        self._ahead[name] += length
        self._wakes_at[name] = inf
        member = self.members[name]
        if member.runs and not member.frozen and member.deadline < inf:
            self._set_timer(member, member.deadline)

    def crash(self, name: NodeId, *, clean: bool = False) -> None:
        """The end of a life. Of a clean one nothing is forgotten that was durable."""
        member = self.members[name]
        if member.raft is not None:
            self._say("crash", name)
            self.network.down(name)
            forgetting = not clean and self.forgetting.comes(member)
            self.counts["forgets"] += forgetting
            member.stop(forgets=forgetting)
            del self._alive[name]

    def pause(self, name: NodeId, length: float) -> None:
        """No steps of this member for a while; what comes gathers."""
        member = self.members[name]
        if member.runs and not member.frozen:
            member.freeze()
            self.schedule.after(length, self._thaw, name, member.life)

    def _thaw(self, name: NodeId, life: int) -> None:
        member = self.members[name]
        if member.life == life and member.frozen:
            self._wakes_at[name] = inf
            member.thaw()

    # --- what members need (see member.World) ---------------------------------------------------

    def clock(self, name: NodeId) -> float:
        """What time it is for this member."""
        return self.schedule.now * self._rates[name] + self._ahead[name]

    def _time_of(self, name: NodeId, clock: float) -> float:
        """The world's time when it is that for this member."""
        return (clock - self._ahead[name]) / self._rates[name]

    def send(self, member: SimulatedMember, to: NodeId, payload: bytes) -> bool:
        sent = self.network.send(member.node_id, to, payload)
        if sent:
            message = decode_message(payload)
            try:
                self.invariants.transmitted(member.storage.durable, to, message)
            except InvariantViolated as violation:
                self._violated(violation)
            if self.trace is not None:
                self._say("send", member.node_id, to, message)
        return sent

    def stepped(
        self, member: SimulatedMember, raft: Raft, inputs: Sequence[Input], output: Output
    ) -> None:
        self.steps += 1
        if self.profile.forgetful or self.profile.copy_every:
            self.forgetting.look(raft)
            self.copying.look(raft)
        if self.trace is not None:
            self._say("step", member.node_id, summary_of(raft), *map(text_of, inputs))
        if output.role is Role.LEADER:
            self.counts["leaders"] += 1
        if output.reads and any(_answers_at_once(output, item) for item in inputs):
            self.counts["read at once"] += len(raft.configuration.all_voters) > 1
        if output.install is not None:
            # At its start a member installs its own.
            from_leader = any(isinstance(item, Received | Persisted) for item in inputs)
            self.counts["snapshots installed"] += from_leader
        try:
            self.invariants.stepped(raft, output)
        except InvariantViolated as violation:
            self._violated(violation)

    def applied(self, member: SimulatedMember, command: Note, result: int) -> None:
        with self.watching():
            self.era_of(member.node_id).applied(member.node_id, command.name, result)

    def acknowledged(self, member_name: NodeId, name: int, place: int) -> None:
        """A caller got the result of its command."""
        with self.watching():
            self.era_of(member_name).acknowledged(name, place)
            self.readers.acknowledged()

    def denied(self, member_name: NodeId, name: int) -> None:
        """A caller was told that its command is not applied."""
        with self.watching():
            self.era_of(member_name).denied(name)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A property that breaks in here is this history's violation."""
        try:
            yield
        except InvariantViolated as violation:
            self._violated(violation)

    def pumped(self, member: SimulatedMember) -> None:
        driver = member.driver
        assert driver is not None
        if driver.problem is not None and not member.is_excused(driver.problem):
            self._violated(InvariantViolated("running", f"{member.node_id}: {driver.problem}"))
        if driver.raft.removed and self.era_of(member.node_id) is not self.eras[-1]:
            self.recoveries.learned(member)
        if self._time_of(member.node_id, driver.deadline) < self._wakes_at[member.node_id]:
            self._set_timer(member, driver.deadline)

    def _violated(self, violation: InvariantViolated) -> None:
        if self.violation is None:
            self.violation = violation

    # --- what the network and the clock do ------------------------------------------------------

    def _deliver(self, receiver: NodeId, sender: NodeId, payload: bytes) -> None:
        member = self.members[receiver]
        chance = self._chances[receiver]
        busy, length = chance.random(), chance.random() * 0.01
        if self.faulty and busy < self.profile.busy and self.troubles.happens("busy"):
            self.pause(receiver, length)
        if receiver in self.copying.unaware:
            self.copying.receives(receiver, payload)
        member.deliver(sender, payload)

    def _peers_changed(self, name: NodeId, peers: frozenset[NodeId]) -> None:
        self._say("peers", name, sorted(peers))
        self.copying.linked(name, peers)
        self.members[name].put(PeersChanged(peers))

    def _set_timer(self, member: SimulatedMember, deadline: float) -> None:
        """Timers are late; in a hidden window they wait for the next whole second."""
        profile, name = self.profile, member.node_id
        chance = self._chances[name]
        late, throttled = chance.expovariate(1 / profile.timer_late), chance.random()
        time = self._time_of(name, deadline) + late
        throttles = self.faulty and throttled < profile.timer_throttled
        if throttles and self.troubles.happens("throttled"):
            time = float(int(time) + 1)
        time = max(time, self.schedule.now)
        self._wakes_at[name] = time
        self.schedule.at(time, self._on_timer, member, member.life, time)

    def _on_timer(self, member: SimulatedMember, life: int, time: float) -> None:
        if member.life != life or member.raft is None or self._wakes_at[member.node_id] != time:
            return
        self._wakes_at[member.node_id] = inf
        if member.frozen:
            self._wakes_at[member.node_id] = -inf  # the thaw ticks, and sets the next timer
            member.tick()
            return
        early = self._chances[member.node_id].random() < self.profile.timer_early
        if self.clock(member.node_id) >= member.deadline or early:
            member.tick()
        if self._time_of(member.node_id, member.deadline) < self._wakes_at[member.node_id]:
            self._set_timer(member, member.deadline)

    def _say(self, what: str, *about: object) -> None:
        if self.trace is not None:
            self.trace(f"{self.schedule.now:.6f} {what} " + " ".join(map(str, about)))

    def note(self, what: str, *about: object) -> None:
        """A fault or a caller did something: count it, and trace it."""
        self.counts[what] += 1
        self._say(what, *about)


def _answers_at_once(output: Output, item: Input) -> bool:
    """A question that needed no round: by a lease, or without peers."""
    return isinstance(item, ReadRequested) and item.request in output.reads
