"""The three Protocols a user implements. Shape is enough: nothing here need be imported for it."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar, runtime_checkable

from msgspec import Struct

from raft_core.types import NodeId

Command_contra = TypeVar("Command_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)


class Transport(Protocol):
    """Carries opaque payloads between members; may drop, delay, repeat or reorder them."""

    max_payload: int
    """Largest payload in bytes that ``send`` takes; more raises ValueError."""

    async def start(
        self,
        node_id: NodeId,
        deliver: Callable[[NodeId, bytes], None],
        peers_changed: Callable[[frozenset[NodeId]], None],
    ) -> None:
        """Begin. The callbacks are called in the event loop's thread, never from inside ``send``.

        ``deliver`` must name the true sender: the transport vouches for it.
        """
        ...

    def send(self, peer: NodeId, payload: bytes) -> bool:
        """Never blocks, never raises for a peer's state. False: not sent, try later."""
        ...

    async def stop(self) -> None:
        """End; idempotent. No callback comes after it has returned."""
        ...


@runtime_checkable
class FencingTransport(Protocol):
    """What a transport offers, beside ``Transport``'s methods, that notices a member running twice.

    That is what becomes of a copied journal. Both copies have one id, and peers must hear one only:
    the one that was started last.
    """

    def number(
        self,
        start: int,
        nonces: tuple[str, ...],
        superseded: Callable[[], None],
        copied: Callable[[], None],
    ) -> None:
        """Called once, before ``start``: this is the member's start of this number.

        Numbers grow from start to start of one journal; two copies may use the same one. So each
        start has a nonce, too, 16 random hexadecimal digits. ``nonces`` are those that the journal
        knows of its latest starts; this one's is the last, and that of the start before precedes.

        Both callbacks must rest on what somebody has proved who belongs to the cluster. They are
        called in the event loop's thread, and never from inside ``send``.

        - ``superseded``: a newer start of this member runs, and peers hear this one no more.
        - ``copied``: an older start was there that this journal does not know, or one that still
          ran when this one was there: what it promised may be missing here. A peer that has heard
          of such a start says so before it delivers anything else to this one.
        """
        ...


class LoadedJournal(Protocol):
    """What a storage has; ``Journal`` is one, and any object with these attributes is."""

    @property
    def records(self) -> Sequence[bytes]:
        """Every record, in the order of the appends."""
        ...

    @property
    def checkpoint(self) -> bytes | None:
        """What replaced the records before."""
        ...

    @property
    def may_tear(self) -> bool:
        """A crash can leave the last record incomplete (a file): then it was never acknowledged.

        Such a storage is a ``TearingStorage``.
        """
        ...


@runtime_checkable
class ForgetfulJournal(Protocol):
    """What a journal says, beside the rest, whose storage can lose the newest records in a crash.

    They are lost as a tail, in the order of the appends, and what is before them is whole: some
    earlier journal of this member, which may begin with an earlier checkpoint. Vital records are
    not lost. ``docs/durability.md`` says how a storage finds out that it may have lost some.
    """

    @property
    def suspect(self) -> bool:
        """The last end was no clean one: records that were acknowledged may be missing.

        Also at the next loads, until a vital record is durable that was appended after such a load:
        from then on the member's own records say it.
        """
        ...

    @property
    def vital(self) -> bytes | None:
        """The newest record that was appended as vital, whether or not it is among the others."""
        ...


class Journal(Struct):
    """A plain ``LoadedJournal`` and ``ForgetfulJournal``."""

    records: Sequence[bytes]
    checkpoint: bytes | None = None
    may_tear: bool = False
    suspect: bool = False
    vital: bytes | None = None


class Storage(Protocol):
    """An append-only journal of opaque records, and one checkpoint."""

    async def load(self) -> LoadedJournal:
        """Called once, first. Raises, with a sentence, if what is there cannot be read."""
        ...

    def append(
        self, record: bytes, done: Callable[[Exception | None], None], *, vital: bool = False
    ) -> None:
        """Store a record after all earlier ones; ``done(None)`` once it survives a crash.

        ``done(error)`` if it was refused: then nothing of it is stored, what was stored is intact,
        and all that comes later is refused too, so that no gap can arise. A synchronous storage
        calls ``done`` before it returns, any other one later, in the event loop's thread.
        ``vital``: it carries a term, a vote or a configuration, so a storage with a slower, safer
        place puts it there first, and keeps the newest there.
        """
        ...

    def checkpoint(self, record: bytes, done: Callable[[Exception | None], None]) -> None:
        """Atomically replace everything before it: a crash leaves the old or the new, whole.

        ``done`` as for ``append``. It carries term and vote, too, but never is the first to: a new
        one was in a vital record before.
        """
        ...

    async def close(self) -> None:
        """Let go of what is held; idempotent. No ``done`` comes after it has returned."""
        ...


@runtime_checkable
class TearingStorage(Protocol):
    """What a storage whose last record a crash can tear offers beside ``Storage``'s methods."""

    def drop_last(self) -> None:
        """The last record loaded is incomplete: the next append takes its place."""
        ...


@runtime_checkable
class BoundedStorage(Protocol):
    """What a storage that has a limit offers beside ``Storage``'s methods."""

    def room(self) -> int | None:
        """Bytes of records it can still take, roughly; None when it does not know.

        Compaction asks for it now and then, and compacts earlier when it gets short.
        """
        ...

    def takes_checkpoint(self, size: int) -> bool:
        """Whether a checkpoint of so many bytes surely fits now.

        A member asks before its own: one that is refused would end it, and can wait.
        """
        ...


class State(Protocol[Command_contra, Result_co]):
    """The replicated state machine.

    ``apply`` is deterministic and synchronous: the same commands in the same order give the same
    state and results on every member, now and when the log is replayed. No clock, no randomness, no
    I/O in it: put such values into the command. Its two annotations name the types of commands and
    results, which must be types that msgspec can encode.

    Snapshots come for free for a ``msgspec.Struct`` or a dataclass: its fields are what is saved.
    Any other state is a ``SnapshotState`` as well.
    """

    def apply(self, command: Command_contra, /) -> Result_co: ...


@runtime_checkable
class SnapshotState(Protocol):
    """How a state saves and restores itself, if its fields do not say all, or say too much."""

    def snapshot(self) -> bytes:
        """All that ``apply`` depends on. Equal states on two members should give equal bytes."""
        ...

    def restore(self, data: bytes) -> None:
        """Become what ``snapshot`` saved, whatever this state was before.

        Raises, with a sentence, for bytes of a form it does not know; the member then stops.
        """
        ...
