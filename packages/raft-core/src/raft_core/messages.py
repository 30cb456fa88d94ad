"""What members say to each other, and what the log is made of.

All are frozen Structs that encode as arrays: the order of the fields is the wire's. A new field
goes to the end with a default, anything else needs a new version in ``codec``.
The sender is not in a message: the transport knows it, a peer could lie about it.
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from raft_core.types import Index, RequestId, Term

NOOP: Final = 0
"""A leader's first entry of its term: what allows it to commit (paper, sections 5.4.2 and 8)."""
COMMAND: Final = 1
CONFIGURATION: Final = 2

EntryKind: TypeAlias = Literal[0, 1, 2]


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """One place in the log. ``data`` is opaque to the core unless the kind is CONFIGURATION."""

    index: Index
    term: Term
    kind: EntryKind
    data: bytes


class RequestVote(Struct, frozen=True, array_like=True, tag=1, gc=False):
    """Asks for a vote in ``term``; with ``pre`` only whether one would be given (thesis 9.6)."""

    term: Term
    last_log_index: Index
    last_log_term: Term
    pre: bool


class VoteReply(Struct, frozen=True, array_like=True, tag=2, gc=False):
    """``term`` is the replier's own, save for a granted pre-vote, which repeats the asked one."""

    term: Term
    granted: bool
    pre: bool


class AppendEntries(Struct, frozen=True, array_like=True, tag=3):
    """Replicates entries and, without any, is the heartbeat (paper, figure 2).

    ``read_round`` is the latest round of heartbeats that the leader began for reads (``reads``).
    """

    term: Term
    prev_log_index: Index
    prev_log_term: Term
    commit_index: Index
    entries: tuple[Entry, ...]
    read_round: int = 0


class AppendReply(Struct, frozen=True, array_like=True, tag=4, gc=False):
    """Answer to AppendEntries; leaves only when all it speaks of is durable.

    Accepted: the logs match up to ``match_index``. Rejected: ``match_index`` repeats the message's
    ``prev_log_index``, and the hint is the highest place where the logs may still agree: an index
    not above it and the term found there (the conflict hint of paper section 5.3, by term).
    ``read_round`` repeats that of the message, or the latest of those that are answered together.
    """

    term: Term
    accepted: bool
    match_index: Index
    hint_index: Index = 0
    hint_term: Term = 0
    read_round: int = 0


class ForwardedProposal(Struct, frozen=True, array_like=True, gc=False):
    """A proposal under way to the leader; ``request`` is the proposer's own number for it."""

    request: RequestId
    data: bytes


class Forward(Struct, frozen=True, array_like=True, tag=5):
    """Proposals a follower hands to the member it takes for the leader."""

    proposals: tuple[ForwardedProposal, ...]


APPLIED: Final = 0
"""Committed and applied; the data is the encoded result."""
FAILED: Final = 1
"""Committed, and ``State.apply`` raised, on every member alike; the data is the error in UTF-8."""
NOT_LEADER: Final = 2
"""Not appended by the one who was asked."""
OVERLOADED: Final = 3
"""Not appended: a limit was reached."""
UNKNOWN: Final = 4
"""Appended, and leadership was lost before it committed: it may or may not commit."""
REFUSED: Final = 5
"""A change of configuration that the rules forbid now; the data is the reason in UTF-8."""

EXPIRED: Final = 6
"""Committed, and not applied: the session it belonged to is forgotten (``sessions``)."""

AnswerStatus: TypeAlias = Literal[0, 1, 2, 3, 4, 5, 6]


class Answer(Struct, frozen=True, array_like=True, gc=False):
    """What became of one proposal."""

    request: RequestId
    status: AnswerStatus
    data: bytes = b""


class ForwardReply(Struct, frozen=True, array_like=True, tag=6):
    """Answers to forwarded proposals; with ``commit_index`` the proposer can apply them at once.

    That is the leader's commit index, bounded by what it knows to match on the receiver, and counts
    only for a receiver in the same term.
    """

    term: Term
    commit_index: Index
    answers: tuple[Answer, ...]


class InstallSnapshot(Struct, frozen=True, array_like=True, tag=7, gc=False):
    """A piece of a snapshot, for a peer that needs entries which are compacted (paper, section 7).

    The snapshot stands for the log up to ``last_index``, of ``last_term``. Its bytes, ``size`` of
    them with this ``digest``, come in pieces; ``data`` begins at ``offset``. Without any data it is
    a heartbeat, and asks how far the peer is.
    """

    term: Term
    last_index: Index
    last_term: Term
    size: int
    digest: bytes
    offset: int
    data: bytes


class SnapshotReply(Struct, frozen=True, array_like=True, tag=8, gc=False):
    """How many bytes of a snapshot are here, from the first on; ``asked``: to one without data.

    Complete and stored, it is answered by an AppendReply, as entries are.
    """

    term: Term
    digest: bytes
    offset: int
    asked: bool


class ReadIndex(Struct, frozen=True, array_like=True, tag=9, gc=False):
    """Asks the leader up to where a read must have applied; ``request`` is the asker's number.

    It has no term: a leader that is none any more cannot confirm it, and says nothing.
    """

    request: RequestId


class ReadIndexReply(Struct, frozen=True, array_like=True, tag=10, gc=False):
    """All that was acknowledged before the question is at or below ``read_index``.

    It has no term: a quorum confirmed it after the question, so it holds whoever leads now.
    """

    request: RequestId
    read_index: Index


Message: TypeAlias = (
    RequestVote
    | VoteReply
    | AppendEntries
    | AppendReply
    | Forward
    | ForwardReply
    | InstallSnapshot
    | SnapshotReply
    | ReadIndex
    | ReadIndexReply
)
