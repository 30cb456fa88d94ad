"""What an invariant may look at: a member's memory, and what a crash would leave of it.

``Raft`` satisfies ``MemberView`` by shape; so does a few lines of fake in a test. An invariant
never reaches for anything else, so that it can judge a history from anywhere.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, Protocol

from raft_core.codec import CheckpointRecord, Standing, Step, decode_record
from raft_core.config import Config
from raft_core.membership import Configuration
from raft_core.messages import Entry
from raft_core.progress import PeerProgress
from raft_core.snapshot import Snapshot, decode_snapshot
from raft_core.types import Index, NodeId, Role, Term


class LogView(Protocol):
    """A log in memory."""

    @property
    def first_index(self) -> Index: ...
    @property
    def last_index(self) -> Index: ...
    @property
    def last_term(self) -> Term: ...
    def term_at(self, index: Index, /) -> Term | None: ...
    def entry(self, index: Index, /) -> Entry: ...


class MemberView(Protocol):
    """One member's consensus state in memory, read only."""

    @property
    def node_id(self) -> NodeId: ...
    @property
    def role(self) -> Role: ...
    @property
    def term(self) -> Term: ...
    @property
    def voted_for(self) -> NodeId | None: ...
    @property
    def leader(self) -> NodeId | None: ...
    @property
    def commit_index(self) -> Index: ...
    @property
    def durable_index(self) -> Index: ...
    @property
    def log(self) -> LogView: ...
    @property
    def configuration(self) -> Configuration: ...
    @property
    def configuration_index(self) -> Index: ...
    @property
    def excluded(self) -> Collection[NodeId]: ...
    @property
    def removed(self) -> bool: ...
    @property
    def now(self) -> float: ...
    @property
    def config(self) -> Config: ...
    @property
    def progress(self) -> Mapping[NodeId, PeerProgress]: ...
    @property
    def suspect(self) -> bool: ...
    @property
    def life(self) -> int: ...
    @property
    def copied(self) -> bool: ...


class DurableImage(NamedTuple):
    """See ``Durable.image``."""

    term: Term
    voted_for: NodeId | None
    standing: Standing
    snapshot: Snapshot | None
    base_index: Index
    base_term: Term
    entries: tuple[Entry, ...]


class Durable:
    """What of one member a crash leaves: the sum of its durable writes.

    The simulated storage keeps it, from the records that became durable and by nothing but the
    meaning of their fields: it is the truth that messages are measured against, and that a restart
    must find again.
    """

    __slots__ = (
        "_forgotten",
        "_forgotten_base",
        "base_index",
        "base_term",
        "entries",
        "last_index_ever",
        "node_id",
        "snapshot",
        "standing",
        "term",
        "voted_for",
    )

    def __init__(self, node_id: NodeId) -> None:
        self.node_id = node_id
        self.term: Term = 0
        self.voted_for: NodeId | None = None
        self.snapshot: Snapshot | None = None
        self.base_index: Index = 0
        self.base_term: Term = 0
        self.entries: list[Entry] = []
        """Those after ``base_index``."""
        self.standing = Standing()
        self.last_index_ever: Index = 0
        """Where its log ended before it forgot something."""
        self._forgotten: set[tuple[Index, Term]] = set()
        self._forgotten_base: Index = 0

    @property
    def last_index(self) -> Index:
        return self.base_index + len(self.entries)

    def term_at(self, index: Index) -> Term | None:
        """The term of the durable entry; None when there is none, or only a snapshot of it."""
        offset = index - self.base_index
        if 0 < offset <= len(self.entries):
            return self.entries[offset - 1].term
        return self.base_term if offset == 0 else None

    def holds(self, index: Index, term: Term | None) -> bool:
        """Whether it has that entry, or a snapshot that stands for it."""
        return index < self.base_index or self.term_at(index) == term

    def held(self, index: Index, term: Term | None) -> bool:
        """Whether it has that entry, or had it before it forgot something."""
        return (
            self.holds(index, term)
            or (index, term) in self._forgotten
            or index <= self._forgotten_base
        )

    def forget(self, checkpoint: bytes | None, records: Iterable[bytes]) -> None:
        """Only these are left, and what is vital: term, vote and standing."""
        self._note_forgotten()
        vital = (self.term, self.voted_for, self.standing)
        self.snapshot = None
        self.base_index = self.base_term = 0
        self.entries = []
        if checkpoint is not None:
            record = decode_record(checkpoint)
            assert isinstance(record, CheckpointRecord)
            self.replace(record)
        for data in records:
            step = decode_record(data)
            if isinstance(step, Step):
                self.add(step)
        self.term, self.voted_for, self.standing = vital

    def image(self) -> DurableImage:
        """What is durable now, for ``go_back``."""
        return DurableImage(
            self.term,
            self.voted_for,
            self.standing,
            self.snapshot,
            self.base_index,
            self.base_term,
            tuple(self.entries),
        )

    def go_back(self, image: DurableImage) -> None:
        """The member goes on from an older copy: terms and votes are missing, too."""
        self._note_forgotten()
        self.term, self.voted_for, self.standing = image.term, image.voted_for, image.standing
        self.snapshot = image.snapshot
        self.base_index, self.base_term = image.base_index, image.base_term
        self.entries = list(image.entries)

    def _note_forgotten(self) -> None:
        self.last_index_ever = max(self.last_index_ever, self.last_index)
        self._forgotten.update((entry.index, entry.term) for entry in self.entries)
        self._forgotten_base = max(self._forgotten_base, self.base_index)

    def add(self, step: Step) -> None:
        """This record is durable now."""
        self.term = step.term
        self.voted_for = step.voted_for
        if step.truncate_from:
            del self.entries[step.truncate_from - self.base_index - 1 :]
        self.entries.extend(step.entries)
        self.standing = step.standing or self.standing
        self.last_index_ever = max(self.last_index_ever, self.last_index)

    def replace(self, record: CheckpointRecord) -> None:
        """This record is durable now, in place of all before."""
        self.term = record.term
        self.voted_for = record.voted_for
        self.snapshot = decode_snapshot(record.snapshot)
        self.base_index = record.base_index
        self.base_term = record.base_term
        self.entries = list(record.entries)
        self.standing = record.standing or self.standing
        self.last_index_ever = max(self.last_index_ever, self.last_index)
