"""When a member takes its next snapshot: by what was applied and written since the last one.

No snapshot is wanted too often (it costs the encoding and the storing of the whole state), and none
too late (a start replays the log since; a storage may have a limit). The thresholds are local: each
member has its own, by its id, up to a quarter below what the settings say. All members apply the
same entries, and would otherwise be busy with their snapshots all at once.
"""

from math import ceil, inf
from typing import Any, Final
from zlib import crc32

from raft_core.config import Config
from raft_core.interfaces import BoundedStorage
from raft_core.machine import Machine
from raft_core.types import Index, NodeId

_LOOK_EVERY: Final = 32 * 1024
"""Bytes of journal between two questions for the storage's room: they may cost."""


def part_of(node_id: NodeId) -> float:
    """How much of its thresholds a member waits for: above 0.75, up to 1."""
    return 1 - crc32(node_id.encode()) / 2**34


class Compaction:
    """The journal's growth since its last checkpoint, and whether it is time for the next.

    :param part: how much of the thresholds to wait for, see ``part_of``
    :param storage: the member's, if it has a limit
    """

    def __init__(
        self,
        config: Config,
        *,
        snapshot_index: Index,
        record_bytes: int,
        checkpoint_bytes: int,
        storage: BoundedStorage | None = None,
        part: float = 1.0,
    ) -> None:
        self.snapshot_index = snapshot_index
        self.record_bytes = record_bytes
        self.checkpoint_bytes = checkpoint_bytes
        self._config = config
        self._part = part
        self._entries = ceil(config.snapshot_entries * part)
        self._storage = storage
        self._asked_at = 0
        self._scarce = False
        self._put_off = 0

    def stored(self, size: int) -> None:
        """A record of so many bytes was added to the journal."""
        self.record_bytes += size

    def replaced(self, size: int, snapshot_index: Index) -> None:
        """A checkpoint of so many bytes took the place of all records."""
        self.snapshot_index = snapshot_index
        self.record_bytes = 0
        self.checkpoint_bytes = size
        self._asked_at = self._put_off = 0
        self._scarce = False

    def put_off(self) -> None:
        """One is under way, or none can be had now: ask again when as much again has come."""
        self._put_off = self.record_bytes

    def save(self, machine: Machine[Any, Any]) -> bytes | str:
        """The state as bytes; a sentence if there can be no snapshot of it now.

        Either way none is due again before as much again has come: the log can do without.
        """
        self.put_off()
        try:
            data = machine.snapshot()
        except Exception as error:  # noqa: BLE001 - the user's code
            return f"the state cannot be saved: {type(error).__name__}: {error}"
        limit = self._config.max_snapshot_bytes
        if len(data) > limit:
            return f"a snapshot of {len(data)} bytes is over max_snapshot_bytes, {limit}"
        # Of the log it keeps what is behind it, and what is not applied.
        size = len(data) + min(self.record_bytes, self._config.trailing_bytes) + _LOOK_EVERY
        if self._storage is not None and not self._storage.takes_checkpoint(size):
            return f"a snapshot of {len(data)} bytes does not fit the storage: make room"
        return data

    def is_due(self, applied_index: Index) -> bool:
        """Whether a snapshot is wanted, with everything up to ``applied_index`` in the state."""
        config = self._config
        entries = applied_index - self.snapshot_index
        if entries <= 0:
            return False
        grown = self.record_bytes - self._put_off
        return (
            (entries >= self._entries and not self._put_off)
            or grown >= max(config.snapshot_bytes, self.checkpoint_bytes) * self._part
            or self._is_scarce(grown)
        )

    def _is_scarce(self, grown: int) -> bool:
        """Whether room gets short. A checkpoint needs room beside what it takes the place of."""
        if self._storage is None:
            return False
        if self.record_bytes - self._asked_at >= _LOOK_EVERY:
            self._asked_at = self.record_bytes
            room = self._storage.room()
            self._scarce = (inf if room is None else room) < max(
                2 * self.checkpoint_bytes, self._config.snapshot_bytes
            )
        return self._scarce and grown >= max(_LOOK_EVERY, self.checkpoint_bytes // 4)
