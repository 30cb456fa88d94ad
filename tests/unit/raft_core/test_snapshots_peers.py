"""What a peer may send of snapshots, and what must not come of it."""

from hashlib import sha256

import msgspec
import pytest

from raft_core.codec import Standing
from raft_core.config import Config
from raft_core.io import Output, PeersChanged, Proposed, ReadRequested, SnapshotTaken
from raft_core.membership import Configuration
from raft_core.messages import AppendReply, InstallSnapshot, SnapshotReply
from raft_core.progress import ProgressState
from raft_core.snapshot import Image, Snapshot, Transfer, image_of
from raft_core.types import Role
from tests.unit.raft_core.rig import Rig, alone
from tests.unit.raft_core.support import Member, append, sent

ABC = Configuration.of("abc")
STATE = bytes(150)
FORGETFUL = Config(trailing_entries=0, trailing_bytes=10)
TIGHT = Config(trailing_entries=0, snapshot_chunk_bytes=40, max_inflight_snapshot_bytes=80)


def pieces(image: Image, size: int, *, term: int = 4) -> list[InstallSnapshot]:
    total = len(image.payload)
    return [
        InstallSnapshot(
            term,
            image.index,
            image.term,
            total,
            image.digest,
            offset,
            image.payload[offset : offset + size],
        )
        for offset in range(0, total, size)
    ]


def leader(config: Config = TIGHT) -> Member:
    member = Member([1] * 6, config=config).lead()
    member.accept("b")
    return member


def take(member: Member) -> Output:
    return member.step(SnapshotTaken(member.raft.applied_index, STATE))


def test_an_answer_of_less_than_nothing_does_not_keep_the_leader_busy_for_ever() -> None:
    transfer = Transfer(Image(8, 2, bytes(1000), b"d"))
    transfer.answered(-5, transfer.ask())
    for _ in range(100):
        piece = transfer.piece(40, 80)
        if piece is None:
            break
        assert piece[0] >= 0
        assert piece[1]
    else:
        pytest.fail("pieces without end")


@pytest.mark.parametrize("configuration_index", [10, -1])
def test_a_snapshot_whose_configuration_is_none_of_its_entries_is_none(
    configuration_index: int,
) -> None:
    member = Member([1, 1])
    image = image_of(Snapshot(9, 3, configuration_index, Configuration.of("bcd"), STATE))
    member.receive("b", *pieces(image, 1000))
    member.wait()
    assert member.raft.snapshot is None


def test_a_late_piece_of_what_is_installed_does_not_throw_away_what_is_arriving() -> None:
    member = Member([1, 1])
    old = pieces(image_of(Snapshot(9, 3, 8, ABC, STATE)), 1000)
    member.receive("b", *old)
    assert member.raft.commit_index == 9
    new = pieces(image_of(Snapshot(20, 4, 8, ABC, STATE)), 40)
    member.receive("b", *new[:-1])
    member.receive("b", *old)
    member.receive("b", new[-1])
    assert member.raft.commit_index == 20


def test_pieces_of_what_is_needed_no_more_are_forgotten() -> None:
    member = Member([1, 1])
    member.receive("b", *pieces(image_of(Snapshot(9, 3, 8, ABC, STATE)), 40)[:-1])
    assert member.raft.incoming is not None
    # Another leader still has the entries.
    member.receive("c", append(5, 3, 1, [3] * 10, commit=13))
    assert member.raft.commit_index == 13
    assert member.raft.incoming is None


def test_a_snapshot_that_one_member_takes_another_with_the_same_limit_accepts() -> None:
    limit = 400
    config = Config(snapshot_entries=1, max_snapshot_bytes=limit, trailing_entries=0)
    for size in range(1, limit):
        rig = alone(config)
        rig.submit("k", "x" * size)
        snapshot = rig.raft.snapshot
        if snapshot is None:
            break
        peer = Member([], node_id="c", configuration=None, config=config)
        peer.receive("a", *pieces(image_of(snapshot), 1000))
        assert peer.raft.snapshot == snapshot, f"{len(snapshot.data)} bytes of state"


