"""One member's consensus: its state, the one term rule, the timers, and what each step must write.

The handlers, a function a message, are in ``_follower``, ``_candidate``, ``_leader``,
``_members``, ``_transfer`` and ``_without_term``; they change the state here and nothing else. No
clock, no randomness of its own, no I/O, no await: a log of ``(now, inputs)`` replays any run.
"""

from collections.abc import Sequence
from math import inf
from random import Random

from raft_core import _candidate, _follower, _leader, _members, _snapshots, _transfer, _without_term
from raft_core._copies import on_copied
from raft_core._suspicion import Doubtful, on_leaders_word
from raft_core.config import Config
from raft_core.errors import InvariantBroken
from raft_core.io import (
    Applied,
    Asked,
    Copied,
    Input,
    Output,
    PeersChanged,
    Persisted,
    Proposed,
    ReadRequested,
    Received,
    Resolved,
    Send,
    SnapshotTaken,
    StepAside,
    Unreachable,
)
from raft_core.journal import Restored
from raft_core.log import Log
from raft_core.messages import (
    UNKNOWN,
    Acknowledged,
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    ForwardReply,
    Freed,
    InstallSnapshot,
    Message,
    OperationReply,
    RequestVote,
    SnapshotReply,
    TimeoutNow,
    VoteReply,
    WithTerm,
)
from raft_core.progress import PeerProgress
from raft_core.reads import Reads
from raft_core.snapshot import Assembly, Image, Snapshot
from raft_core.thrift import Thrift
from raft_core.types import (
    FOLLOWER,
    LEADER,
    Index,
    NodeId,
    RequestId,
    Role,
    Term,
    WriteId,
    generation_of,
    is_credible,
)
from raft_core.unsaved import Unsaved


