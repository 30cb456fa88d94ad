"""What is not durable yet, and the one record that makes it so."""

from math import inf
from random import Random

from raft_core.codec import Standing
from raft_core.config import Config
from raft_core.io import Checkpoint, Write
from raft_core.journal import Restored
from raft_core.membership import Configuration
from raft_core.raft import Raft
from raft_core.snapshot import Snapshot
from tests.unit.raft_core.support import ABC, configured, entries, entry


def raft_with(terms: list[int]) -> Raft:
    restored = Restored("a", 2, None, [configured(1, 1), *entries(terms, 2)], 2)
    return Raft(Config(), restored, rng=Random(1), now=10.0)


def test_nothing_changed_is_no_write() -> None:
    raft = raft_with([1, 2])
    assert raft.unsaved.write(raft) is None
    assert raft.unsaved.last_write == 0


def test_all_that_changed_in_a_step_is_one_write() -> None:
    raft = raft_with([1, 1])
    raft.truncate_from(3)
    raft.append([entry(3, 2), entry(4, 2)])
    raft.vote_for("b")
    assert raft.unsaved.next_write == 1
    write = raft.unsaved.write(raft)
    assert isinstance(write, Write)
    assert (write.id, write.term, write.voted_for, write.vital) == (1, 2, "b", True)
    assert (write.truncate_from, list(write.entries)) == (3, [entry(3, 2), entry(4, 2)])
    assert raft.unsaved.write(raft) is None


def test_entries_are_durable_when_their_write_is() -> None:
    raft = raft_with([1])
    for index in (3, 4):
        raft.append([entry(index, 2)])
        raft.unsaved.write(raft)
    assert raft.durable_index == 2
    raft.unsaved.persisted(1, 10.0)
    assert raft.durable_index == 3
    raft.unsaved.persisted(2, 10.0)
    assert raft.durable_index == 4


def test_a_truncated_entry_is_not_durable_though_its_write_is() -> None:
    raft = raft_with([1])
    raft.append([entry(3, 2), entry(4, 2)])
    raft.unsaved.write(raft)
    raft.truncate_from(3)
    raft.unsaved.persisted(1, 10.0)
    assert raft.durable_index == 2


def test_an_entry_in_the_place_of_a_durable_one_is_not_durable_before_its_write() -> None:
    raft = raft_with([1, 1])
    assert raft.durable_index == 3
    raft.truncate_from(3)
    raft.append([entry(3, 2)])
    raft.unsaved.write(raft)
    assert raft.durable_index == 2
    raft.unsaved.persisted(1, 10.0)
    assert raft.durable_index == 3


def test_what_was_never_written_needs_no_truncation() -> None:
    raft = raft_with([1])
    raft.append([entry(3, 2)])
    raft.truncate_from(3)
    assert raft.unsaved.write(raft) is None


def test_a_commit_index_waits_for_a_write_that_takes_it_along() -> None:
    raft = raft_with([1, 1])
    marks = raft.unsaved
    assert marks.write(raft) is None
    assert marks.save_deadline == inf
    for raft.now, raft.commit_index in ((20.0, 1), (20.5, 2)):
        assert marks.write(raft) is None
        assert marks.save_deadline == 21.0
    raft.now = 21.0
    write = marks.write(raft)
    assert isinstance(write, Write)
    assert (write.commit_index, list(write.entries)) == (2, [])
    assert marks.save_deadline == inf


def test_a_write_is_awaited_for_what_is_committed_and_for_a_candidates_own_vote() -> None:
    raft = raft_with([1, 1])
    assert not raft.unsaved.is_awaited(raft)
    raft.commit_index = 2
    assert raft.unsaved.is_awaited(raft)
    raft.applied_index = 2
    assert not raft.unsaved.is_awaited(raft)
    raft.become_pre_candidate()
    assert not raft.unsaved.is_awaited(raft)
    raft.become_candidate()
    assert raft.unsaved.is_awaited(raft)


def test_a_leaders_write_is_awaited_once_another_has_what_is_not_committed() -> None:
    raft = raft_with([1, 1])
    raft.become_candidate()
    raft.become_leader()
    assert not raft.unsaved.is_awaited(raft)
    raft.progress["c"].match_index = 1
    assert raft.unsaved.is_awaited(raft)