def test_a_peer_that_was_away_is_sent_the_newest_snapshot() -> None:
    member = leader()
    take(member)
    assert member.raft.progress["c"].state is ProgressState.SNAPSHOT
    for number in range(50):
        for item in range(100):
            member.step(Proposed(number * 100 + item, bytes(300)))
        member.accept("b")
        take(member)
    member.step(PeersChanged(frozenset("b")))
    out = member.step(PeersChanged(frozenset("bc")))
    assert member.raft.snapshot is not None
    (question,) = sent(out, InstallSnapshot)
    assert question.last_index == member.raft.snapshot.index


def test_a_snapshot_that_changes_nothing_puts_off_no_other() -> None:
    rig = Rig("abc", config=Config(snapshot_entries=3)).lead()
    rig.driver.want_snapshot()
    assert len(rig.checkpoints) == 1
    rig.submit()
    assert rig.stored != []
    rig.driver.want_snapshot()
    for _ in range(50):
        rig.submit()
        rig.accept()
    assert len(rig.checkpoints) > 1


def later_image(index: int = 9) -> Image:
    """Packed by a later version: its digest is right, and no number of repetitions helps."""
    payload = b"\x96" + image_of(Snapshot(index, 3, 8, ABC, STATE)).payload
    return Image(index, 3, payload, sha256(payload).digest())


def test_a_peer_that_cannot_read_a_snapshot_says_so_keeps_what_it_has_and_goes_on() -> None:
    member = Member([1, 1])
    image = later_image()
    out = member.receive("b", *pieces(image, 40))
    ((peer, sentence),) = out.incompatible
    assert peer == "b"
    assert sentence.endswith("a form that this member does not know: update this member")
    assert (member.raft.log.last_index, member.raft.snapshot, out.install) == (3, None, None)
    assert member.raft.incoming is None
    assert member.raft.leader == "b"
    readable = image_of(Snapshot(12, 3, 8, ABC, STATE))
    assert member.receive("b", *pieces(readable, 1000)).incompatible == ()
    assert member.raft.log.base_index == 12


def test_of_a_snapshot_that_it_cannot_read_a_peer_says_that_it_has_it_all() -> None:
    member = Member([1, 1])
    image = later_image()
    size = len(image.payload)
    (reply,) = sent(member.receive("b", *pieces(image, 1000)), SnapshotReply)
    assert (reply.digest, reply.offset, reply.question) == (image.digest, size, 0)
    question = msgspec.structs.replace(pieces(image, 40)[0], offset=7, data=b"")
    out = member.receive("b", question)
    (reply,) = sent(out, SnapshotReply)
    assert (reply.offset, reply.question) == (size, 7)
    assert [peer for peer, _ in out.incompatible] == ["b"]
    assert member.raft.incoming is None


def test_heartbeats_that_carry_a_snapshot_confirm_a_leader_for_reads_too() -> None:
    member = Member([1, 1])
    image = image_of(Snapshot(9, 3, 8, ABC, STATE))
    question = msgspec.structs.replace(pieces(image, 40)[0], offset=1, data=b"", read_round=7)
    (reply,) = sent(member.receive("b", question), SnapshotReply)
    assert (reply.question, reply.read_round) == (1, 7)
    installed = msgspec.structs.replace(pieces(image, 1000)[0], read_round=8)
    (accepted,) = sent(member.receive("b", installed), AppendReply)
    assert (accepted.match_index, accepted.read_round) == (9, 8)
    (again,) = sent(member.receive("b", question), AppendReply)
    assert again.read_round == 7


