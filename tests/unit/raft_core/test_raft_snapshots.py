"""The step and snapshots: what a start makes of one, and what an installed one replaces."""

from hashlib import sha256
from random import Random

from raft_core.config import Config
from raft_core.io import Checkpoint, SnapshotTaken
from raft_core.journal import Restored
from raft_core.membership import Configuration
from raft_core.messages import AppendReply, InstallSnapshot, SnapshotReply
from raft_core.progress import ProgressState
from raft_core.raft import Raft
from raft_core.snapshot import Snapshot, image_of
from tests.unit.raft_core.support import ABC, Member, append, entries, indexes, only, sent

ABCD = Configuration.of("abcd")
SNAPSHOT = Snapshot(9, 3, 8, ABCD, b"the state of the leader")
TIGHT = Config(trailing_entries=0, snapshot_chunk_bytes=40)


def whole() -> InstallSnapshot:
    """All of the snapshot in one message of a leader's of term 4."""
    image = image_of(SNAPSHOT)
    size = len(image.payload)
    return InstallSnapshot(4, image.index, image.term, size, image.digest, 0, image.payload)


def test_the_first_step_after_a_start_hands_out_the_snapshot_and_what_follows_it() -> None:
    kept = entries([3, 3], 10)
    restored = Restored("a", 3, None, kept, 5, 10, snapshot=SNAPSHOT, base_index=9, base_term=3)
    raft = Raft(Config(), restored, rng=Random(0), now=0.0)
    assert (raft.configuration, raft.configuration_index) == (ABCD, 8)
    out = raft.step(0.0, ())
    assert out.install == SNAPSHOT
    assert indexes(out.apply) == [10]
    assert raft.applied_index == 10


def test_a_leaders_snapshot_takes_the_place_of_all_that_was_there() -> None:
    member = Member([1, 1], term=3)
    out = member.receive("b", whole())
    raft = member.raft
    assert isinstance(out.write, Checkpoint)
    assert (raft.snapshot, raft.commit_index) == (SNAPSHOT, 9)
    assert (raft.configuration, raft.configuration_index) == (ABCD, 8)
    assert (raft.log.base_index, raft.log.last_index) == (9, 9)
    assert only(out, AppendReply) == AppendReply(4, True, 9)


def test_that_a_snapshot_is_of_a_later_version_is_said_once_for_each_time_it_is_sent() -> None:
    member = Member([1, 1], term=3)
    payload = b"packed by a later version"
    piece = InstallSnapshot(4, 9, 3, len(payload), sha256(payload).digest(), 0, payload)
    assert [peer for peer, _ in member.receive("b", piece).incompatible] == ["b"]
    assert member.step().incompatible == ()


def test_it_is_handed_out_when_it_is_durable() -> None:
    member = Member([1, 1], term=3, slow=True)
    assert member.receive("b", whole()).install is None
    out = member.persist()
    assert (out.install, list(out.apply), member.raft.applied_index) == (SNAPSHOT, [], 9)


def test_a_state_that_was_saved_here_lets_the_log_forget() -> None:
    member = Member([1, 1, 1], config=TIGHT)
    member.follow(commit=3)
    member.step(SnapshotTaken(3, b"state"))
    assert member.raft.snapshot == Snapshot(3, 1, 1, ABC, b"state")
    assert member.raft.log.first_index == 4


def test_what_a_peer_says_of_a_snapshot_reaches_the_leader() -> None:
    member = Member([1] * 4, config=TIGHT).lead()
    member.accept("b")
    question = only(member.step(SnapshotTaken(6, bytes(100))), InstallSnapshot)
    assert member.raft.progress["c"].state is ProgressState.SNAPSHOT
    reply = SnapshotReply(member.raft.term, question.digest, 0, True)
    first = sent(member.receive("c", reply), InstallSnapshot)[0]
    assert (first.offset, len(first.data)) == (0, 40)


def test_a_snapshot_whose_entries_came_otherwise_is_collected_no_more() -> None:
    member = Member([1, 1], term=3)
    image = image_of(SNAPSHOT)
    first = InstallSnapshot(4, 9, 3, len(image.payload), image.digest, 0, image.payload[:8])
    member.receive("b", first)
    assert member.raft.incoming is not None
    member.receive("b", append(4, 3, 1, [3] * 6, commit=9))
    assert member.raft.incoming is None
