"""When the next snapshot is wanted: by entries, by bytes, and when a storage's room gets short."""

import msgspec

from raft_core.compaction import Compaction, part_of
from raft_core.config import Config
from raft_core.keyvalue import KeyValue
from raft_core.machine import Machine

CONFIG = Config(snapshot_entries=100, snapshot_bytes=100_000)


class Limited:
    """A storage with a limit, which counts how often it was asked for its room."""

    def __init__(self, room: int | None) -> None:
        self.left = room
        self.asked = 0

    def room(self) -> int | None:
        self.asked += 1
        return self.left

    def takes_checkpoint(self, size: int) -> bool:
        return self.left is None or size <= self.left


def compaction(
    *, snapshot_index: int = 0, checkpoint_bytes: int = 0, storage: Limited | None = None
) -> Compaction:
    return Compaction(
        CONFIG,
        snapshot_index=snapshot_index,
        record_bytes=0,
        checkpoint_bytes=checkpoint_bytes,
        storage=storage,
    )


def test_it_is_due_after_so_many_entries() -> None:
    state = compaction(snapshot_index=50)
    assert not state.is_due(149)
    assert state.is_due(150)


def test_it_is_due_after_so_many_bytes() -> None:
    state = compaction()
    state.stored(99_999)
    assert not state.is_due(1)
    state.stored(1)
    assert state.is_due(1)


def test_each_member_has_its_own_place_up_to_a_quarter_earlier_and_always_the_same() -> None:
    parts = [part_of(f"{number:016x}") for number in range(1000)]
    assert 0.75 < min(parts) < 0.76
    assert 0.99 < max(parts) <= 1
    assert len(set(parts)) == 1000
    assert part_of("a") == part_of("a")


def test_with_a_part_of_its_own_it_is_due_earlier() -> None:
    def early() -> Compaction:
        return Compaction(CONFIG, snapshot_index=50, record_bytes=0, checkpoint_bytes=0, part=0.801)

    assert not early().is_due(130)
    assert early().is_due(131)
    state = early()
    state.stored(80_099)
    assert not state.is_due(51)
    state.stored(1)
    assert state.is_due(51)


def test_what_was_loaded_counts() -> None:
    state = Compaction(CONFIG, snapshot_index=0, record_bytes=100_000, checkpoint_bytes=0)
    assert state.is_due(1)


def test_a_large_state_waits_for_as_many_bytes_as_it_has() -> None:
    state = compaction(checkpoint_bytes=300_000)
    state.stored(299_999)
    assert not state.is_due(1)
    state.stored(1)
    assert state.is_due(1)


def test_it_is_never_due_when_nothing_was_applied_since() -> None:
    state = compaction(snapshot_index=5)
    state.stored(10**9)
    assert not state.is_due(5)


def test_a_checkpoint_begins_anew() -> None:
    state = compaction()
    state.stored(100_000)
    state.replaced(20_000, 100)
    assert not state.is_due(199)
    assert state.is_due(200)
    state.stored(100_000)
    assert state.is_due(101)


def test_put_off_it_asks_again_when_as_much_has_come() -> None:
    state = compaction()
    state.stored(100_000)
    state.put_off()
    assert not state.is_due(1000)
    state.stored(100_000)
    assert state.is_due(1000)


def test_a_storage_whose_room_gets_short_is_compacted_earlier() -> None:
    storage = Limited(100_001)
    state = compaction(storage=storage)
    state.stored(40_000)
    assert not state.is_due(1)
    storage.left = 99_999
    assert not state.is_due(1)
    state.stored(40_000)
    assert state.is_due(1)


def test_a_storage_without_a_limit_is_never_short() -> None:
    state = compaction(storage=Limited(None))
    state.stored(90_000)
    assert not state.is_due(1)


def test_the_storage_is_not_asked_at_every_step() -> None:
    storage = Limited(10**9)
    state = compaction(storage=storage)
    for _ in range(50):
        state.stored(1000)
        state.is_due(1)
    assert storage.asked == 1


def test_short_of_room_it_is_not_due_again_at_once() -> None:
    state = compaction(checkpoint_bytes=90_000, storage=Limited(0))
    state.stored(40_000)
    assert state.is_due(1)
    state.put_off()
    assert not state.is_due(2)
    state.replaced(200_000, 2)
    state.stored(49_000)
    assert not state.is_due(3)
    state.stored(1000)
    assert state.is_due(3)


def test_the_limits_are_the_members_own() -> None:
    config = msgspec.structs.replace(CONFIG, snapshot_entries=1)
    state = Compaction(config, snapshot_index=0, record_bytes=0, checkpoint_bytes=0)
    assert state.is_due(1)


# --- saving -------------------------------------------------------------------------------------


def test_what_is_saved_is_the_machines_snapshot_and_puts_off_the_next() -> None:
    machine = Machine(KeyValue({"k": "v"}))
    state = compaction()
    state.stored(100_000)
    assert state.save(machine) == machine.snapshot()
    assert not state.is_due(1)


def test_one_that_would_not_fit_the_storage_is_put_off() -> None:
    storage = Limited(50_000)
    state = compaction(storage=storage)
    machine = Machine(KeyValue({"k": "x" * 30_000}))
    assert "does not fit the storage: make room" in str(state.save(machine))
    storage.left = 100_000
    assert state.save(machine) == machine.snapshot()


class Unsaved(KeyValue):
    """A state that can be had, or cannot."""

    error: Exception | None = None

    def snapshot(self) -> bytes:
        if self.error is not None:
            raise self.error
        return bytes(2000)

    def restore(self, data: bytes) -> None:
        raise NotImplementedError


def test_a_state_that_cannot_be_saved_is_told_in_a_sentence_and_put_off() -> None:
    state = compaction()
    state.stored(100_000)
    said = state.save(Machine(Unsaved(error=OSError("no"))))
    assert said == "the state cannot be saved: OSError: no"
    assert not state.is_due(1000)


def test_a_snapshot_over_the_limit_is_none() -> None:
    config = Config(max_snapshot_bytes=1000)
    state = Compaction(config, snapshot_index=0, record_bytes=0, checkpoint_bytes=0)
    said = state.save(Machine(Unsaved()))
    assert isinstance(said, str)
    assert "over max_snapshot_bytes, 1000" in said
