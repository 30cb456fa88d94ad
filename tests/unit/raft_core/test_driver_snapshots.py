"""The pump and snapshots: when one is taken, what it holds, and what a leader's does."""

from math import ceil

import pytest

from raft_core.codec import CheckpointRecord, Standing, Step, decode_record
from raft_core.compaction import part_of
from raft_core.config import Config
from raft_core.keyvalue import KeyValue
from raft_core.machine import Machine
from raft_core.membership import Configuration
from raft_core.messages import AppendReply, InstallSnapshot, SnapshotReply
from raft_core.snapshot import Snapshot, decode_snapshot, image_of
from tests.unit.raft_core.rig import Rig, alone
from tests.unit.raft_core.support import append

SMALL = Config(snapshot_entries=3, trailing_entries=0)


def test_after_so_many_entries_the_state_is_stored_in_place_of_the_journal() -> None:
    rig = alone(SMALL)
    for number in range(4):
        rig.submit(str(number), "v")
    assert len(rig.checkpoints) == 2
    record = decode_record(rig.checkpoints[-1])
    assert isinstance(record, CheckpointRecord)
    snapshot = decode_snapshot(record.snapshot)
    assert snapshot is not None
    assert (snapshot.index, record.sequence) == (6, rig.raft.unsaved.last_write + 2)
    other = Machine(KeyValue())
    other.restore(snapshot.data)
    assert other.state == rig.state


def test_each_member_takes_its_snapshots_at_a_place_of_its_own() -> None:
    rig = alone(Config(snapshot_entries=1000, trailing_entries=0))
    while not rig.checkpoints:
        rig.submit()
    assert rig.raft.snapshot is not None
    assert rig.raft.snapshot.index == ceil(1000 * part_of("a")) < 1000


def test_somebody_may_want_one_now() -> None:
    rig = alone()
    rig.submit("k", "v")
    rig.driver.want_snapshot()
    assert len(rig.checkpoints) == 1
    rig.driver.want_snapshot()
    assert len(rig.checkpoints) == 1


def test_one_that_is_wanted_in_the_midst_of_applying_waits_until_all_is_applied() -> None:
    rig = Rig("abc").lead()
    rig.machine.on_applied = lambda _command, _result: rig.driver.want_snapshot()
    rig.slow = True
    for number in range(3):
        rig.submit(str(number), "v")
    rig.driver.tick()
    rig.slow = False
    rig.accept()
    rig.persist()
    snapshot = rig.raft.snapshot
    assert snapshot is not None
    other = Machine(KeyValue())
    other.restore(snapshot.data)
    assert (snapshot.index, other.state) == (rig.raft.applied_index, rig.state)
    assert len(rig.state.items) == 3


def test_a_leaders_snapshot_takes_the_place_of_the_state() -> None:
    rig = Rig("abc").follow()
    rig.state.items["old"] = "x"
    data = Machine(KeyValue({"k": "v"})).snapshot()
    image = image_of(Snapshot(9, 1, 1, Configuration.of("abc"), data))
    size = len(image.payload)
    rig.deliver("b", InstallSnapshot(1, 9, 1, size, image.digest, 0, image.payload))
    assert rig.state.items == {"k": "v"}
    assert len(rig.checkpoints) == 1
    assert rig.to("b") == [AppendReply(1, True, 9)]
    rig.deliver("b", append(1, 9, 1, [1], commit=10))
    assert rig.driver.problem is not None


def test_a_piece_that_was_not_sent_is_told_with_its_offset() -> None:
    rig = Rig("abc", config=Config(trailing_entries=0)).lead()
    rig.driver.want_snapshot()
    question = rig.to("c")[0]
    assert isinstance(question, InstallSnapshot)
    rig.unreachable = {"c"}
    rig.deliver("c", SnapshotReply(rig.raft.term, question.digest, 0, question.offset))
    transfer = rig.raft.progress["c"].transfer
    assert transfer is not None
    assert (transfer.sent, transfer.paused) == (0, True)


class Unsavable(KeyValue):
    """Cannot be saved once something is in it."""

    def snapshot(self) -> bytes:
        if self.items:
            raise OSError("no room for it")
        return b""

    def restore(self, data: bytes) -> None:
        """Nothing is in it."""


def test_a_state_that_cannot_be_saved_now_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig("a", config=SMALL, state=Unsavable())
    rig.driver.tick()
    for number in range(5):
        rig.submit(str(number), "v")
    assert (rig.driver.problem, rig.checkpoints) == (None, [])
    assert "the log grows, since the state cannot be saved: OSError: no room" in caplog.text


def test_a_snapshot_over_the_limit_is_not_taken(caplog: pytest.LogCaptureFixture) -> None:
    rig = alone(Config(snapshot_entries=3, max_snapshot_bytes=20))
    for number in range(5):
        rig.submit(str(number), "v")
    assert (rig.driver.problem, rig.checkpoints) == (None, [])
    assert "is over max_snapshot_bytes, 20" in caplog.text


def test_a_term_is_in_a_vital_record_before_it_is_in_a_checkpoint() -> None:
    rig = Rig("abc").follow()
    data = Machine(KeyValue({"k": "v"})).snapshot()
    image = image_of(Snapshot(9, 3, 1, Configuration.of("abc"), data))
    size = len(image.payload)
    rig.vital.clear()
    rig.deliver("c", InstallSnapshot(3, 9, 3, size, image.digest, 0, image.payload))
    (checkpoint,) = map(decode_record, rig.checkpoints)
    (vital,) = map(decode_record, rig.replaced)
    assert isinstance(vital, Step)
    assert (vital.term, vital.entries, vital.standing) == (3, (), Standing(configuration_index=1))
    assert rig.vital == [True]
    assert checkpoint.sequence == vital.sequence + 1
    assert rig.to("c") == [AppendReply(3, True, 9)]