class Raft(Doubtful):
    """The algorithm for one member. The caller feeds ``step`` and carries out what it returns.

    Attributes are for reading. After a start ``commit_index`` is what was known when it was last
    written, and ``applied_index`` is 0: the first step hands out what is to be applied again.

    :param restored: what the journal says, see ``journal.restore``
    :param rng: the only source of chance (election time-outs)
    :param now: the caller's clock in seconds; it must never go back between steps
    """

    def __init__(self, config: Config, restored: Restored, *, rng: Random, now: float) -> None:
        self.config = config
        self.rng = rng
        self.now = now
        self.node_id: NodeId = restored.node_id

        # Persistent state (figure 2), changed only by the methods below, which see to its write.
        self.term: Term = restored.term
        self.voted_for: NodeId | None = restored.voted_for
        self.log = Log(
            restored.entries, base_index=restored.base_index, base_term=restored.base_term
        )
        self.snapshot: Snapshot | None = restored.snapshot

        self.role = FOLLOWER
        self.leader: NodeId | None = None
        self.commit_index: Index = restored.commit_index
        self.applied_index: Index = 0
        self.unsaved = Unsaved(
            self.log.last_index, self.commit_index, now=now, delay=config.commit_save_delay
        )
        self.connected: frozenset[NodeId] = frozenset()

        self.image: Image | None = None
        """``snapshot`` as it travels, once a peer has needed it."""
        self.incoming: Assembly | None = None
        self.unreadable_digest: bytes | None = None
        """Of a leader's snapshot that only a later version can read."""

        self.begin_configurations(self.snapshot, restored.entries)
        self.begin_life(restored.standing)

        # A candidate's.
        self.votes: dict[NodeId, bool] = {}
        self.vote_write: WriteId = 0
        # A leader's; empty otherwise.
        self.progress: dict[NodeId, PeerProgress] = {}
        self.pending: dict[Index, tuple[NodeId, RequestId]] = {}
        self.proposed: set[tuple[NodeId, RequestId]] = set()
        self.change: _members.Change | None = None
        self.rounds: dict[NodeId, _members.Round] = {}
        self.transfer: _transfer.Transfer | None = None
        self.term_start: Index = 0
        self.uncommitted_bytes = 0
        self.heartbeat_deadline = self.notice_deadline = self.rest_deadline = inf
        self.thrift: Thrift | None = None
        self.reconsider = False

        self._sends: list[tuple[tuple[NodeId, ...], Message, bool]] = []
        self.answers: list[Answer] = []
        self.replies: list[OperationReply] = []
        self.incompatible: list[tuple[NodeId, str]] = []
        self.accepted_upto: Index | None = None
        self.accepted_round = 0
        self.reads = Reads()
        self._told = (self.role, self.configuration)
        self._begin_waiting()

    def _begin_waiting(self) -> None:
        """For a leader's word, from the start of this life."""
        # The only voter need not wait for a leader that cannot be.
        alone = self.configuration.all_voters == {self.node_id}
        # In its last life it may have promised a leader its lease.
        self.leader_heard = self.now if self.config.read_lease and not alone else -inf
        self.election_deadline = self.now if alone else self._draw_election_deadline()

    # --- the step ------------------------------------------------------------------------------

    @property
    def durable_index(self) -> Index:
        """The last entry that a crash of this member leaves."""
        return self.unsaved.durable_index

    def step(self, now: float, inputs: Sequence[Input]) -> Output:
        """Take the inputs in order, then what the time demands; say what must be done.

        An empty sequence is a tick. A step before the deadline and without inputs changes nothing.

        :raises InvariantBroken: the member must stop; its state is not to be used any more
        """
        self.now = now
        proposals: list[Proposed] = []
        for item in inputs:
            # What is no instance of a Struct's class costs six times as much to find out.
            if type(item) is Received:
                self._receive(item.sender, item.message)
            elif type(item) is Proposed:
                proposals.append(item)
            elif isinstance(item, Persisted):
                self._on_persisted(item.write_id)
            else:
                self._on_rare(item)
        if proposals:
            if self.role is LEADER:
                _leader.on_proposals(self, "", proposals)
            else:
                _follower.on_proposals(self, proposals)
        if self.role is LEADER:
            _leader.on_time(self)
        elif now >= self.election_deadline:
            _candidate.hear_nothing(self)
        return self._output()

    def _on_rare(self, item: Input) -> None:
        if isinstance(item, SnapshotTaken):
            _snapshots.on_taken(self, item)
        elif isinstance(item, ReadRequested):
            self.reads.on_asked(self, "", item.request)
        elif isinstance(item, PeersChanged):
            _leader.on_connected(self, item.connected - self.connected)
            self.connected = item.connected
            self.reconsider = True
        elif isinstance(item, Applied):
            _leader.on_applied(self, item.answers)
        elif isinstance(item, Unreachable):
            _leader.on_unreachable(self, item)
        elif isinstance(item, Asked):
            _without_term.on_asked(self, item.operation)
        elif isinstance(item, StepAside):
            _transfer.step_aside(self)
        elif isinstance(item, Copied):
            on_copied(self)
        else:
            raise TypeError(f"{item!r} is no input")

    def _receive(self, sender: NodeId, message: Message) -> None:
        if self.excluded and sender in self.excluded and sender != self.leader:
            # A leader that leaves is heard until it has handed over.
            _members.on_excluded(self, sender, message)
            return
        if type(message) is AppendReply:
            if message.term == self.term or self._accept_term(sender, message):
                _leader.on_append_reply(self, sender, message)
        elif isinstance(message, AppendEntries):
            if message.term == self.term or self._accept_term(sender, message):
                _follower.on_append_entries(self, sender, message)
        elif isinstance(message, _without_term.WITHOUT_TERM):
            _without_term.on_message(self, sender, message)
        elif message.term == self.term or self._accept_term(sender, message):
            self._on_other(sender, message)

    def _on_other(self, sender: NodeId, message: WithTerm) -> None:
        if isinstance(message, ForwardReply):
            _follower.on_forward_reply(self, sender, message)
        elif isinstance(message, RequestVote):
            _follower.on_request_vote(self, sender, message)
        elif isinstance(message, InstallSnapshot):
            _snapshots.on_install_snapshot(self, sender, message)
        elif isinstance(message, SnapshotReply):
            _snapshots.on_snapshot_reply(self, sender, message)
        elif isinstance(message, TimeoutNow):
            _transfer.on_timeout_now(self, sender)
        elif isinstance(message, Freed | Acknowledged):
            on_leaders_word(self, sender, message)
        elif isinstance(message, VoteReply):
            _candidate.on_vote_reply(self, sender, message)

    def _accept_term(self, sender: NodeId, message: WithTerm) -> bool:
        """The one term rule (paper, section 5.1). False: the message goes no further.

        A newer term makes a follower of us, with three exceptions. A pre-vote raises nobody's
        term. A vote is not even considered while a leader is heard, or a member that was cut off
        could depose it (thesis 4.2.3 and 9.6), save when that leader wants the election (3.10).
        And a granted pre-vote speaks of the term to come. A term that no election can have made is
        none. An older term changes nothing here; who awaits an answer is told ours.
        """
        if not is_credible(message.term, self.term):
            return False
        if generation_of(message.term) != generation_of(self.term):
            return _members.on_other_generation(self, sender, message)
        if message.term > self.term:
            if isinstance(message, RequestVote):
                if self.hears_leader() and not message.transfer:
                    return False
                if message.pre:
                    return True
            elif isinstance(message, VoteReply) and message.pre and message.granted:
                return True
            self.become_follower(message.term, None)
            return True
        if isinstance(message, AppendEntries):
            _follower.refuse(self, sender, message)
        elif isinstance(message, InstallSnapshot):
            reply = AppendReply(self.term, False, 0, 0, 0, 0, *self.memory)
            self.send((sender,), reply, durable=True)
        elif isinstance(message, RequestVote):
            refusal = VoteReply(self.term, False, message.pre, self.suspect)
            self.send((sender,), refusal, durable=True)
        elif isinstance(message, ForwardReply):
            _follower.take_answers(self, message.answers)
        return False

    def hears_leader(self) -> bool:
        """Whether a leader lives, as far as this member can know.

        A leader believes it of itself: check-quorum ends that belief in time. With leases one that
        was heard counts although there is a newer term: it may not know that yet (see ``lease``).
        """
        if self.role is LEADER:
            return True
        heard = self.leader is not None or self.config.read_lease > 0
        return heard and self.now - self.leader_heard < self.config.election_timeout

    # --- transitions ---------------------------------------------------------------------------

    def become_follower(self, term: Term, leader: NodeId | None) -> None:
        """Of ``term``, which is ours or newer."""
        if term > self.term:
            self.term = term
            self.voted_for = None
            self.unsaved.hard_state = True
        self.leader = leader
        if leader is not None:
            self.leave_to_leader()
        # What an earlier leader's messages matched says nothing about this one's log.
        self.accepted_upto = None
        self.accepted_round = 0
        if self.role is FOLLOWER:
            return
        if self.role is LEADER:
            self._end_leadership()
        self.role = FOLLOWER
        self.votes = {}
        self.reset_election_timer()

    def become_pre_candidate(self) -> None:
        self.role = Role.PRE_CANDIDATE
        self.leader = None
        self.votes = {self.node_id: True}
        self.reset_election_timer()

    def become_candidate(self) -> None:
        """Term and own vote change in one record; the vote counts once that is durable."""
        self.role = Role.CANDIDATE
        self.leader = None
        self.term += 1
        self.vote_for(self.node_id)
        self.votes = {}
        self.vote_write = self.unsaved.next_write

    def become_leader(self) -> None:
        if self.role is not Role.CANDIDATE:
            raise InvariantBroken(f"a {self.role} cannot become leader")
        self.role = LEADER
        self.leader = self.node_id
        self.strangers_word = inf
        self.votes = {}
        _leader.begin(self)

    def _end_leadership(self) -> None:
        self.heartbeat_deadline = self.notice_deadline = self.rest_deadline = inf
        self.thrift = None
        self.progress = {}
        # Other members' proposals need no word: they see the next leader, and ask it again.
        self.answers.extend(
            Answer(request, UNKNOWN) for origin, request in self.pending.values() if not origin
        )
        self.pending = {}
        self.proposed = set()
        # Who asked for these asks the next leader, which finds in its log how far they came.
        self.change = None
        self.transfer = None
        self.rounds = {}
        self.reads.end()

    def vote_for(self, candidate: NodeId) -> None:
        self.voted_for = candidate
        self.unsaved.hard_state = True
        self.reset_election_timer()

    def reset_election_timer(self) -> None:
        self.election_deadline = self._draw_election_deadline()

    def _draw_election_deadline(self) -> float:
        config = self.config
        return self.now + self.rng.uniform(config.election_timeout, config.election_timeout_max)

    # --- the log and what of it is durable -----------------------------------------------------

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries that follow the log's last; they become part of this step's write."""
        self.log.append(entries)
        self.adopt_configurations(entries)

    def truncate_from(self, index: Index) -> None:
        """Remove a conflicting tail.

        :raises InvariantBroken: for a committed entry (leader completeness, paper section 5.4.3)
        """
        if index <= self.commit_index:
            raise InvariantBroken(
                f"entry {index} would be truncated, but all up to {self.commit_index} are committed"
            )
        self.log.truncate_from(index)
        self.unsaved.truncated(index)
        self.forget_configurations(index)

    def install(self, snapshot: Snapshot) -> None:
        """A leader's snapshot in place of our log, which ends before it, or differs there.

        What this member had is no part of what is committed, or is in the snapshot.
        """
        self.log.reset(snapshot.index, snapshot.term)
        self.snapshot = snapshot
        self.image = None
        self.begin_configurations(snapshot, ())
        self.commit_index = snapshot.index
        self.accepted_upto = max(self.accepted_upto or 0, snapshot.index)
        self.unsaved.installed()

    def _on_persisted(self, write_id: WriteId) -> None:
        self.unsaved.persisted(write_id, self.now)
        if self.role is LEADER and self.unsaved.is_awaited(self):
            _leader.advance_commit(self)
        elif self.role is Role.CANDIDATE and write_id >= self.vote_write:
            _candidate.on_vote(self, self.node_id, granted=True)

    # --- the output ----------------------------------------------------------------------------

    def send(self, to: tuple[NodeId, ...], message: Message, *, durable: bool = False) -> None:
        """Put a message into this step's output; ``durable``: it waits for the newest write."""
        self._sends.append((to, message, durable))

    def unsay(self) -> None:
        """Send nothing of what this step was to send so far, as if it got lost."""
        self._sends.clear()

    def answer(self, origin: NodeId, answers: Sequence[Answer]) -> None:
        """Tell the proposer, this member ("") or another."""
        if not origin:
            self.answers.extend(answers)
            return
        self.send((origin,), ForwardReply(self.term, 0, tuple(answers)), durable=True)

    def reply(self, origin: NodeId, reply: OperationReply) -> None:
        """Tell who asked for an operation, somebody at this member ("") or at another."""
        if origin:
            self.send((origin,), reply)
        else:
            self.replies.append(reply)

    def _output(self) -> Output:
        if self.commit_index >= self.unsettled:
            self.settle()
        if self.excluded and self.node_id in self.excluded and self.role is not LEADER:
            self.removed = True
        if self.accepted_upto is not None:
            self._accept(self.accepted_upto)
        unsaved = self.unsaved
        out = Output(inf, unsaved.write(self))
        if self._sends:
            newest = unsaved.last_write
            out.sends = [
                Send(to, message, newest if durable else 0) for to, message, durable in self._sends
            ]
            self._sends.clear()
        self._collect_applicable(out)
        if self.reads.confirmed:
            out.reads = self.reads.valid(self.applied_index)
        if self.answers:
            out.answers = self.answers
            self.answers = []
        if self.replies:
            out.replies = self.replies
            self.replies = []
        if self.incompatible:
            out.incompatible = self.incompatible
            self.incompatible = []
        role, told = self._told
        configuration = self.configuration
        if self.role is not role or configuration is not told:
            out.role = self.role if self.role is not role else None
            out.configuration = configuration if configuration != told else None
            self._told = (self.role, configuration)
        deadline = unsaved.save_deadline
        if self.role is LEADER:
            out.deadline = min(
                self.heartbeat_deadline, self.notice_deadline, self.rest_deadline, deadline
            )
        elif self.leader is not None or self.campaigns():
            out.deadline = min(self.election_deadline, deadline)
        else:
            out.deadline = deadline
        return out

    def _accept(self, upto: Index) -> None:
        """One answer for all that one leader sent into this step: the last covers the others."""
        if self.role is FOLLOWER and self.leader is not None:
            reply = AppendReply(self.term, True, upto, 0, 0, self.accepted_round, *self.memory)
            self.send((self.leader,), reply, durable=True)
        self.accepted_upto = None
        self.accepted_round = 0

    def _collect_applicable(self, out: Output) -> None:
        """Committed, and durable here: what a crash cannot take back from this member's state."""
        if self.incoming is not None and self.incoming.index <= self.commit_index:
            self.incoming = None  # The entries came otherwise.
        limit = min(self.commit_index, self.durable_index)
        if limit <= self.applied_index:
            return
        if self.snapshot is not None and self.applied_index < self.snapshot.index:
            out.install = self.snapshot
            self.applied_index = self.snapshot.index
        entries = self.log.slice(self.applied_index + 1, limit + 1)
        self.applied_index = limit
        out.apply = entries
        if self.role is not LEADER:
            return
        pending = self.pending
        resolved = []
        for entry in entries:
            self.uncommitted_bytes -= len(entry.data)
            if entry.index in pending:
                proposer = pending.pop(entry.index)
                self.proposed.discard(proposer)
                resolved.append(Resolved(entry.index, *proposer))
        out.resolved = resolved
