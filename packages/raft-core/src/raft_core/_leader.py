"""What a leader does: take proposals in, replicate, commit, stay or go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import inf
from typing import TYPE_CHECKING

from raft_core import _copies, _members, _snapshots, _suspicion, _transfer
from raft_core.batching import batches, fitting
from raft_core.errors import InvariantBroken
from raft_core.io import Proposed, Unreachable
from raft_core.messages import (
    COMMAND,
    NOOP,
    NOT_LEADER,
    OVERLOADED,
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    ForwardedProposal,
    ForwardReply,
)
from raft_core.progress import PROBE, REPLICATE, SNAPSHOT, PeerProgress
from raft_core.quorum import quorum_value
from raft_core.thrift import Thrift
from raft_core.types import LEADER, Index, NodeId

if TYPE_CHECKING:
    from raft_core.raft import Raft


def begin(raft: Raft) -> None:
    """The first act of a term: a no-op, by which all before it can commit (paper, 5.4.2, 8)."""
    first = max(raft.applied_index, raft.log.base_index) + 1
    uncommitted = raft.log.slice(first, raft.log.last_index + 1)
    raft.uncommitted_bytes = sum(len(entry.data) for entry in uncommitted)
    raft.heartbeat_deadline = raft.now + raft.config.heartbeat_interval
    raft.notice_deadline = inf
    raft.thrift = Thrift(raft.config.heartbeat_interval) if raft.config.thrifty else None
    raft.reconsider = True
    raft.holdings.clear()
    raft.term_start = raft.log.last_index + 1
    raft.reads.lead(raft)
    raft.append((Entry(raft.term_start, raft.term, NOOP, b""),))
    _members.meet(raft)


# --- proposals ----------------------------------------------------------------------------------


def on_proposals(
    raft: Raft, origin: NodeId, proposals: Sequence[Proposed | ForwardedProposal]
) -> None:
    """Append them, up to the limit of what may be uncommitted; refuse the rest, nothing lost.

    So is one that is too large, which a peer's own limit may allow: no message could carry it on.
    One made again while it is in the log already needs no second place there: its answer comes.
    None is taken while leadership is to go to another: its log could never catch up.
    """
    if raft.transfer is not None:
        raft.answer(origin, [Answer(proposal.request, NOT_LEADER) for proposal in proposals])
        return
    limit = raft.config.max_uncommitted_bytes
    largest = raft.config.max_proposal_bytes
    term = raft.term
    index = raft.log.last_index
    size = raft.uncommitted_bytes
    entries = []
    refused = []
    for proposal in proposals:
        proposer = (origin, proposal.request)
        if proposer in raft.proposed:
            continue
        length = len(proposal.data)
        if size + length > limit or length > largest:
            refused.append(Answer(proposal.request, OVERLOADED))
            continue
        size += length
        index += 1
        entries.append(Entry(index, term, COMMAND, proposal.data))
        raft.pending[index] = proposer
        raft.proposed.add(proposer)
    raft.uncommitted_bytes = size
    if entries:
        raft.append(entries)
    if refused:
        raft.answer(origin, refused)


def on_forward(raft: Raft, sender: NodeId, proposals: Sequence[ForwardedProposal]) -> None:
    """Proposals of another member. One who does not lead says so: the proposer will ask again."""
    if raft.role is LEADER:
        on_proposals(raft, sender, proposals)
    else:
        raft.answer(sender, [Answer(proposal.request, NOT_LEADER) for proposal in proposals])


def on_applied(raft: Raft, answers: Sequence[tuple[NodeId, Answer]]) -> None:
    """Send the results of applied entries to the members that proposed them."""
    by_peer: dict[NodeId, list[Answer]] = {}
    for peer, answer in answers:
        by_peer.setdefault(peer, []).append(answer)
    for peer, results in by_peer.items():
        progress = raft.progress.get(peer)
        commit = min(raft.commit_index, progress.match_index) if progress is not None else 0
        for batch in batches(results, raft.config.max_append_bytes):
            reply = ForwardReply(raft.term, commit, batch)
            raft.send((peer,), reply, durable=raft.role is not LEADER)
        if progress is not None:
            progress.sent_commit = max(progress.sent_commit, commit)


# --- replication --------------------------------------------------------------------------------


def on_append_reply(raft: Raft, sender: NodeId, message: AppendReply) -> None:
    """Learn where a peer stands; commit what a quorum has."""
    progress = raft.progress.get(sender)
    if progress is None:
        return
    doubtful = message.suspect or message.life != progress.life or raft.suspects
    if doubtful:
        was_copy = sender in raft.copies
        if not _suspicion.hear(raft, sender, progress, message):
            return
        if was_copy and sender not in raft.copies:  # what it has counts from now on
            advance_commit(raft)
    progress.last_heard = raft.now
    if message.read_round:
        raft.reads.on_answer(sender, message.read_round)
    if not message.accepted:
        _copies.remind(raft, sender, progress, message)
        agreement = raft.log.agreement_hint(message.hint_index, message.hint_term)
        progress.refused(message.match_index, agreement)
    elif message.match_index <= raft.log.last_index and progress.accepted(message.match_index):
        if raft.thrift is not None:
            raft.thrift.paces[sender].answered(message.match_index, raft.now)
        if progress.state is SNAPSHOT and progress.match_index >= raft.log.base_index:
            progress.follow()
        if progress.match_index > raft.commit_index:  # else it brings nothing to commit
            advance_commit(raft)
    if message.suspect:
        _suspicion.judge(raft, sender, progress, message)


def on_unreachable(raft: Raft, item: Unreachable) -> None:
    """Do not try again before an answer or the next heartbeat: the link may be full or gone."""
    progress = raft.progress.get(item.peer)
    if progress is None:
        return
    if item.offset is None:
        progress.unsent(item.next_index)
    elif progress.transfer is not None:
        progress.transfer.lost(item.offset)


def on_connected(raft: Raft, peers: frozenset[NodeId]) -> None:
    """A new link: what was under way on the old one may be lost, and the peer waits for us."""
    for peer in peers & raft.progress.keys():
        progress = raft.progress[peer]
        last = max(raft.log.last_index, raft.log.first_index)
        progress.probe(max(min(progress.next_index, last), progress.match_index + 1))


def advance_commit(raft: Raft) -> None:
    """Commit by counting, and only entries of this term (paper, 5.4.2 and figure 8)."""
    reached = {peer: progress.match_index for peer, progress in raft.progress.items()}
    reached[raft.node_id] = raft.durable_index
    for copy in raft.copies:
        reached[copy] = 0
    index = int(quorum_value(raft.configuration, reached.__getitem__))
    if index > raft.commit_index and raft.log.term_at(index) == raft.term:
        # Without learners, and with no change under way, there is nothing to reconsider.
        changing = raft.commit_index < max(raft.term_start, raft.configuration_index)
        raft.reconsider = raft.reconsider or changing or bool(raft.configuration.learners)
        raft.commit_index = index
        raft.notice_deadline = raft.now + raft.config.commit_notice_delay


def on_time(raft: Raft) -> None:
    """The end of a leader's every step: heartbeats, check-quorum, reconfiguration, all sends."""
    heartbeat = raft.now >= raft.heartbeat_deadline
    if heartbeat:
        if not _hears_quorum(raft) or _blocks_others(raft):
            raft.become_follower(raft.term, None)
            return
        raft.heartbeat_deadline = raft.now + raft.config.heartbeat_interval
        raft.reads.on_heartbeat(raft)
        raft.reconsider = True
        for progress in raft.progress.values():
            if progress.state is REPLICATE:
                progress.paused = False
    if raft.reconsider:
        raft.reconsider = False
        _members.reconfigure(raft)
        if raft.role is not LEADER:
            return
    if raft.transfer is not None:
        _transfer.go_on(raft, raft.transfer, heartbeat=heartbeat)
        if raft.role is not LEADER:
            return
    if heartbeat and raft.excluded:
        _members.dismiss(raft, raft.excluded & raft.connected)
    _replicate(raft, heartbeat=heartbeat)
    raft.reads.confirm(raft)