def test_entries_acknowledged_late_end_a_snapshot_that_is_not_needed() -> None:
    """As etcd: what the log can serve again need not be sent as a snapshot."""
    config = Config(trailing_entries=4, snapshot_chunk_bytes=40, max_inflight_snapshot_bytes=80)
    member = leader(config)
    take(member)
    raft = member.raft
    member.receive("c", AppendReply(2, False, raft.progress["c"].next_index - 1, 2, 1))
    assert (raft.log.base_index, raft.progress["c"].state) == (4, ProgressState.SNAPSHOT)
    member.receive("c", AppendReply(2, True, 6))
    assert raft.progress["c"].state is not ProgressState.SNAPSHOT


def test_a_snapshot_that_is_begun_later_is_the_later_one() -> None:
    """``on_taken``: the image of the one before is forgotten."""
    member = leader(FORGETFUL)
    (first,) = sent(take(member), InstallSnapshot)
    member.receive("c", AppendReply(2, True, 8))
    member.step(Proposed(1, b"x"))
    member.accept("b")
    member.receive("c", AppendReply(2, False, 9, 0, 0))
    member.step(PeersChanged(frozenset("c")))
    questions = [
        *sent(take(member), InstallSnapshot),
        *sent(member.step(after=0.1), InstallSnapshot),
    ]
    assert first.last_index == 8
    assert {question.last_index for question in questions} == {9}


def test_a_refusal_of_the_place_where_the_snapshot_ends_comes_late_too() -> None:
    """``refused``: two probes at the end of the log, two refusals, and a snapshot between them."""
    member = leader(FORGETFUL)
    take(member)
    progress = member.raft.progress["c"]
    assert (progress.state, progress.next_index) == (ProgressState.SNAPSHOT, 9)
    member.receive("c", AppendReply(2, False, 8, 0, 0))
    assert (progress.state, progress.next_index) == (ProgressState.SNAPSHOT, 9)


def test_for_a_peer_that_is_sent_a_snapshot_more_is_kept_than_for_one_that_is_late() -> None:
    """``_kept_from``: the wider limit."""
    member = leader(FORGETFUL)
    take(member)
    for number in range(5):
        member.step(Proposed(number, bytes(100)))
    member.accept("b")
    take(member)
    assert member.raft.log.first_index == 9


def test_a_leader_stays_while_its_checkpoint_is_being_stored() -> None:
    """Two seconds for a large state; both followers answer all the time."""
    member = Member([1] * 6, config=Config(trailing_entries=0)).lead().settle()
    member.slow = True
    member.step(SnapshotTaken(member.raft.applied_index, bytes(100)))
    for number in range(20):
        member.step(Proposed(number, b"x"), after=0.1)
        for peer in "bc":
            if member.raft.role is Role.LEADER:
                member.accept(peer)
    assert member.raft.role is Role.LEADER
    assert member.raft.commit_index == member.raft.log.last_index


def test_what_a_copy_answers_to_a_piece_confirms_no_read_and_no_leader() -> None:
    """Its terms may be missing: nothing that it says counts (``_copies``)."""
    member = leader()
    raft = member.raft
    take(member)
    assert raft.progress["c"].state is ProgressState.SNAPSHOT
    member.step(ReadRequested(7), after=0.01)
    assert raft.image is not None
    reply = SnapshotReply(2, raft.image.digest, 0, 0, raft.reads.round, 1, True, True)
    assert member.receive("c", reply).reads == ()
    assert raft.copies == {"c"}
    member.step(after=0.01)
    heard = raft.progress["c"].last_heard
    late = SnapshotReply(2, raft.image.digest, 0, 0, raft.reads.round)
    assert member.receive("c", late).reads == ()
    assert raft.progress["c"].last_heard == heard, "an earlier life has said it"


def test_who_is_sent_a_snapshot_says_what_its_memory_is_worth() -> None:
    member = Member([1, 1], standing=Standing(3, True, 1, copied=True))
    image = image_of(Snapshot(9, 3, 8, ABC, STATE))
    first, *_ = pieces(image, 60)
    (reply,) = sent(member.receive("b", first), SnapshotReply)
    assert reply == SnapshotReply(4, image.digest, 60, 0, 0, 3, True, True)
