"""What comes to the wrong member, comes again, or was lost: who leads loses nothing by it."""

import pytest

from raft_core.config import Config
from raft_core.errors import InvariantBroken
from raft_core.io import Proposed, ReadRequested, SnapshotTaken, Unreachable
from raft_core.messages import (
    NOT_LEADER,
    Answer,
    AppendEntries,
    AppendReply,
    Forward,
    ForwardedProposal,
    ForwardReply,
    InstallSnapshot,
    SnapshotReply,
)
from raft_core.progress import ProgressState
from tests.unit.raft_core.support import Member, only


def leader(config: Config | None = None) -> Member:
    """Of "abc", in term 3, with its no-op as the last entry; nobody has answered yet."""
    return Member([1, 2], config=config).lead()


def test_a_proposal_made_again_while_it_is_pending_is_appended_once() -> None:
    member = leader().settle()
    for _ in range(2):
        member.step(Proposed(7, b"x"))
    assert member.raft.log.last_index == 5
    member.receive("b", Forward((ForwardedProposal(7, b"x"),)))  # another member's seventh
    assert member.raft.log.last_index == 6


def test_who_does_not_lead_says_so_to_the_member_that_asked() -> None:
    member = Member([1, 2])
    member.follow()
    out = member.receive("c", Forward((ForwardedProposal(7, b"x"),)))
    assert only(out, ForwardReply) == ForwardReply(2, 0, (Answer(7, NOT_LEADER),))


def test_what_a_stranger_answers_counts_for_nothing() -> None:
    member = leader()
    assert member.accept("z").sends == []
    assert member.raft.commit_index == 0


def test_a_peer_behind_the_log_is_sent_a_snapshot_and_lost_pieces_go_again() -> None:
    config = Config(trailing_entries=0, snapshot_chunk_bytes=40, max_inflight_snapshot_bytes=80)
    member = leader(config)
    member.accept("b")
    question = only(member.step(SnapshotTaken(4, bytes(100))), InstallSnapshot)
    member.receive("c", SnapshotReply(3, question.digest, 0, True))
    member.step(Unreachable("c", offset=40))
    transfer = member.raft.progress["c"].transfer
    assert transfer is not None
    assert transfer.sent == 40
    member.step(Unreachable("b", offset=40))  # no snapshot is on its way to this one
    assert member.raft.progress["b"].transfer is None


def test_an_answer_speaks_for_the_round_of_reads_that_it_names() -> None:
    member = leader().settle()
    question = only(member.step(ReadRequested(7)), AppendEntries)
    reply = AppendReply(3, True, 4, read_round=question.read_round)
    assert member.receive("b", reply).reads == [7]


def test_who_turns_out_to_have_what_the_log_still_has_needs_no_snapshot() -> None:
    member = Member([1] * 8, config=Config(trailing_entries=2)).lead()
    member.accept("b")
    member.step(SnapshotTaken(10, b"state"))
    last_but_one = member.raft.progress["c"].next_index - 1
    member.receive("c", AppendReply(2, False, last_but_one, 1, 1))
    assert member.raft.progress["c"].transfer is not None
    member.accept("c", 9)
    progress = member.raft.progress["c"]
    assert (progress.state, progress.transfer) == (ProgressState.REPLICATE, None)
    assert progress.next_index == 11  # entry 10 is on its way


def test_a_place_outside_the_log_is_a_bug_that_stops_the_member() -> None:
    member = leader().settle()
    member.raft.progress["b"].probe(99)
    with pytest.raises(InvariantBroken, match="next_index 99 of"):
        member.step(after=Config().heartbeat_interval)