def _hears_quorum(raft: Raft) -> bool:
    """Check-quorum (thesis 6.2): a leader nobody hears must not believe that it leads."""

    def heard(member: NodeId) -> float:
        if member == raft.node_id:
            return raft.now
        return -inf if member in raft.copies else raft.progress[member].last_heard

    return raft.now - quorum_value(raft.configuration, heard) < raft.config.election_timeout


def _blocks_others(raft: Raft) -> bool:
    """A leader whose storage is silent applies nothing and at last refuses all, but heartbeats."""
    silent = raft.unsaved.is_silent(raft.now, raft.config.election_timeout)
    return silent and raft.configuration.all_voters != {raft.node_id}


def _replicate(raft: Raft, *, heartbeat: bool) -> None:
    """Send what each peer lacks, if its window is open; peers at one place share a message."""
    config = raft.config
    last = raft.log.last_index
    messages, size = config.max_inflight_messages, config.max_inflight_bytes
    behind: dict[Index, list[NodeId]] = {}
    idle: dict[Index, list[NodeId]] = {}
    held: list[NodeId] = []
    notice = raft.now >= raft.notice_deadline
    if notice:
        raft.notice_deadline = inf
    thrift = raft.thrift
    asked: Collection[NodeId] = raft.configuration.all_voters if raft.reads.begins else ()
    if thrift is not None:
        asked = thrift.begin(raft, whole=heartbeat or notice)
    base = raft.log.base_index
    for peer, progress in raft.progress.items():
        if progress.next_index <= base or progress.state is SNAPSHOT:
            _snapshots.send_snapshot(raft, peer, heartbeat=heartbeat)
        elif progress.next_index <= last and progress.may_send(messages, size):
            if thrift is not None and thrift.spares(peer, progress):
                held.append(peer)
            else:
                behind.setdefault(progress.next_index, []).append(peer)
        elif heartbeat or peer in asked or (notice and _lacks_notice(raft, progress)):
            idle.setdefault(progress.next_index, []).append(peer)
    if behind:
        _send_missing(raft, behind)
        if raft.notice_deadline < inf and not any(
            _lacks_notice(raft, progress) for progress in raft.progress.values()
        ):
            raft.notice_deadline = inf
    if thrift is not None and not thrift.end(raft, held):
        _send_missing(raft, _by_place(raft, held))
    for next_index, peers in idle.items():
        _send_idle(raft, peers, next_index)