def test_a_leaders_write_is_awaited_when_it_is_the_only_voter() -> None:
    raft = raft_with([])
    raft.append([configured(2, 2, Configuration.of("a", "b"))])
    raft.become_candidate()
    raft.become_leader()
    assert raft.unsaved.is_awaited(raft)


def test_a_storage_is_silent_when_nothing_that_is_under_way_becomes_durable() -> None:
    raft = raft_with([1])
    assert not raft.unsaved.is_silent(99.0, 1.0)
    raft.append([entry(3, 2)])
    raft.unsaved.write(raft)
    assert not raft.unsaved.is_silent(10.9, 1.0)
    assert raft.unsaved.is_silent(11.0, 1.0)
    raft.append([entry(4, 2)])
    raft.unsaved.write(raft)
    raft.unsaved.persisted(1, 11.5)
    assert not raft.unsaved.is_silent(12.0, 1.0)
    raft.unsaved.persisted(2, 12.6)
    assert not raft.unsaved.is_silent(99.0, 1.0)


# --- a checkpoint -------------------------------------------------------------------------------


def compacted(terms: list[int]) -> Raft:
    """With a snapshot of entry 2 that is not stored yet."""
    raft = raft_with(terms)
    raft.snapshot = Snapshot(2, 1, 1, ABC, b"state")
    raft.log.compact(2)
    raft.unsaved.compacted()
    return raft


def test_a_new_snapshot_is_a_record_in_place_of_all_before_it() -> None:
    raft = compacted([1, 2])
    raft.append([entry(4, 2)])
    raft.vote_for("b")
    write = raft.unsaved.write(raft)
    assert isinstance(write, Checkpoint)
    assert (write.id, write.term, write.voted_for, write.base_index) == (1, 2, "b", 2)
    assert list(write.entries) == [entry(3, 2), entry(4, 2)]
    assert raft.unsaved.write(raft) is None


def test_what_is_durable_stays_so_while_a_checkpoint_is_under_way() -> None:
    raft = compacted([1, 2])
    raft.append([entry(4, 2)])
    raft.unsaved.write(raft)
    assert raft.durable_index == 3
    raft.unsaved.persisted(1, 10.0)
    assert raft.durable_index == 4


def test_of_a_snapshot_in_place_of_the_log_nothing_is_durable_before_its_record() -> None:
    raft = raft_with([1, 2])
    raft.append([entry(4, 2)])
    raft.unsaved.write(raft)
    raft.log.reset(9, 2)
    raft.snapshot = Snapshot(9, 2, 1, ABC, b"state")
    raft.unsaved.installed()
    raft.unsaved.write(raft)
    raft.unsaved.persisted(1, 10.0)
    assert raft.durable_index == 0
    raft.unsaved.persisted(2, 10.0)
    assert raft.durable_index == 9


def test_a_whole_state_may_take_its_time_before_a_storage_is_silent() -> None:
    raft = compacted([1, 2])
    raft.unsaved.write(raft)
    assert not raft.unsaved.is_silent(19.9, 1.0)
    assert raft.unsaved.is_silent(20.0, 1.0)


def test_a_record_with_another_configuration_is_vital() -> None:
    raft = raft_with([1])
    raft.append([configured(3, 2, Configuration.of("abcd"))])
    write = raft.unsaved.write(raft)
    assert isinstance(write, Write)
    assert (write.vital, write.standing) == (True, Standing(configuration_index=3))
    raft.append([entry(4, 2)])
    write = raft.unsaved.write(raft)
    assert isinstance(write, Write)
    assert (write.vital, write.standing) == (False, None)
    raft.truncate_from(3)
    write = raft.unsaved.write(raft)
    assert isinstance(write, Write)
    assert (write.vital, write.standing) == (True, Standing(configuration_index=1))


def test_a_checkpoint_says_whether_anything_in_it_is_vital() -> None:
    raft = raft_with([1, 1])
    for vital in (False, True):
        if vital:
            raft.vote_for("b")
        raft.snapshot = Snapshot(2, 1, 1, ABC, b"")
        raft.unsaved.compacted()
        checkpoint = raft.unsaved.write(raft)
        assert isinstance(checkpoint, Checkpoint)
        assert (checkpoint.vital, checkpoint.standing) == (vital, Standing(configuration_index=1))
