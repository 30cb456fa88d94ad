"""What every member answers: votes, AppendEntries, and proposals that belong to the leader."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

from raft_core.batching import batches
from raft_core.io import Proposed
from raft_core.log import follow
from raft_core.membership import is_configuration
from raft_core.messages import (
    APPLIED,
    CONFIGURATION,
    FAILED,
    NOT_LEADER,
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedProposal,
    ForwardReply,
    RequestVote,
    VoteReply,
)
from raft_core.types import FOLLOWER, LEADER, NodeId

if TYPE_CHECKING:
    from raft_core.raft import Raft


def on_request_vote(raft: Raft, sender: NodeId, message: RequestVote) -> None:
    """Grant if we are free and the candidate's log is at least as new as ours (paper, 5.2, 5.4.1).

    A pre-vote binds nobody and resets no timer. A granted vote does reset it: the candidate gets
    the time that a leader would. Who may have forgotten entries cannot say what is new.
    """
    if raft.suspect:
        raft.send((sender,), VoteReply(raft.term, False, message.pre, suspect=True), durable=True)
        return
    newer = raft.log.is_up_to_date(message.last_log_index, message.last_log_term)
    if message.pre:
        granted = newer and message.term > raft.term
        term = message.term if granted else raft.term
    else:
        free = raft.voted_for == sender or (
            raft.voted_for is None
            and raft.leader is None
            and (message.transfer or not raft.hears_leader())
        )
        granted = newer and free
        term = raft.term
        if granted and raft.voted_for != sender:
            raft.vote_for(sender)
    raft.send((sender,), VoteReply(term, granted, message.pre), durable=True)


def on_append_entries(raft: Raft, sender: NodeId, message: AppendEntries) -> None:
    """The receiver's rules of figure 2, with the conflict hint by term of section 5.3."""
    entries = message.entries
    prev = message.prev_log_index
    if raft.role is LEADER or not _is_well_formed(message):
        return  # The sender is at fault: nobody else leads in our term, nor sends such entries.
    follow_leader(raft, sender)
    log = raft.log
    last = prev + len(entries)
    if prev < log.base_index:
        # What is compacted is committed, so the leader has the same there (paper, section 5.4.3).
        entries = entries[log.base_index - prev :]
    elif log.term_at(prev) != message.prev_log_term:
        refuse(raft, sender, message, read_round=message.read_round)
        return
    if entries:
        if entries[0].index == log.last_index + 1:
            raft.append(entries)
        else:
            _merge(raft, entries)
    raft.commit_index = max(raft.commit_index, min(message.commit_index, last))
    raft.accepted_upto = max(raft.accepted_upto or 0, last)
    raft.accepted_round = max(raft.accepted_round, message.read_round)


def follow_leader(raft: Raft, sender: NodeId) -> None:
    """It has shown itself in our term, so it leads, and lives."""
    if raft.role is not FOLLOWER or raft.leader != sender:
        raft.become_follower(raft.term, sender)
    raft.leader_heard = raft.now
    raft.strangers_word = inf
    raft.reset_election_timer()


def refuse(raft: Raft, sender: NodeId, message: AppendEntries, *, read_round: int = 0) -> None:
    """Say that this cannot be taken, with the conflict hint by term (paper, section 5.3).

    Also to a leader of an older term: it may lead again, in ours, when it hears of it, and take
    this for an answer to what it says then. Only the round of its older term must not be repeated.
    """
    log = raft.log
    prev = message.prev_log_index
    hint = log.agreement_hint(prev, message.prev_log_term)
    known = log.term_at(hint) or 0
    reply = AppendReply(raft.term, False, prev, hint, known, read_round, *raft.memory)
    raft.send((sender,), reply, durable=True)


def _is_well_formed(message: AppendEntries) -> bool:
    entries = message.entries
    if not follow(entries, message.prev_log_index, message.prev_log_term):
        return False
    for entry in entries:
        if entry.kind == CONFIGURATION and not is_configuration(entry.data):
            return False
    return not entries or entries[-1].term <= message.term


def _merge(raft: Raft, entries: Sequence[Entry]) -> None:
    """Keep what agrees; only a real conflict truncates.

    An old message, arriving late, must not cut off what a later one brought (paper, figure 2, 3).
    """
    log = raft.log
    for position, entry in enumerate(entries):
        term = log.term_at(entry.index)
        if term != entry.term:
            if term is not None:
                raft.truncate_from(entry.index)
            raft.append(entries[position:])
            return


def on_forward_reply(raft: Raft, sender: NodeId, message: ForwardReply) -> None:
    """The leader's answers to our proposals; we may know now that they are committed.

    That rests on what we acknowledged, and we may have forgotten it. Once we are free we have it.
    """
    if sender == raft.leader and raft.role is FOLLOWER and not raft.suspect:
        raft.commit_index = max(raft.commit_index, min(message.commit_index, raft.log.last_index))
    take_answers(raft, message.answers)


def take_answers(raft: Raft, answers: Sequence[Answer]) -> None:
    """Results count, whoever leads now; what is applied stays so.

    Refusals by others prove nothing: a Forward may arrive twice, and once be appended. The proposer
    asks again in time, and finds out.
    """
    raft.answers.extend(answer for answer in answers if answer.status in (APPLIED, FAILED))


def on_proposals(raft: Raft, proposals: Sequence[Proposed]) -> None:
    """Hand them to the leader, if one is known. Whether they arrive, the proposer watches."""
    if raft.leader is None:
        raft.answers.extend(Answer(proposal.request, NOT_LEADER) for proposal in proposals)
        return
    forwarded = [ForwardedProposal(proposal.request, proposal.data) for proposal in proposals]
    for batch in batches(forwarded, raft.config.max_append_bytes):
        raft.send((raft.leader,), Forward(batch))
