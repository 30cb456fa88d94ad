"""Snapshots in the algorithm: what they let the log forget, who is sent one, what one replaces."""

from random import Random

import msgspec
import pytest

from raft_core.config import Config
from raft_core.errors import InvariantBroken
from raft_core.io import (
    Checkpoint,
    Output,
    PeersChanged,
    Persisted,
    Proposed,
    ReadRequested,
    Received,
    SnapshotTaken,
    Unreachable,
)
from raft_core.journal import Restored
from raft_core.membership import Configuration
from raft_core.messages import AppendEntries, AppendReply, InstallSnapshot, SnapshotReply
from raft_core.progress import ProgressState
from raft_core.raft import Raft
from raft_core.snapshot import Image, Snapshot, image_of
from raft_core.types import Role
from tests.unit.raft_core.support import Member, append, configured, entries, indexes, only, sent

TIGHT = Config(trailing_entries=0, snapshot_chunk_bytes=40, max_inflight_snapshot_bytes=80)

ABCD = Configuration.of("abcd")
STATE = bytes(range(150))
SNAPSHOT = Snapshot(9, 3, 8, ABCD, STATE)
IMAGE = image_of(SNAPSHOT)


def leader(log: int = 6, *, config: Config = TIGHT) -> Member:
    """Of "abc" in term 2: a configuration, so many commands of term 1, a no-op; all applied."""
    member = Member([1] * log, config=config).lead()
    member.accept("b")
    assert member.raft.applied_index == log + 2
    return member


def take(member: Member, index: int | None = None) -> Output:
    index = member.raft.applied_index if index is None else index
    return member.step(SnapshotTaken(index, STATE))


def piece(offset: int, size: int = 0, *, term: int = 4, image: Image = IMAGE) -> InstallSnapshot:
    """Of an image, from a leader; without a size it is a question."""
    data = image.payload[offset : offset + size]
    total = len(image.payload)
    return InstallSnapshot(term, image.index, image.term, total, image.digest, offset, data)


# --- taken here ---------------------------------------------------------------------------------


def test_a_snapshot_lets_the_log_forget_and_is_one_record() -> None:
    member = Member([1, 1, 1, 1])
    member.follow(commit=4)
    out = take(member)
    checkpoint = out.write
    assert isinstance(checkpoint, Checkpoint)
    snapshot = Snapshot(4, 1, 1, Configuration.of("abc"), STATE)
    assert (checkpoint.snapshot, member.raft.snapshot) == (snapshot, snapshot)
    assert member.raft.log.first_index == 1
    assert indexes(checkpoint.entries) == [1, 2, 3, 4, 5]


def test_what_a_thrifty_leader_holds_back_is_kept() -> None:
    member = leader(config=msgspec.structs.replace(TIGHT, thrifty=True))
    member.accept("c")
    member.slow = True
    for number in (9, 10):
        member.step(Proposed(number, b"x"))
        member.persist()
        member.accept("b", number)
    assert member.raft.applied_index == 10
    take(member)
    assert member.raft.log.first_index == 9
    member.step(after=member.raft.config.thrifty_delay)
    assert indexes(sent(member.out, AppendEntries)[0].entries) == [9, 10]


def test_entries_behind_it_are_kept_for_those_who_are_late() -> None:
    member = Member([1] * 9, config=Config(trailing_entries=3))
    member.follow(commit=8)
    checkpoint = take(member).write
    assert isinstance(checkpoint, Checkpoint)
    assert (checkpoint.base_index, checkpoint.base_term) == (5, 1)
    assert indexes(checkpoint.entries) == [6, 7, 8, 9, 10]
    assert member.raft.log.first_index == 6


def test_but_only_so_many_bytes_of_them() -> None:
    member = Member([1] * 9, config=Config(trailing_entries=9, trailing_bytes=2))
    member.follow(commit=8)
    take(member)
    assert member.raft.log.first_index == 7


