"""The simulated storage: records become durable later, in order, and not all of them in a crash."""

from collections import deque
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from raft_core.codec import CheckpointRecord, Identity, Step, decode_record
from raft_core.interfaces import Journal
from raft_core.testing.schedule import Schedule
from raft_core.testing.view import Durable, DurableImage
from raft_core.types import NodeId

Done = Callable[[Exception | None], None]

_CHECKPOINT = -1
"""The place of the checkpoint among what is stored."""


class StorageImage(NamedTuple):
    """All that a storage had at one moment, what is vital included, as a copy of a disk has it."""

    records: tuple[bytes, ...]
    checkpoint: bytes | None
    before_checkpoint: tuple[bytes | None, tuple[bytes, ...]] | None
    vital: bytes | None
    suspect: bool
    durable: DurableImage


class SimulatedStorage:
    """One member's journal over all its lives; appends and drops records as a ``Storage`` does.

    :param rng: for what a crash leaves
    :param delay: seconds until a record is durable, asked for each; None: at once, before
        ``append`` returns, as with localStorage
    """

    def __init__(
        self,
        node_id: NodeId,
        schedule: Schedule,
        rng: Random,
        *,
        delay: Callable[[], float] | None = None,
        may_tear: bool = False,
    ) -> None:
        self.records: list[bytes] = []
        self.durable = Durable(node_id)
        """The sum of what ``records`` says."""
        self.delay = delay
        self.may_tear = may_tear
        self.refusing = False
        """Refuse every append from now on, as if a quota were reached."""
        self.torn = 0
        """How often a crash left an incomplete record."""
        self.forgotten = 0
        """How many records crashes lost of which nobody had been told."""
        self.damaged: tuple[int, bytes] | None = None
        """Where a byte is flipped, and what was there."""
        self.forgetful = False
        """A crash can lose records that were durable: the newest, and none that is vital."""
        self.suspect = False
        """It may have, and no vital record has been stored since."""
        self.vital: bytes | None = None
        """The newest vital record."""
        self._schedule = schedule
        self._rng = rng
        self.checkpoints = 0
        """How often a checkpoint became durable."""
        self._checkpoint: bytes | None = None
        self._before_checkpoint: tuple[bytes | None, list[bytes]] | None = None
        """What was stored when the checkpoint took its place."""
        self._pending: deque[tuple[bytes, Done, bool, bool]] = deque()
        self._last_due = 0.0
        self._life = 0

    def load(self) -> Journal:
        """What is stored, for a new life."""
        self.refusing = False
        vital = self.vital if self.forgetful else None
        return Journal(tuple(self.records), self._checkpoint, self.may_tear, self.suspect, vital)

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:
        """See ``Storage.append``."""
        self._take(record, done, vital=vital)

    def store(self, record: bytes) -> None:
        """Store a record of a member that is down: it is durable at once."""
        self._store(record, vital=True)

    def checkpoint(self, record: bytes, done: Done) -> None:
        """See ``Storage.checkpoint``."""
        self._take(record, done, replaces=True)

    def _take(
        self, record: bytes, done: Done, *, replaces: bool = False, vital: bool = False
    ) -> None:
        if self.refusing:
            done(OSError("the simulated storage is full"))
        elif self.delay is None:
            self._store(record, replaces=replaces, vital=vital)
            done(None)
        else:
            self._pending.append((record, done, replaces, vital))
            self._last_due = max(self._last_due, self._schedule.now + self.delay())
            self._schedule.at(self._last_due, self._complete, self._life)

    def drop_last(self) -> None:
        """See ``TearingStorage.drop_last``."""
        self.records.pop()

    @property
    def pending(self) -> int:
        """How many records are handed over and not durable."""
        return len(self._pending)

    def complete(self) -> None:
        """The oldest record under way is durable now."""
        record, done, replaces, vital = self._pending.popleft()
        self._store(record, replaces=replaces, vital=vital)
        done(None)

    def crash(self, *, forgets: bool = False) -> None:
        """Lose what is under way, save for some first records of which nobody was told in time.

        :param forgets: lose some that were durable, too, and say so at the next load
        """
        self._life += 1
        self._lose_pending()
        if forgets:
            self._forget()

    def _lose_pending(self) -> None:
        for _ in range(self._rng.randint(0, len(self._pending))):
            record, _, replaces, vital = self._pending.popleft()
            self._store(record, replaces=replaces, vital=vital)
        self.forgotten += len(self._pending)
        if self._pending and self.may_tear and self._rng.random() < 0.7:
            record, _, replaces, _ = self._pending[0]
            if replaces:  # A checkpoint takes the old one's place whole, or not at all.
                self._pending.clear()
                return
            self.records.append(record[: self._rng.randrange(len(record))])
            self.torn += 1
        self._pending.clear()

    def _forget(self) -> None:
        """A tail is gone, of any length, perhaps with the checkpoint. Who the member is, is not."""
        rng = self._rng
        self.suspect = True
        if self._before_checkpoint is not None and rng.random() < 0.3:
            self._checkpoint, self.records = self._before_checkpoint
            self._before_checkpoint = None
        first = 1 if self._checkpoint is None else 0
        some = int(rng.expovariate(1 / 5))
        left = len(self.records) - some if rng.random() < 0.6 else rng.randint(0, len(self.records))
        del self.records[max(left, first) :]
        self.durable.forget(self._checkpoint, self.records)

    def image(self) -> StorageImage:
        """A copy of what is durable now, and of no more."""
        before = self._before_checkpoint
        return StorageImage(
            tuple(self.records),
            self._checkpoint,
            None if before is None else (before[0], tuple(before[1])),
            self.vital,
            self.suspect,
            self.durable.image(),
        )

    def go_back(self, image: StorageImage) -> None:
        """Be what it was when that image was taken; of a member that is down."""
        before = image.before_checkpoint
        self.records = list(image.records)
        self._checkpoint = image.checkpoint
        self._before_checkpoint = None if before is None else (before[0], list(before[1]))
        self.vital, self.suspect = image.vital, image.suspect
        self.durable.go_back(image.durable)

    def damage(self, rng: Random) -> None:
        """Flip a bit of what is stored; of a member that is down.

        Not in the last record of a storage that can tear: that damage looks like a torn record,
        and so nobody can tell what was acknowledged from what was not.
        """
        places = list(range(len(self.records) - self.may_tear))
        if self._checkpoint is not None:
            places.append(_CHECKPOINT)
        if self.damaged is not None or not places:
            return
        place = rng.choice(places)
        record = self.records[place] if place != _CHECKPOINT else self._checkpoint
        assert record is not None
        flipped = bytearray(record)
        flipped[rng.randrange(len(record))] ^= 1 << rng.randrange(8)
        self.damaged = (place, record)
        self._put(place, bytes(flipped))

    @property
    def damage_name(self) -> str:
        """What an error that finds the damage must call it."""
        assert self.damaged is not None
        place = self.damaged[0]
        return "the checkpoint" if place == _CHECKPOINT else f"record {place + 1} "

    def mend(self) -> None:
        """Undo ``damage``."""
        if self.damaged is not None:
            self._put(*self.damaged)
            self.damaged = None

    def _put(self, place: int, record: bytes) -> None:
        if place == _CHECKPOINT:
            self._checkpoint = record
        else:
            self.records[place] = record

    def _complete(self, life: int) -> None:
        if life == self._life:
            self.complete()

    def _store(self, record: bytes, *, replaces: bool = False, vital: bool = False) -> None:
        decoded = decode_record(record)
        if vital:
            self.vital = record
            self.suspect = False
        if replaces:
            assert isinstance(decoded, CheckpointRecord)
            self._before_checkpoint = (self._checkpoint, self.records)
            self.records = []
            self._checkpoint = record
            self.checkpoints += 1
            self.durable.replace(decoded)
            return
        self.records.append(record)
        if isinstance(decoded, Step):
            self.durable.add(decoded)
        else:
            assert isinstance(decoded, Identity)
