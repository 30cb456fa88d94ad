"""The real recovery and the real count of starts, without a loop, on journals durable at once."""

import pytest

from raft_core.codec import Step, encode_record
from raft_core.errors import RecoveryRefused
from raft_core.interfaces import Journal
from raft_core.journal import first_record, restore
from raft_core.testing.offline import OfflineStorage, count_start, recover
from tests.unit.raft_core.support import configured


def test_a_recovery_adds_one_record_and_drops_a_torn_one_before() -> None:
    begin = encode_record(Step(2, 1, None, 0, (configured(1, 1),)))
    records = [first_record("a"), begin, begin[:-1]]
    storage = OfflineStorage(
        lambda: Journal(tuple(records), None, may_tear=True), records.append, records.pop
    )
    assert recover(storage, "a").gone == ("b", "c")
    assert len(records) == 3
    last = restore(Journal(tuple(records)), "a").entries[-1]
    assert last.index == 2


def test_nothing_to_recover_is_refused() -> None:
    records = [first_record("a")]
    storage = OfflineStorage(lambda: Journal(tuple(records)), records.append, records.pop)
    with pytest.raises(RecoveryRefused):
        recover(storage, "a")
    assert len(records) == 1


def test_it_takes_no_checkpoint() -> None:
    storage = OfflineStorage(lambda: Journal(()), lambda record: None, lambda: None)
    with pytest.raises(TypeError, match="no checkpoint"):
        storage.checkpoint(b"", lambda error: None)


def test_a_start_is_counted_in_the_journal() -> None:
    records = [first_record("a")]
    storage = OfflineStorage(lambda: Journal(tuple(records)), records.append, records.pop)
    for number, nonces in enumerate(("x", "xy"), 1):
        restored = restore(Journal(tuple(records)), "a")
        count_start(storage, restored, nonces[-1])
        assert (restored.standing.start, restored.standing.nonces) == (number, tuple(nonces))
        assert restore(Journal(tuple(records)), "a") == restored