def test_the_record_carries_what_else_changed_in_its_step() -> None:
    member = Member([1, 1], config=TIGHT)
    member.follow(commit=3)
    out = member.step(SnapshotTaken(3, STATE), Received("c", append(7, 3, 1, [7, 7])))
    checkpoint = out.write
    assert isinstance(checkpoint, Checkpoint)
    assert (checkpoint.term, indexes(checkpoint.entries)) == (7, [4, 5])
    assert only(out, AppendReply) == AppendReply(7, True, 5)
    assert len(member.writes) == 1


def test_the_configuration_of_a_snapshot_is_the_one_in_force_there() -> None:
    member = Member([1], config=TIGHT)
    later = configured(4, 2, ABCD)
    member.receive("b", AppendEntries(2, 2, 1, 3, (*entries([2], 3), later, *entries([2], 5))))
    assert member.raft.applied_index == 3
    checkpoint = take(member).write
    assert isinstance(checkpoint, Checkpoint)
    assert checkpoint.snapshot.configuration == Configuration.of("abc")
    assert checkpoint.snapshot.configuration_index == 1
    assert (member.raft.configuration, member.raft.configuration_index) == (ABCD, 4)


def test_a_configuration_that_a_snapshot_holds_stays_in_force() -> None:
    member = leader()
    take(member)
    assert member.raft.configuration == Configuration.of("abc")
    assert member.raft.configurations == [(1, Configuration.of("abc"))]


def test_a_configuration_after_the_snapshot_can_still_go_back() -> None:
    member = Member([1], config=TIGHT)
    member.receive("b", AppendEntries(2, 2, 1, 2, (configured(3, 2, ABCD),)))
    take(member)
    assert member.raft.configuration == ABCD
    member.receive("c", append(3, 2, 1, [3]))
    assert member.raft.configuration == Configuration.of("abc")


@pytest.mark.parametrize("index", [0, 3, 5])
def test_one_that_another_has_overtaken_changes_nothing(index: int) -> None:
    member = Member([1] * 6, config=TIGHT)
    member.follow(commit=5)
    take(member)
    assert take(member, index).write is None
    assert member.raft.snapshot is not None
    assert member.raft.snapshot.index == 5


def test_a_state_that_cannot_be_is_a_bug() -> None:
    member = Member([1] * 6)
    member.follow(commit=5)
    with pytest.raises(InvariantBroken, match="a snapshot of entry 6 cannot be"):
        take(member, 6)


# --- who starts with one ------------------------------------------------------------------------


def test_at_a_start_the_state_comes_first_then_the_entries_behind_it() -> None:
    config = Config(trailing_entries=4)
    kept = entries([3] * 7, 6)
    restored = Restored("a", 3, None, kept, 9, 10, snapshot=SNAPSHOT, base_index=5, base_term=3)
    raft = Raft(config, restored, rng=Random(1), now=0.0)
    assert (raft.configuration, raft.durable_index) == (ABCD, 12)
    out = raft.step(0.0, ())
    assert out.install == SNAPSHOT
    assert indexes(out.apply) == [10]


def test_configurations_of_entries_that_the_snapshot_stands_for_are_out_of_date() -> None:
    kept = [*entries([3] * 2, 6), configured(8, 3, ABCD), *entries([3], 9)]
    snapshot = Snapshot(9, 3, 8, Configuration.of("abcde"), STATE)
    restored = Restored("a", 3, None, kept, 9, 9, snapshot=snapshot, base_index=5, base_term=3)
    raft = Raft(Config(), restored, rng=Random(1), now=0.0)
    assert raft.configuration == Configuration.of("abcde")


# --- sent to others -----------------------------------------------------------------------------


def questioned(member: Member, peer: str = "c", offset: int = 0, *, asked: bool = True) -> Output:
    """The peer answers how much of the leader's snapshot it has."""
    assert member.raft.image is not None
    transfer = member.raft.progress[peer].transfer
    assert transfer is not None
    question = transfer.ask() if asked else 0
    reply = SnapshotReply(member.raft.term, member.raft.image.digest, offset, question)
    return member.receive(peer, reply)


