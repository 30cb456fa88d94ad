"""Elections: the question before (pre-vote), the vote, and the count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raft_core.messages import RequestVote, VoteReply
from raft_core.quorum import Vote, vote_result
from raft_core.types import NodeId, Role

if TYPE_CHECKING:
    from raft_core.raft import Raft


def hear_nothing(raft: Raft) -> None:
    """The election time-out is over."""
    if raft.campaigns():
        campaign(raft)
    elif raft.leader is not None:
        # A learner elects nobody, but must not believe in one that is gone.
        raft.become_follower(raft.term, None)


def campaign(raft: Raft) -> None:
    """The leader is silent. First ask, in no new term, whether a vote would be given (thesis 9.6).

    So a member that was cut off disturbs nobody when it comes back. A candidate whose own vote is
    not durable yet has asked nobody: another term would only wait behind this one.
    """
    if raft.role is Role.CANDIDATE and raft.node_id not in raft.votes:
        raft.reset_election_timer()
        return
    raft.become_pre_candidate()
    if _is_decided(raft):
        return
    _request_votes(raft, pre=True)


def take_over(raft: Raft) -> None:
    """The leader itself wants this election: no question before, no heed of who hears it."""
    raft.become_candidate()
    _request_votes(raft, pre=False, transfer=True)


def on_vote_reply(raft: Raft, sender: NodeId, message: VoteReply) -> None:
    """Count it, if it answers the question asked now."""
    wanted = Role.PRE_CANDIDATE if message.pre else Role.CANDIDATE
    if raft.role is not wanted:
        return
    raft.heard_of(sender, suspect=message.suspect)
    if message.pre and message.granted and message.term != raft.term + 1:
        return
    on_vote(raft, sender, granted=message.granted)


def on_vote(raft: Raft, voter: NodeId, *, granted: bool) -> None:
    """A vote, or a pre-vote, of ``voter``; the first word of each counts."""
    raft.votes.setdefault(voter, granted)
    _is_decided(raft)


def _is_decided(raft: Raft) -> bool:
    result = vote_result(raft.configuration, raft.votes)
    if result is Vote.PENDING:
        return False
    if result is Vote.LOST:
        raft.become_follower(raft.term, None)
    elif raft.role is Role.PRE_CANDIDATE:
        raft.become_candidate()
        _request_votes(raft, pre=False)
    else:
        raft.become_leader()
    return True


def _request_votes(raft: Raft, *, pre: bool, transfer: bool = False) -> None:
    """A vote is asked for only when our own is durable; a pre-vote promises nothing."""
    others = tuple(sorted(raft.configuration.all_voters - {raft.node_id}))
    if not others:
        return
    log = raft.log
    term = raft.term + 1 if pre else raft.term
    message = RequestVote(term, log.last_index, log.last_term, pre, transfer)
    raft.send(others, message, durable=not pre)
