"""What of a member's state is not durable yet, and the one record a step that makes it so.

Hard state, truncation and entries that change in a step become one write (``io.Write``), all or
nothing; writes become durable in their order.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING, Final

from raft_core.io import Checkpoint, Write
from raft_core.types import LEADER, Index, Role, WriteId

if TYPE_CHECKING:
    from raft_core.raft import Raft


CHECKPOINT_PATIENCE: Final = 10
"""So many times as long as another write may a checkpoint take before its storage is silent."""


class Unsaved:
    """Marks of what changed since the last write, and the writes that are under way.

    :param last_index: the log ends here, and is durable up to here
    :param commit_index: what the journal knows to be committed
    :param delay: seconds that a new commit index waits for a write that takes it along
    """

    __slots__ = (
        "_checkpoint",
        "_delay",
        "_first",
        "_heard",
        "_replaces",
        "_saved_commit",
        "_truncated_from",
        "_under_way",
        "configuration_index",
        "durable_index",
        "hard_state",
        "last_write",
        "save_deadline",
    )

    def __init__(self, last_index: Index, commit_index: Index, *, now: float, delay: float) -> None:
        self.durable_index = last_index
        self.hard_state = False
        """Term, vote, or what the member knows of its own memory changed."""
        self.configuration_index: Index = 0
        """Where the configuration in force is, by the journal."""
        self.last_write: WriteId = 0
        self._replaces = False
        self._checkpoint: WriteId = 0
        """The last write that holds a whole state."""
        self._first: Index = last_index + 1
        self._truncated_from: Index = 0
        self._saved_commit = commit_index
        self.save_deadline = inf
        """When the commit index must be written for its own sake; ``inf``: it need not."""
        self._under_way: deque[tuple[WriteId, Index]] = deque()
        self._heard = now
        self._delay = delay

    @property
    def next_write(self) -> WriteId:
        """The id of the write that will hold a change made now, once this step ends."""
        return self.last_write + 1

    def truncated(self, index: Index) -> None:
        """The log lost ``index`` and all after it."""
        if index < self._first:
            self._first = index
            self._truncated_from = min(self._truncated_from or index, index)
        self.durable_index = min(self.durable_index, index - 1)
        self._under_way = deque((write, min(last, index - 1)) for write, last in self._under_way)

    def compacted(self) -> None:
        """There is a new snapshot: the next record takes the place of all before it."""
        self._replaces = True

    def installed(self) -> None:
        """A snapshot of the leader's has taken the place of the log, and none of it is durable."""
        self._replaces = True
        self._truncated_from = 0
        self.durable_index = 0
        self._under_way = deque((write, 0) for write, _ in self._under_way)

    def write(self, raft: Raft) -> Write | Checkpoint | None:
        """The record of all that changed, if anything did; from now on it is under way."""
        log = raft.log
        last = log.last_index
        vital = self.hard_state or raft.configuration_index != self.configuration_index
        if self._replaces and raft.snapshot is not None:
            checkpoint = Checkpoint(
                self.next_write,
                raft.term,
                raft.voted_for,
                raft.snapshot,
                log.base_index,
                log.base_term,
                log.slice(log.first_index, last + 1),
                raft.commit_index,
                raft.standing(),
                vital,
            )
            self._checkpoint = self.next_write
            self._begun(raft, last)
            return checkpoint
        if not (
            last >= self._first
            or self.hard_state
            or self._truncated_from > 0
            or raft.now >= self.save_deadline
        ):
            if raft.commit_index > self._saved_commit and self.save_deadline == inf:
                self.save_deadline = raft.now + self._delay
            return None
        write = Write(
            self.next_write,
            raft.term,
            raft.voted_for,
            self._truncated_from,
            log.slice(self._first, last + 1),
            vital,
            raft.commit_index,
            raft.standing() if vital else None,
        )
        self._begun(raft, last)
        return write

    def _begun(self, raft: Raft, last_index: Index) -> None:
        self.last_write += 1
        self._saved_commit = raft.commit_index
        self.configuration_index = raft.configuration_index
        self.save_deadline = inf
        if not self._under_way:
            self._heard = raft.now
        self._under_way.append((self.last_write, last_index))
        self._first = last_index + 1
        self._truncated_from = 0
        self.hard_state = self._replaces = False

    def persisted(self, write_id: WriteId, now: float) -> None:
        """This write, and so every earlier one, is durable."""
        self._heard = now
        writes = self._under_way
        while writes and writes[0][0] <= write_id:
            self.durable_index = writes.popleft()[1]

    def is_awaited(self, raft: Raft) -> bool:
        """Whether anything follows when a write becomes durable now: a commit, a vote, an entry.

        If nothing does, ``Persisted`` may come with the next inputs, whatever they are.
        """
        if raft.commit_index > raft.applied_index or raft.role is Role.CANDIDATE:
            return True
        if raft.role is not LEADER:
            return False
        # Of several voters a leader is no quorum: one more must have what is not committed.
        commit_index = raft.commit_index
        for progress in raft.progress.values():
            if progress.match_index > commit_index:
                return True
        return len(raft.configuration.all_voters) == 1

    def is_silent(self, now: float, timeout: float) -> bool:
        """Whether writes have been under way for so long, and none became durable.

        A whole state may take its time, and what comes behind it waits with it.
        """
        if not self._under_way:
            return False
        if self._under_way[0][0] <= self._checkpoint:
            timeout *= CHECKPOINT_PATIENCE
        return now - self._heard >= timeout