def sending() -> Member:
    """A leader that compacts what "c" has not acknowledged, and so begins to send its snapshot."""
    member = leader()
    (question,) = sent(take(member), InstallSnapshot)
    assert (question.offset, question.data) == (1, b"")
    assert member.raft.progress["c"].state is ProgressState.SNAPSHOT
    return member


def test_a_peer_that_needs_compacted_entries_is_asked_how_much_of_a_snapshot_it_has() -> None:
    member = sending()
    image = member.raft.image
    assert image is not None
    assert (image.index, image.term) == (8, 2)


def test_two_that_need_it_are_sent_the_same() -> None:
    member = Member([1] * 6, config=TIGHT, configuration=Configuration.of("abcde")).lead()
    for peer in "bc":
        member.accept(peer)
    assert len(sent(take(member), InstallSnapshot)) == 2
    to_d, to_e = (member.raft.progress[peer].transfer for peer in "de")
    assert to_d is not None
    assert to_e is not None
    assert to_d.image is to_e.image


def test_a_window_of_pieces_follows_its_answer() -> None:
    member = sending()
    first = sent(questioned(member), InstallSnapshot)
    assert [(item.offset, len(item.data)) for item in first] == [(0, 40), (40, 40)]
    more = sent(questioned(member, offset=40, asked=False), InstallSnapshot)
    assert [item.offset for item in more] == [80]


def test_with_each_heartbeat_goes_a_question_and_no_entries() -> None:
    member = sending()
    member.step(after=0.1)
    out = member.out
    to_c = [send.message for send in out.sends if send.to == ("c",)]
    assert [type(message) for message in to_c] == [InstallSnapshot]


def test_who_has_it_is_sent_what_comes_after_it() -> None:
    member = sending()
    member.step()
    out = member.receive("c", AppendReply(2, True, 8))
    progress = member.raft.progress["c"]
    assert (progress.state, progress.match_index, progress.transfer) == (
        ProgressState.REPLICATE,
        8,
        None,
    )
    assert sent(out, InstallSnapshot) == []


def test_it_goes_on_with_the_one_it_began_though_there_is_a_newer_one() -> None:
    member = sending()
    old = member.raft.image
    assert old is not None
    newer = member.step(Proposed(1, b"x"))
    member.accept("b")
    assert newer.write is not None
    assert isinstance(take(member, 9).write, Checkpoint)
    reply = SnapshotReply(2, old.digest, 40, 0)
    (more, *_) = sent(member.receive("c", reply), InstallSnapshot)
    assert more.digest == old.digest


def test_what_comes_after_it_is_kept_until_the_peer_has_it() -> None:
    member = sending()
    member.step(*(Proposed(number, b"x") for number in range(5)))
    raft = member.raft
    member.accept("b")
    assert raft.applied_index == 13
    take(member)
    assert raft.log.first_index == 9
    member.receive("c", AppendReply(2, True, 8))
    assert raft.progress["c"].next_index > 8
    assert raft.progress["c"].state is ProgressState.REPLICATE


def test_a_piece_that_the_transport_did_not_take_waits_for_the_next_question() -> None:
    member = sending()
    questioned(member)
    assert sent(member.step(Unreachable("c", offset=40)), InstallSnapshot) == []
    transfer = member.raft.progress["c"].transfer
    assert transfer is not None
    assert (transfer.sent, transfer.paused) == (40, True)
    again = sent(questioned(member, offset=40), InstallSnapshot)
    assert [item.offset for item in again] == [40, 80]


def test_on_a_new_link_it_asks_at_once() -> None:
    member = sending()
    questioned(member)
    member.step(PeersChanged(frozenset("b")))
    out = member.step(PeersChanged(frozenset("bc")))
    assert [item.data for item in sent(out, InstallSnapshot)] == [b""]


