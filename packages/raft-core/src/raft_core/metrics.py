"""Counters and histograms of one member; ``prometheus`` makes a text of them.

``Node(metrics=Metrics())`` puts them between the member and its transport, storage and callers.
Without it nothing here is called: a member that nobody measures does not pay for it.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final, get_args

from raft_core.errors import RaftError
from raft_core.events import Event, MessagesDropped, RoleChanged
from raft_core.interfaces import BoundedStorage, Storage
from raft_core.messages import FAILED, Message
from raft_core.sessions import Outcome
from raft_core.types import NodeId

SECONDS: Final = (
    *(0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005),
    *(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
"""Bounds of the histograms: a write to local storage takes microseconds, one to a disk some ms."""

_KINDS: Final = {kind.__struct_config__.tag: kind.__name__ for kind in get_args(Message)}
_TAG = 2
"""Where the tag is in a message: behind the version and the head of the array."""

_Done = Callable[[Outcome | RaftError], None]


class Histogram:
    """How many values were how large: ``counts`` up to each bound, the last of them over all."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    @property
    def total(self) -> int:
        """How many values."""
        return sum(self.counts)

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Traffic:
    """Messages of each kind, and their bytes."""

    __slots__ = ("bytes", "messages")

    def __init__(self) -> None:
        self.messages: dict[str, int] = {}
        self.bytes: dict[str, int] = {}

    def count(self, payload: bytes) -> None:
        kind = _KINDS.get(payload[_TAG], "unknown") if len(payload) > _TAG else "unknown"
        self.messages[kind] = self.messages.get(kind, 0) + 1
        self.bytes[kind] = self.bytes.get(kind, 0) + len(payload)


class Metrics:
    """What one member has done since it started. Attributes are for reading.

    ``proposals`` and ``reads`` are this member's callers', by what came of them: "applied",
    "failed", "read", or the name of the error. Times are in seconds.
    """

    def __init__(self) -> None:
        self.sent = Traffic()
        self.received = Traffic()
        self.proposals: dict[str, int] = {}
        self.proposal_seconds = Histogram()
        """From the call to the answer."""
        self.reads: dict[str, int] = {}
        self.read_seconds = Histogram()
        self.write_seconds = Histogram()
        """From the handing over of a record until it is durable."""
        self.written_bytes = 0
        self.roles: dict[str, int] = {}
        """How often each role was taken."""
        self.dropped = 0
        """Messages."""

    # --- between the member and the world -------------------------------------------------------

    def sending(self, send: Callable[[NodeId, bytes], bool]) -> Callable[[NodeId, bytes], bool]:
        """``Transport.send``, counted when the transport takes it."""
        count = self.sent.count

        def counted(peer: NodeId, payload: bytes) -> bool:
            taken = send(peer, payload)
            if taken:
                count(payload)
            return taken

        return counted

    def delivering(
        self, deliver: Callable[[NodeId, bytes], None]
    ) -> Callable[[NodeId, bytes], None]:
        """``deliver``, counted."""
        count = self.received.count

        def counted(peer: NodeId, payload: bytes) -> None:
            count(payload)
            deliver(peer, payload)

        return counted

    def proposing(self, done: _Done, clock: Callable[[], float]) -> _Done:
        """The callback of a proposal that begins now, timed."""
        begun = clock()

        def timed(answer: Outcome | RaftError) -> None:
            if isinstance(answer, Outcome):
                kind = "failed" if answer.status == FAILED else "applied"
            else:
                kind = type(answer).__name__
            self.proposals[kind] = self.proposals.get(kind, 0) + 1
            self.proposal_seconds.observe(clock() - begun)
            done(answer)

        return timed

    def reading(
        self, answer: Callable[[RaftError | None], None], clock: Callable[[], float]
    ) -> Callable[[RaftError | None], None]:
        """The callback of a read that begins now, timed."""
        begun = clock()

        def timed(error: RaftError | None) -> None:
            kind = "read" if error is None else type(error).__name__
            self.reads[kind] = self.reads.get(kind, 0) + 1
            self.read_seconds.observe(clock() - begun)
            answer(error)

        return timed

    def storing(self, storage: Storage, clock: Callable[[], float]) -> Storage:
        """A storage whose writes are timed."""
        if isinstance(storage, BoundedStorage):
            return _TimedBoundedStorage(storage, self, clock)
        return _TimedStorage(storage, self, clock)

    def happened(self, event: Event) -> None:
        """An event of the member's."""
        if isinstance(event, RoleChanged):
            self.roles[event.role] = self.roles.get(event.role, 0) + 1
        elif isinstance(event, MessagesDropped):
            self.dropped += event.count


class _TimedStorage:
    """Hands everything on."""

    def __init__(self, storage: Storage, metrics: Metrics, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._metrics = metrics
        self._clock = clock
        self.load = storage.load
        self.close = storage.close

    def append(
        self, record: bytes, done: Callable[[Exception | None], None], *, vital: bool = False
    ) -> None:
        self._storage.append(record, self._timed(record, done), vital=vital)

    def checkpoint(self, record: bytes, done: Callable[[Exception | None], None]) -> None:
        self._storage.checkpoint(record, self._timed(record, done))

    def _timed(
        self, record: bytes, done: Callable[[Exception | None], None]
    ) -> Callable[[Exception | None], None]:
        begun = self._clock()

        def timed(error: Exception | None) -> None:
            if error is None:
                self._metrics.write_seconds.observe(self._clock() - begun)
                self._metrics.written_bytes += len(record)
            done(error)

        return timed


class _TimedBoundedStorage(_TimedStorage):
    def __init__(
        self, storage: BoundedStorage, metrics: Metrics, clock: Callable[[], float]
    ) -> None:
        super().__init__(storage, metrics, clock)  # type: ignore[arg-type]  # it is a Storage too
        self.room = storage.room
        self.takes_checkpoint = storage.takes_checkpoint