def _lacks_notice(raft: Raft, progress: PeerProgress) -> bool:
    """Whether it was sent all entries, and not that they are committed: the next would say it."""
    return (
        progress.state is REPLICATE
        and progress.next_index > raft.log.last_index
        and progress.sent_commit < raft.commit_index
    )


def _send_idle(raft: Raft, peers: Sequence[NodeId], next_index: Index) -> None:
    """A heartbeat, a notice, a question: a message without entries."""
    _send_entries(raft, peers, next_index, ())
    for peer in peers:
        if raft.progress[peer].state is PROBE:
            raft.progress[peer].paused = True


def _by_place(raft: Raft, peers: Sequence[NodeId]) -> dict[Index, list[NodeId]]:
    places: dict[Index, list[NodeId]] = {}
    for peer in peers:
        places.setdefault(raft.progress[peer].next_index, []).append(peer)
    return places


def _send_missing(raft: Raft, behind: dict[Index, list[NodeId]]) -> None:
    """One message after the other, as many as the windows allow."""
    config = raft.config
    last = raft.log.last_index
    while behind:
        next_index, peers = behind.popitem()
        entries = _batch(raft, next_index)
        _send_entries(raft, peers, next_index, entries)
        upto = entries[-1].index
        weight = sum([len(entry.data) for entry in entries])
        for peer in peers:
            progress = raft.progress[peer]
            progress.sent(upto, weight)
            if raft.thrift is not None:
                raft.thrift.paces[peer].sent(upto, raft.now)
            if progress.next_index <= last and progress.may_send(
                config.max_inflight_messages, config.max_inflight_bytes
            ):
                behind.setdefault(progress.next_index, []).append(peer)


def _batch(raft: Raft, start: Index) -> Sequence[Entry]:
    """Entries from ``start``: at least one, then as many as the limits of a message allow."""
    stop = min(raft.log.last_index, start + raft.config.max_append_entries - 1) + 1
    entries = raft.log.slice(start, stop)
    return entries[: fitting(entries, raft.config.max_append_bytes)]


def _send_entries(
    raft: Raft, peers: Sequence[NodeId], next_index: Index, entries: Sequence[Entry]
) -> None:
    prev = next_index - 1
    prev_term = raft.log.term_at(prev)
    if prev_term is None:
        raise InvariantBroken(f"next_index {next_index} of {peers} is outside the log")
    commit = raft.commit_index
    message = AppendEntries(raft.term, prev, prev_term, commit, tuple(entries), raft.reads.round)
    waits = raft.unsettled < inf and _suspicion.is_first_company(raft)
    raft.send(tuple(peers), message, durable=waits)
    known = min(commit, prev + len(entries))
    for peer in peers:
        raft.progress[peer].sent_commit = max(raft.progress[peer].sent_commit, known)