def test_answers_of_strangers_and_of_other_snapshots_do_nothing() -> None:
    member = sending()
    assert sent(member.receive("x", SnapshotReply(2, b"d", 0, 1)), InstallSnapshot) == []
    assert sent(member.receive("c", SnapshotReply(2, b"d", 0, 1)), InstallSnapshot) == []
    heard = member.raft.progress["b"].last_heard
    member.step(after=0.05)
    member.receive("b", SnapshotReply(2, b"d", 0, 1))
    assert member.raft.progress["b"].last_heard > heard


def test_a_new_member_is_not_sent_one_unless_it_needs_it() -> None:
    member = leader()
    take(member)
    assert member.raft.log.last_index == member.raft.log.base_index
    member.step(PeersChanged(frozenset("bcd")))
    progress = member.raft.progress["d"]
    assert progress.state is ProgressState.PROBE


def test_without_a_snapshot_no_entries_can_be_gone() -> None:
    member = leader()
    member.raft.log.compact(8)
    with pytest.raises(InvariantBroken, match="no snapshot is in their place"):
        member.step()


# --- installed here -----------------------------------------------------------------------------


def install(member: Member, *, term: int = 4) -> Output:
    return member.receive("b", piece(0, 1000, term=term))


def test_its_pieces_are_answered_with_how_much_is_here() -> None:
    member = Member([1, 1])
    out = member.receive("b", piece(0, 60))
    assert only(out, SnapshotReply) == SnapshotReply(4, IMAGE.digest, 60, 0)
    assert (member.raft.leader, member.raft.term) == ("b", 4)
    out = member.receive("b", piece(7))
    assert only(out, SnapshotReply) == SnapshotReply(4, IMAGE.digest, 60, 7)


def test_a_question_is_a_heartbeat() -> None:
    member = Member([1, 1])
    member.receive("b", piece(0))
    deadline = member.raft.election_deadline
    member.step(after=0.5)
    member.receive("b", piece(0))
    assert member.raft.election_deadline > deadline


def test_complete_it_replaces_the_log_and_is_acknowledged_once_durable() -> None:
    member = Member([1, 1], slow=True)
    out = install(member)
    checkpoint = out.write
    assert isinstance(checkpoint, Checkpoint)
    assert (checkpoint.snapshot, checkpoint.base_index, checkpoint.entries) == (SNAPSHOT, 9, [])
    assert (checkpoint.term, checkpoint.commit_index) == (4, 9)
    (reply,) = out.sends
    assert reply.message == AppendReply(4, True, 9)
    assert reply.after == checkpoint.id
    assert out.install is None
    out = member.persist()
    assert out.install == SNAPSHOT
    raft = member.raft
    assert (raft.applied_index, raft.commit_index, raft.log.last_index) == (9, 9, 9)
    assert (raft.configuration, raft.configuration_index) == (ABCD, 8)


def test_pieces_make_it_whole_in_any_number() -> None:
    member = Member([1, 1])
    for offset in range(0, len(IMAGE.payload), 7):
        member.receive("b", piece(offset, 7))
    assert member.raft.snapshot == SNAPSHOT
    assert member.raft.applied_index == 9


def test_entries_follow_it_in_the_same_step() -> None:
    member = Member([1, 1])
    out = member.receive("b", piece(0, 1000), append(4, 9, 3, [4, 4], commit=10))
    assert isinstance(out.write, Checkpoint)
    assert indexes(out.write.entries) == [10, 11]
    assert only(out, AppendReply) == AppendReply(4, True, 11)
    assert member.raft.applied_index == 10


def test_what_was_being_written_before_it_makes_nothing_of_it_durable() -> None:
    member = Member([1], slow=True)
    member.receive("b", append(1, 2, 1, [1, 1, 1]))
    before = member.unsaved[-1]
    install(member)
    member.step(Persisted(before))
    assert member.raft.durable_index == 0
    assert member.raft.applied_index == 0
    member.persist()
    assert member.raft.durable_index == 9


