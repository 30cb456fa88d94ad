"""What several of these tests need: logs by their terms, and one member in a situation."""

from collections.abc import Iterable, Sequence
from math import inf
from random import Random
from typing import TypeVar
from zlib import crc32

from raft_core import codec
from raft_core.config import Config
from raft_core.io import Checkpoint, Input, Output, Persisted, Received, Write
from raft_core.journal import Restored
from raft_core.membership import Configuration, encode_configuration
from raft_core.messages import (
    COMMAND,
    CONFIGURATION,
    AppendEntries,
    AppendReply,
    Entry,
    Message,
    RequestVote,
    VoteReply,
)
from raft_core.raft import Raft
from raft_core.types import Index, NodeId, Role, Term

M = TypeVar("M", bound=Message)

ABC = Configuration.of("abc")


def entry(index: Index, term: Term, data: bytes = b"x") -> Entry:
    """A command."""
    return Entry(index, term, COMMAND, data)


def entries(terms: Iterable[Term], start: Index = 1) -> list[Entry]:
    """Commands from ``start`` on, one a term given."""
    return [entry(index, term) for index, term in enumerate(terms, start)]


def configured(index: Index, term: Term, configuration: Configuration = ABC) -> Entry:
    """An entry that puts a configuration in force."""
    return Entry(index, term, CONFIGURATION, encode_configuration(configuration))


def sealed(body: bytes, version: int = codec.RECORD_VERSION) -> bytes:
    """A record with any body, of any version, and a checksum that fits."""
    head = bytes([version])
    return head + crc32(head + body).to_bytes(4, "big") + body


def indexes(log: Iterable[Entry]) -> list[Index]:
    return [item.index for item in log]


def terms(raft: Raft) -> list[Term]:
    """The terms of its log, from index 1 on."""
    return [item.term for item in raft.log.slice(1, raft.log.last_index + 1)]


class Member:
    """One member, driven by hand. ``raft`` is what is tested; time stands still unless told.

    Its log begins with the configuration, as entry 1 of term 1, and goes on with commands of the
    terms in ``log``. Writes become durable at once unless ``slow`` is set.
    """

    def __init__(
        self,
        log: Sequence[Term] = (),
        *,
        node_id: NodeId = "a",
        configuration: Configuration | None = ABC,
        term: Term | None = None,
        voted_for: NodeId | None = None,
        config: Config | None = None,
        slow: bool = False,
        seed: int = 0,
        standing: codec.Standing | None = None,
    ) -> None:
        stored = [] if configuration is None else [configured(1, 1, configuration)]
        stored += entries(log, len(stored) + 1)
        last = stored[-1].term if stored else 0
        self.now = 100.0
        self.slow = slow
        self.writes: list[Write | Checkpoint] = []
        self.unsaved: list[int] = []
        restored = Restored(node_id, last if term is None else term, voted_for, stored)
        restored.standing = standing or restored.standing
        self.raft = Raft(
            config or Config(),
            restored,
            rng=Random(seed),
            now=self.now,
        )
        votes = node_id in self.raft.configuration.all_voters
        self.out = Output(self.raft.election_deadline if votes else inf)

    # --- driving it ----------------------------------------------------------------------------

    def step(self, *inputs: Input, after: float = 0.0) -> Output:
        """One step, ``after`` seconds from the last; what it wrote becomes durable, unless slow.

        The output is that of the first step; that of the second, if any, is ``out``.
        """
        self.now += after
        first = self.out = self.raft.step(self.now, inputs)
        if first.write is not None:
            self.writes.append(first.write)
            self.unsaved.append(first.write.id)
            if not self.slow:
                self.out = self.persist()
        return first

    def receive(self, sender: NodeId, *messages: Message, after: float = 0.0) -> Output:
        return self.step(*(Received(sender, message) for message in messages), after=after)

    def persist(self) -> Output:
        """All that was written is durable now."""
        newest = self.unsaved[-1]
        self.unsaved.clear()
        return self.step(Persisted(newest))

    def wait(self) -> Output:
        """Until something is due, and a step then."""
        return self.step(after=max(self.raft.election_deadline - self.now, 0.0))

    # --- bringing it into a role ---------------------------------------------------------------

    def follow(self, leader: NodeId = "b", *, commit: Index = 0, term: Term | None = None) -> None:
        """Hear a heartbeat of ``leader`` that agrees with all of the log."""
        log = self.raft.log
        self.receive(
            leader,
            AppendEntries(
                self.raft.term if term is None else term, log.last_index, log.last_term, commit, ()
            ),
        )
        assert self.raft.leader == leader

    def ask(self) -> "Member":
        """Become a pre-candidate."""
        self.wait()
        assert self.raft.role is Role.PRE_CANDIDATE
        return self

    def stand(self) -> "Member":
        """Become a candidate, with a vote of its own that is durable unless it is slow."""
        self.ask()
        for voter in sorted(self.raft.configuration.all_voters - {self.raft.node_id}):
            if self.raft.role is Role.PRE_CANDIDATE:
                self.receive(voter, VoteReply(self.raft.term + 1, granted=True, pre=True))
        assert self.raft.role is Role.CANDIDATE
        return self

    def lead(self) -> "Member":
        """Become the leader, with a no-op that only this member has."""
        self.stand()
        for voter in sorted(self.raft.configuration.all_voters - {self.raft.node_id}):
            if self.raft.role is Role.CANDIDATE:
                self.receive(voter, VoteReply(self.raft.term, granted=True, pre=False))
        assert self.raft.role is Role.LEADER
        return self

    def settle(self) -> "Member":
        """As a leader: everybody gets the whole log, and what comes of it."""
        while self.raft.commit_index < self.raft.log.last_index:
            for peer in sorted(self.raft.progress):
                self.accept(peer)
        return self

    def accept(self, peer: NodeId, match_index: Index | None = None) -> Output:
        """As a leader: ``peer`` says that it has the log up to there, or all of it."""
        match = self.raft.log.last_index if match_index is None else match_index
        return self.receive(peer, AppendReply(self.raft.term, True, match))


def sent(out: Output, kind: type[M]) -> list[M]:
    """The messages of one kind in an output."""
    return [send.message for send in out.sends if isinstance(send.message, kind)]


def only(out: Output, kind: type[M]) -> M:
    """The only message of an output, which is of this kind."""
    assert len(out.sends) == 1
    (message,) = sent(out, kind)
    return message


def append(
    term: Term,
    prev: Index = 0,
    prev_term: Term = 0,
    new: Sequence[Term] = (),
    commit: Index = 0,
) -> AppendEntries:
    """AppendEntries with commands of the terms in ``new``."""
    return AppendEntries(term, prev, prev_term, commit, tuple(entries(new, prev + 1)))


def ask_vote(raft: Raft, *, newer_by: int = 1, pre: bool = False) -> RequestVote:
    """A request for a vote by a candidate whose log is like that of ``raft``."""
    return RequestVote(raft.term + newer_by, raft.log.last_index, raft.log.last_term, pre)
