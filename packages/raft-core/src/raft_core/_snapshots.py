"""Snapshots in the algorithm: taken here, sent to who needs compacted entries, and installed.

Paper, section 7; thesis, chapter 5. A member takes its snapshots by itself, whatever its role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from raft_core import _suspicion
from raft_core._follower import follow_leader
from raft_core.errors import InvariantBroken, UnsupportedVersion
from raft_core.io import SnapshotTaken
from raft_core.messages import InstallSnapshot, SnapshotReply
from raft_core.progress import SNAPSHOT
from raft_core.snapshot import Assembly, Image, Snapshot, Transfer, image_of
from raft_core.types import Index, NodeId, Role

if TYPE_CHECKING:
    from raft_core.raft import Raft


_ENVELOPE: Final = 64 * 1024
"""Bytes that a snapshot may take beside the state: the configuration, and its own head."""


# --- taken here ---------------------------------------------------------------------------------


def on_taken(raft: Raft, item: SnapshotTaken) -> None:
    """Keep it, forget the entries that it stands for, and have it all stored as one record.

    One that a leader's snapshot has overtaken, in the same step, is out of date.

    :raises InvariantBroken: the state it was taken of is not that of an entry applied here
    """
    if item.index <= (0 if raft.snapshot is None else raft.snapshot.index):
        return
    term = raft.log.term_at(item.index)
    if term is None or item.index > raft.applied_index:
        raise InvariantBroken(f"a snapshot of entry {item.index} cannot be, it is not applied here")
    position, configuration = next(
        place for place in reversed(raft.configurations) if place[0] <= item.index
    )
    raft.snapshot = Snapshot(item.index, term, position, configuration, item.data)
    raft.image = None
    base = _kept_from(raft, item.index)
    if raft.thrift is not None:
        base = min(base, raft.thrift.told)
    if base > raft.log.base_index:
        raft.log.compact(base)
    raft.configurations = [place for place in raft.configurations if place[0] >= position]
    raft.unsaved.compacted()


def _kept_from(raft: Raft, index: Index) -> Index:
    """The last entry to be forgotten: some stay, for peers that are a little late.

    A peer that is being sent an older snapshot needs what comes after that one. It is waited for,
    within a wider limit: else it would be sent one snapshot after the other for ever.
    """
    config = raft.config
    lowest = index - config.trailing_entries
    limit = config.trailing_bytes
    size_of_state = 0 if raft.snapshot is None else len(raft.snapshot.data)
    for progress in raft.progress.values():
        if progress.state is SNAPSHOT:
            lowest = min(lowest, progress.next_index - 1)
            # As much as comes between two snapshots: see Compaction.
            limit = max(limit, config.snapshot_bytes, size_of_state)
    lowest = max(lowest, raft.log.base_index)
    size = 0
    while index > lowest:
        size += len(raft.log.entry(index).data)
        if size > limit:
            break
        index -= 1
    return index


# --- sent to others -----------------------------------------------------------------------------


def send_snapshot(raft: Raft, peer: NodeId, *, heartbeat: bool) -> None:
    """The entries that this peer needs are compacted: what the window allows of a snapshot.

    With each heartbeat goes the question how far it is.
    """
    progress = raft.progress[peer]
    transfer = progress.transfer
    if transfer is None or _is_outdated(raft, transfer):
        transfer = progress.send_snapshot(_newest_image(raft))
    config = raft.config
    image = transfer.image
    if heartbeat or transfer.asks:
        _send_piece(raft, peer, image, transfer.ask(), b"")
    while True:
        piece = transfer.piece(config.snapshot_chunk_bytes, config.max_inflight_snapshot_bytes)
        if piece is None:
            return
        _send_piece(raft, peer, image, *piece)


def _is_outdated(raft: Raft, transfer: Transfer) -> bool:
    """A peer that was away begins with the newest, if nothing is lost by it."""
    newest = raft.snapshot
    return (
        transfer.asks
        and transfer.acknowledged == 0
        and newest is not None
        and transfer.image.index < newest.index
    )


def _newest_image(raft: Raft) -> Image:
    if raft.snapshot is None:
        raise InvariantBroken("entries are gone from the log, and no snapshot is in their place")
    if raft.image is None:
        raft.image = image_of(raft.snapshot)
    return raft.image


def _send_piece(raft: Raft, peer: NodeId, image: Image, offset: int, data: bytes) -> None:
    message = InstallSnapshot(
        raft.term,
        image.index,
        image.term,
        len(image.payload),
        image.digest,
        offset,
        data,
        raft.reads.round,
    )
    raft.send((peer,), message)


def on_snapshot_reply(raft: Raft, sender: NodeId, message: SnapshotReply) -> None:
    """Learn how far a peer is with the snapshot that is under way to it."""
    progress = raft.progress.get(sender)
    if progress is None or not _suspicion.hear(raft, sender, progress, message):
        return
    progress.last_heard = raft.now
    if message.read_round:
        raft.reads.on_answer(sender, message.read_round)
    transfer = progress.transfer
    if transfer is not None and transfer.image.digest == message.digest:
        transfer.answered(message.offset, message.question)


# --- installed here -----------------------------------------------------------------------------


def on_install_snapshot(raft: Raft, sender: NodeId, message: InstallSnapshot) -> None:
    """Collect the pieces. One that tells nothing new is answered as entries that are here.

    A snapshot that a later version packed is of no use, however often it comes. So the leader is
    told that all of it is here: it sends none of it again, and asks with its heartbeats only.
    """
    if raft.role is Role.LEADER or message.last_term > message.term:
        return  # The sender is at fault: nobody else leads in our term.
    follow_leader(raft, sender)
    index = message.last_index
    if index <= raft.commit_index or raft.log.term_at(index) == message.last_term:
        raft.commit_index = max(raft.commit_index, index)
        raft.accepted_upto = max(raft.accepted_upto or 0, index)
        raft.accepted_round = max(raft.accepted_round, message.read_round)
        return
    if message.digest == raft.unreadable_digest:
        _refuse(raft, sender, message)
        return
    incoming = raft.incoming
    if incoming is None or not incoming.belongs(message):
        if not 0 < message.size <= raft.config.max_snapshot_bytes + _ENVELOPE:
            return  # What it needs is not to be had: it stays behind, as its limit says.
        incoming = raft.incoming = Assembly(message)
    incoming.add(message)
    if incoming.is_complete:
        raft.incoming = None
        try:
            snapshot = incoming.snapshot()
        except UnsupportedVersion:
            raft.unreadable_digest = message.digest
            _refuse(raft, sender, message)
            return
        if snapshot is not None:
            raft.install(snapshot)
            raft.accepted_round = max(raft.accepted_round, message.read_round)
            return
        offset = 0
    else:
        offset = incoming.offset
    _reply(raft, sender, message, offset)


def _refuse(raft: Raft, sender: NodeId, message: InstallSnapshot) -> None:
    raft.incompatible.append(
        (sender, "its snapshot is of a form that this member does not know: update this member")
    )
    _reply(raft, sender, message, message.size)


def _reply(raft: Raft, sender: NodeId, message: InstallSnapshot, offset: int) -> None:
    question = 0 if message.data else message.offset
    read_round = message.read_round
    reply = SnapshotReply(raft.term, message.digest, offset, question, read_round, *raft.memory)
    raft.send((sender,), reply, durable=True)