def test_a_log_that_has_its_last_entry_needs_no_piece() -> None:
    member = Member([1, *[3] * 8])
    out = member.receive("b", piece(0))
    assert only(out, AppendReply) == AppendReply(4, True, 9)
    raft = member.raft
    assert (raft.log.last_index, raft.commit_index, raft.snapshot) == (10, 9, None)


def test_what_is_committed_needs_no_piece() -> None:
    member = Member([1, *[3] * 9])
    member.follow(commit=11)
    out = member.receive("b", piece(0, 60))
    assert only(out, AppendReply).match_index == 9
    assert member.raft.log.last_index == 11


def test_a_log_that_differs_there_is_replaced() -> None:
    member = Member([1, *[2] * 12])
    install(member)
    assert (member.raft.log.first_index, member.raft.log.last_index) == (10, 9)


def test_entries_that_are_compacted_here_agree_with_any_leaders() -> None:
    member = Member([1, 1])
    install(member)
    out = member.receive("b", append(4, 5, 1, [1, 2, 3, 3, 4, 4]))
    assert only(out, AppendReply) == AppendReply(4, True, 11)
    assert [item.term for item in member.raft.log.slice(10, 12)] == [4, 4]
    out = member.receive("b", append(4, 3, 1, [1]))
    assert only(out, AppendReply) == AppendReply(4, True, 4)


def test_a_damaged_one_is_not_installed_and_begun_anew() -> None:
    member = Member([1, 1])
    broken = msgspec.structs.replace(piece(0, 1000), data=b"x" * len(IMAGE.payload))
    out = member.receive("b", broken)
    assert only(out, SnapshotReply).offset == 0
    install(member)
    assert member.raft.snapshot == SNAPSHOT


def test_another_leaders_goes_on_where_the_first_ones_stopped_if_it_is_the_same() -> None:
    member = Member([1, 1])
    member.receive("b", piece(0, 60))
    out = member.receive("c", piece(0, term=5))
    assert only(out, SnapshotReply).offset == 60


def test_and_begins_anew_if_it_is_another_one() -> None:
    member = Member([1, 1])
    member.receive("b", piece(0, 60))
    other = image_of(msgspec.structs.replace(SNAPSHOT, data=b"another"))
    out = member.receive("c", piece(0, term=5, image=other))
    assert only(out, SnapshotReply) == SnapshotReply(5, other.digest, 0, 0)


def test_one_of_an_older_term_is_told_the_newer_and_changes_nothing() -> None:
    member = Member([1, 1], term=7)
    out = member.receive("b", piece(0, 60))
    assert only(out, AppendReply) == AppendReply(7, False, 0)
    assert (member.raft.incoming, member.raft.leader) == (None, None)


def test_one_that_is_too_large_is_not_collected() -> None:
    large = image_of(msgspec.structs.replace(SNAPSHOT, data=bytes(100_000)))
    member = Member([1, 1], config=Config(max_snapshot_bytes=10_000))
    assert member.receive("b", piece(0, 60, image=large)).sends == []
    assert member.raft.incoming is None


def test_nobody_else_leads_in_a_leaders_term() -> None:
    member = leader()
    assert member.receive("b", piece(0, 60, term=member.raft.term)).sends == []
    assert member.raft.role is Role.LEADER


def test_a_snapshot_of_a_term_to_come_cannot_be() -> None:
    member = Member([1, 1])
    late = msgspec.structs.replace(piece(0, 60), last_term=5)
    assert member.receive("b", late).sends == []


def test_the_answer_to_a_piece_speaks_for_a_round_of_reads_too() -> None:
    member = sending()
    member.step(ReadRequested(7))
    assert member.raft.image is not None
    round_of_reads = member.raft.reads.round
    reply = SnapshotReply(2, member.raft.image.digest, 0, 0, round_of_reads)
    assert member.receive("c", reply).reads == [7]
