"""What an invariant may look at: a member's memory, and what a crash would leave of it.

``Raft`` satisfies ``MemberView`` by shape; so does a few lines of fake in a test. An invariant
never reaches for anything else, so that it can judge a history from anywhere.
"""

from typing import Protocol

from raft_core.codec import Step
from raft_core.membership import Configuration
from raft_core.messages import Entry
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
    def commit_index(self) -> Index: ...
    @property
    def durable_index(self) -> Index: ...
    @property
    def log(self) -> LogView: ...
    @property
    def configuration(self) -> Configuration: ...


class Durable:
    """What of one member a crash leaves: the sum of its durable writes.

    The simulated storage keeps it, from the records that became durable and by nothing but the
    meaning of their fields: it is the truth that messages are measured against, and that a restart
    must find again.
    """

    __slots__ = ("entries", "node_id", "term", "voted_for")

    def __init__(self, node_id: NodeId) -> None:
        self.node_id = node_id
        self.term: Term = 0
        self.voted_for: NodeId | None = None
        self.entries: list[Entry] = []

    @property
    def last_index(self) -> Index:
        return len(self.entries)

    def term_at(self, index: Index) -> Term | None:
        """The term of the durable entry; 0 before the first, None when there is none."""
        if 0 < index <= len(self.entries):
            return self.entries[index - 1].term
        return 0 if index == 0 else None

    def add(self, step: Step) -> None:
        """This record is durable now."""
        self.term = step.term
        self.voted_for = step.voted_for
        if step.truncate_from:
            del self.entries[step.truncate_from - 1 :]
        self.entries.extend(step.entries)
