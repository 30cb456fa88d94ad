"""What goes into ``Raft.step`` and what comes out: the surface between algorithm and world."""

from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct

from raft_core.codec import Standing
from raft_core.membership import Configuration
from raft_core.messages import Answer, Entry, Inquiry, Message, Operation, OperationReply
from raft_core.snapshot import Snapshot
from raft_core.types import Index, NodeId, RequestId, Role, Term, WriteId

# --- inputs ------------------------------------------------------------------------------------


class Received(Struct, frozen=True):
    """A message arrived. ``sender`` is who the transport says it is."""

    sender: NodeId
    message: Message


class Proposed(Struct, frozen=True):
    """The caller wants ``data`` in the log. ``request`` comes back with the answer.

    Duty of the caller: ``len(data)`` is at most ``Config.max_proposal_bytes``.
    """

    request: RequestId
    data: bytes


class Asked(Struct, frozen=True):
    """Somebody at this member asks the leader to change the members, or to hand over.

    The answer is among ``Output.replies``, unless it gets lost; asking again does it once. Or
    somebody asks what the peers have: what they answer is in ``Raft.holdings``.
    """

    operation: Operation | Inquiry


class StepAside(Struct, frozen=True):
    """This member is about to end. If it leads, another voter shall campaign at once."""


class ReadRequested(Struct, frozen=True):
    """The caller wants to read the state as it is now, or later. See ``Output.reads``.

    An answer may never come; then the caller asks again, with another number. Duty of the caller:
    numbers that no earlier life of this member has used.
    """

    request: RequestId


class Copied(Struct, frozen=True):
    """Somebody has shown that this member's journal is, or may be, an older copy (``_copies``)."""


class Persisted(Struct, frozen=True):
    """The write with this id, and so every earlier one, is durable."""

    write_id: WriteId


class Applied(Struct, frozen=True):
    """The results of entries that other members proposed, for those members."""

    answers: tuple[tuple[NodeId, Answer], ...]


class SnapshotTaken(Struct, frozen=True):
    """The state, as ``data``, after all entries up to ``index`` were applied and none after it.

    Duty of the caller: ``index`` is the algorithm's ``applied_index`` at that moment.
    """

    index: Index
    data: bytes


class PeersChanged(Struct, frozen=True):
    """These are the peers the transport is connected to now."""

    connected: frozenset[NodeId]


class Unreachable(Struct, frozen=True):
    """The transport did not take a message to this peer: it will not arrive.

    ``next_index`` is where the entries in it begin: what was sent before is on its way. 0: nobody
    knows, so nothing is that was not answered. ``offset``: it was that piece of a snapshot.
    """

    peer: NodeId
    next_index: Index = 0
    offset: int | None = None


Input: TypeAlias = (
    Received
    | Proposed
    | Asked
    | ReadRequested
    | Persisted
    | Applied
    | SnapshotTaken
    | PeersChanged
    | Unreachable
    | StepAside
    | Copied
)

# --- output ------------------------------------------------------------------------------------


class Write(Struct, frozen=True):
    """ONE journal record: all of it becomes durable or nothing.

    ``truncate_from`` (0: nothing) removes that index and all after it before ``entries`` are added.
    ``vital``: it carries a new term, vote, configuration or ``standing``. ``commit_index`` is known
    to be committed.
    """

    id: WriteId
    term: Term
    voted_for: NodeId | None
    truncate_from: Index
    entries: Sequence[Entry]
    vital: bool
    commit_index: Index = 0
    standing: Standing | None = None
    """Not None if it is vital, and only then."""


class Checkpoint(Struct, frozen=True):
    """ONE record in place of all before it: a snapshot, and what of the log is kept.

    ``entries`` follow ``base_index``, of ``base_term``; some may be from before the snapshot. It
    is numbered, and becomes durable, like a ``Write``, and carries the changes of its step, too.
    """

    id: WriteId
    term: Term
    voted_for: NodeId | None
    snapshot: Snapshot
    base_index: Index
    base_term: Term
    entries: Sequence[Entry]
    commit_index: Index
    standing: Standing = Standing()
    vital: bool = False
    """As of a ``Write``. Then a record with these alone goes before it: see ``Storage``."""


class Send(Struct, frozen=True):
    """A message for all in ``to``. It leaves only once the write ``after`` is durable."""

    to: tuple[NodeId, ...]
    message: Message
    after: WriteId = 0


class Resolved(Struct, frozen=True):
    """The entry at ``index``, now in ``apply``, was proposed by ``origin``; "" is this member."""

    index: Index
    origin: NodeId
    request: RequestId


class Output(Struct):
    """What the caller must do now, in any order that keeps ``Send.after``.

    ``install`` must replace the state, then ``apply`` be applied, in order, before the next step.
    ``answers`` are for proposals of this
    member that end without being applied by it here (refused, unknown, or answered by the leader).
    """

    deadline: float
    """Call step again no later than this; ``inf``: nothing is due."""
    write: Write | Checkpoint | None = None
    sends: Sequence[Send] = []
    install: Snapshot | None = None
    apply: Sequence[Entry] = ()
    resolved: Sequence[Resolved] = ()
    answers: Sequence[Answer] = ()
    replies: Sequence[OperationReply] = ()
    """For operations that this member asked for."""
    reads: Sequence[RequestId] = ()
    """Reads that the state answers linearizably once ``apply`` is applied, and before the next."""
    incompatible: Sequence[tuple[NodeId, str]] = ()
    """Peers that say what only a later version knows, and what: for people."""
    role: Role | None = None
    """The new role, when it changed."""
    configuration: Configuration | None = None
    """The new configuration in force, when it changed."""
