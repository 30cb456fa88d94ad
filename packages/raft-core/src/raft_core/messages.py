"""What members say to each other, and what the log is made of.

All are frozen Structs that encode as arrays: the order of the fields is the wire's. A new field
goes to the end with a default, anything else needs a new version in ``codec``.
The sender is not in a message: the transport knows it, a peer could lie about it.
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from raft_core.types import Index, NodeId, RequestId, Term

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
    """Asks for a vote in ``term``; with ``pre`` only whether one would be given (thesis 9.6).

    ``transfer``: the leader itself asked for this election, so that it is heard is no reason to
    refuse (thesis 3.10).
    """

    term: Term
    last_log_index: Index
    last_log_term: Term
    pre: bool
    transfer: bool = False


class VoteReply(Struct, frozen=True, array_like=True, tag=2, gc=False):
    """``term`` is the replier's own, save for a granted pre-vote, which repeats the asked one.

    ``suspect``: it votes for nobody, whoever asks, see AppendReply.
    """

    term: Term
    granted: bool
    pre: bool
    suspect: bool = False


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
    ``life`` counts how often the sender may have forgotten what it acknowledged, and ``suspect``
    says that it has not yet been told that this life lacks nothing (``_suspicion``); ``copied``:
    its terms, too, may be missing (``_copies``).
    """

    term: Term
    accepted: bool
    match_index: Index
    hint_index: Index = 0
    hint_term: Term = 0
    read_round: int = 0
    life: int = 0
    suspect: bool = False
    copied: bool = False


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

EXPIRED: Final = 5
"""Committed, and not applied: the session it belonged to is forgotten (``sessions``)."""

AnswerStatus: TypeAlias = Literal[0, 1, 2, 3, 4, 5]


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
    a heartbeat, and asks how far the peer is; ``offset`` then is the number of the question.
    ``read_round`` as in AppendEntries.
    """

    term: Term
    last_index: Index
    last_term: Term
    size: int
    digest: bytes
    offset: int
    data: bytes
    read_round: int = 0


class SnapshotReply(Struct, frozen=True, array_like=True, tag=8, gc=False):
    """How many bytes of a snapshot are here, from the first on.

    ``question`` repeats the number of a question; to a piece it is 0. Complete and stored, it is
    answered by an AppendReply, as entries are. ``read_round`` repeats that of the piece, and
    ``life``, ``suspect`` and ``copied`` are as in AppendReply.
    """

    term: Term
    digest: bytes
    offset: int
    question: int
    read_round: int = 0
    life: int = 0
    suspect: bool = False
    copied: bool = False


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


class TimeoutNow(Struct, frozen=True, array_like=True, tag=11, gc=False):
    """The leader of ``term`` tells its successor to stand for election at once (thesis 3.10)."""

    term: Term


class TransferRequest(Struct, frozen=True, array_like=True, tag=12, gc=False):
    """Asks the leader to hand over to ``to``, or to whom it finds best.

    ``name`` is unique among all operations of all members, and ``attempt`` counts how often this
    one was asked for.
    """

    name: str
    attempt: int
    to: NodeId | None


class MembersChange(Struct, frozen=True, array_like=True):
    """What shall be different: each id is named once. What is so already stays so.

    ``add``: become voters, whoever they are; ``promote``: learners that become voters; ``demote``:
    voters that become learners; ``learn``: are taken in as learners; ``remove``: are out, for ever.
    ``target_size``: how many voters the cluster grows to by itself from now on; 0: as the leader's
    Config says; None: as before, but not above the number of voters if this change lowers it.
    """

    add: tuple[NodeId, ...] = ()
    promote: tuple[NodeId, ...] = ()
    demote: tuple[NodeId, ...] = ()
    learn: tuple[NodeId, ...] = ()
    remove: tuple[NodeId, ...] = ()
    target_size: int | None = None


class ForwardedChange(Struct, frozen=True, array_like=True, tag=13):
    """A change of members under way to the leader; ``name`` and ``attempt`` as above.

    It is compared and set: ``expected_change`` must name the last change in force that somebody
    asked for, or be this one; ``expected_index``, when not 0, must be the configuration's index.
    """

    name: str
    attempt: int
    change: MembersChange
    expected_change: str
    expected_index: Index = 0


DONE: Final = 0
"""All of it is committed; ``index`` is the configuration's."""
LATER: Final = 1
"""Nothing was begun, for a reason that passes: ask again."""
STALE: Final = 2
"""Nothing was begun: another change came between; ``change`` names it, ``index`` is its place."""
DENIED: Final = 3
"""It was not done, for a reason that stays."""
NOWHERE: Final = 4
"""No leader is known: nobody was asked. What a member tells itself; no member sends it."""

OperationStatus: TypeAlias = Literal[0, 1, 2, 3, 4]


class OperationReply(Struct, frozen=True, array_like=True, tag=14, gc=False):
    """The leader's word on a TransferRequest or a ForwardedChange; ``sentence`` is for people.

    That a transfer succeeded needs no word: there is another leader. ``change`` is the last change
    that was made, or the one asked for if that is in the leader's log.
    """

    name: str
    attempt: int
    status: OperationStatus
    sentence: str = ""
    index: Index = 0
    change: str = ""


class Removal(Struct, frozen=True, array_like=True, tag=15, gc=False):
    """The receiver is removed from the cluster by a configuration committed at ``index`` or before.

    It may never get the entry itself: nobody replicates to it any more. ``term`` is the sender's.
    """

    index: Index
    term: Term = 0


class Freed(Struct, frozen=True, array_like=True, tag=16, gc=False):
    """The leader of ``term`` says that the receiver, in this life of it, lacks nothing.

    It has again all that it may have acknowledged in earlier ones (``_suspicion``).
    """

    term: Term
    life: int


class Inquiry(Struct, frozen=True, array_like=True, tag=17, gc=False):
    """Asks a peer what it has, when nobody leads and a person wants to know (``_holdings``)."""


class Holding(Struct, frozen=True, array_like=True, tag=18, gc=False):
    """What the sender has, all of it durable; ``suspect``: it may have had more, see AppendReply.

    ``commit_index`` is what it knows to be committed.
    """

    last_log_index: Index
    last_log_term: Term
    commit_index: Index
    suspect: bool = False


class Acknowledged(Struct, frozen=True, array_like=True, tag=19, gc=False):
    """The leader of ``term`` was told in this term that the receiver has entry ``index``.

    The entry is of ``entry_term``, and the latest life of the receiver that the leader has heard of
    is ``life``. Who has the entry no more, or had no such life, runs from an older journal
    (``_copies``). Index 0 speaks of the life alone.
    """

    term: Term
    index: Index
    entry_term: Term
    life: int = 0


Operation: TypeAlias = TransferRequest | ForwardedChange
"""What somebody asks of the leader that is no command."""

WithTerm: TypeAlias = (
    RequestVote
    | VoteReply
    | AppendEntries
    | AppendReply
    | ForwardReply
    | InstallSnapshot
    | SnapshotReply
    | TimeoutNow
    | Freed
    | Acknowledged
)
"""Messages to which the term rule applies."""

WithoutTerm: TypeAlias = (
    Forward
    | ReadIndex
    | ReadIndexReply
    | TransferRequest
    | ForwardedChange
    | OperationReply
    | Removal
    | Inquiry
    | Holding
)
"""Those that stay true whatever the term: who asks does not know who leads."""

Message: TypeAlias = WithTerm | WithoutTerm
