"""The members, as a leader changes them: when it is asked to, and by itself.

One change at a time, and voters by a joint configuration (paper, section 6; thesis, chapter 4). A
new voter first is a learner, until it has caught up. A change that was asked for has a name, which
is in the log with it: so it is made once, however often it is asked for and whoever leads then.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING

from msgspec.structs import replace

from raft_core import _suspicion, _transfer
from raft_core.changing import wanted, why_not
from raft_core.membership import Configuration, encode_configuration, next_growth
from raft_core.messages import (
    CONFIGURATION,
    DENIED,
    DONE,
    LATER,
    STALE,
    AppendEntries,
    Entry,
    ForwardedChange,
    InstallSnapshot,
    Message,
    OperationReply,
    OperationStatus,
    Removal,
    RequestVote,
    WithTerm,
)
from raft_core.progress import PeerProgress
from raft_core.quorum import majority_value
from raft_core.types import Index, NodeId, generation_of

if TYPE_CHECKING:
    from raft_core.raft import Raft


class Change:
    """The change that a leader is about to make, and who wants to hear of it."""

    __slots__ = ("asked", "deadline", "origin")

    def __init__(self, origin: NodeId, asked: ForwardedChange, deadline: float) -> None:
        self.origin = origin
        self.asked = asked
        self.deadline = deadline
        """Until then the new voters must have caught up."""


def meet(raft: Raft) -> None:
    """Keep the progress of exactly the other members of the configuration in force.

    A new one is asked first whether it has all but the last entry, which is sent along.
    """
    others = raft.configuration.members - {raft.node_id}
    for gone in raft.progress.keys() - others:
        del raft.progress[gone]
    for peer in sorted(others - raft.progress.keys()):
        next_index = max(raft.log.last_index, raft.log.first_index)
        raft.progress[peer] = PeerProgress(next_index, raft.now)
        _suspicion.meet(raft, peer, raft.progress[peer])


# --- a change that is asked for -----------------------------------------------------------------


def on_change(raft: Raft, origin: NodeId, asked: ForwardedChange) -> None:
    """Begin the change, or say why not. A leader's duty; ``origin`` is "" for this member."""
    change = raft.change
    if change is not None and change.asked.name == asked.name:
        change.origin, change.asked = origin, asked
        return
    configuration = raft.configuration
    if configuration.change != asked.name and (
        asked.expected_change != configuration.change
        or asked.expected_index not in (0, raft.configuration_index)
    ):
        _reply(raft, origin, asked, STALE, _stale(raft, asked))
        return
    settled = raft.commit_index >= max(raft.term_start, raft.configuration_index)
    if change is not None or not settled or configuration.is_joint or raft.transfer is not None:
        sentence = "another change, or the start of this leader's term, is not committed yet"
        _reply(raft, origin, asked, LATER, sentence)
        return
    reason = why_not(configuration, asked.change)
    if reason is not None:
        _reply(raft, origin, asked, DENIED, reason)
        return
    raft.change = Change(origin, asked, raft.now + raft.config.catch_up_timeout)
    _go_on(raft, raft.change)


def _stale(raft: Raft, asked: ForwardedChange) -> str:
    if asked.expected_change == raft.configuration.change:
        return (
            f"the members changed meanwhile: expected index {asked.expected_index}, "
            f"in force is {raft.configuration_index}"
        )
    return f"somebody else changed the members meanwhile, with entry {raft.configuration_index}"


def _reply(
    raft: Raft, to: NodeId, asked: ForwardedChange, status: OperationStatus, sentence: str = ""
) -> None:
    made = any(earlier.change == asked.name for _, earlier in raft.configurations)
    reply = OperationReply(
        asked.name,
        asked.attempt,
        status,
        sentence,
        raft.configuration_index,
        asked.name if made else raft.configuration.change,
    )
    raft.reply(to, reply)


def _end(raft: Raft, change: Change, status: OperationStatus, sentence: str = "") -> None:
    raft.change = None
    _reply(raft, change.origin, change.asked, status, sentence)


def _go_on(raft: Raft, change: Change) -> None:
    """The next step of a change, in a moment when nothing else is under way."""
    name = change.asked.name
    configuration = raft.configuration
    target = wanted(configuration, change.asked.change, name)
    if replace(target, change=configuration.change) == configuration:
        _end(raft, change, DONE)
        return
    ready = {*configuration.voters, *caught_up(raft)}
    behind = sorted(set(target.voters) - ready)
    if not behind:
        missing = _missing(raft, target)
        if missing:
            sentence = f"too few of the voters that there would be are in reach: {missing} missing"
            _end(raft, change, DENIED, sentence)
        else:
            append(raft, configuration.entering(target))
    elif raft.now >= change.deadline:
        sentence = (
            f"{', '.join(behind)} did not catch up within {raft.config.catch_up_timeout:g} s: "
            "no voter was changed"
        )
        _end(raft, change, DENIED, sentence)
    elif not configuration.members.issuperset(behind):
        learning = configuration.having(configuration.voters, {*configuration.learners, *behind})
        append(raft, replace(learning, change=name))


def _missing(raft: Raft, target: Configuration) -> str:
    """Who must be heard before these voters can be in force; "" if enough of them are.

    If this leader died then, one that is suspect would help nobody.
    """
    limit = raft.now - raft.config.election_timeout

    def heard(member: NodeId) -> float:
        if member in raft.suspects:
            return limit
        return raft.now if member == raft.node_id else raft.progress[member].last_heard

    if majority_value(target.voters, heard) > limit:
        return ""
    return ", ".join(member for member in target.voters if heard(member) <= limit)


# --- what a leader does by itself ---------------------------------------------------------------


def reconfigure(raft: Raft) -> None:
    """One step at a time: leave a joint state, go on with a change, leave the office, or grow."""
    _follow_rounds(raft)
    if raft.commit_index < max(raft.term_start, raft.configuration_index):
        return
    configuration = raft.configuration
    if configuration.is_joint:
        append(raft, configuration.left())
        return
    if raft.change is not None:
        _go_on(raft, raft.change)
        if raft.change is not None:
            return
    if raft.node_id not in configuration.voters:
        _transfer.leave_office(raft)
    elif raft.transfer is None:
        _grow(raft)


def _grow(raft: Raft) -> None:
    config = raft.config
    configuration = raft.configuration
    absent = [
        learner
        for learner in _learners(raft)
        if learner not in raft.connected
        and raft.now - raft.progress[learner].last_heard > config.learner_timeout
    ]
    grown = next_growth(
        configuration,
        connected=raft.connected,
        # One that said goodbye a moment ago must not become a voter: its vote may be needed soon.
        caught_up=raft.connected.intersection(caught_up(raft)),
        absent=absent,
        target_size=config.target_size,
        max_members=config.max_members,
    )
    if grown is not None:
        append(raft, grown)


def append(raft: Raft, configuration: Configuration) -> None:
    """Put a configuration into the log, and so in force."""
    index = raft.log.last_index + 1
    data = encode_configuration(configuration)
    raft.uncommitted_bytes += len(data)
    raft.append((Entry(index, raft.term, CONFIGURATION, data),))
    meet(raft)


# --- catching up --------------------------------------------------------------------------------


class Round:
    """What a learner lacked at one moment. It keeps up if it gets that within an election time-out.

    While others write a learner never has all, so this is how it shows that it would have been no
    burden as a voter (thesis 4.2.1).
    """

    __slots__ = ("goal", "keeps_up", "since")

    def __init__(self, goal: Index, since: float, *, keeps_up: bool) -> None:
        self.goal = goal
        self.since = since
        self.keeps_up = keeps_up


def _follow_rounds(raft: Raft) -> None:
    limit = raft.config.election_timeout
    rounds = raft.rounds
    for learner in _learners(raft):
        current = rounds.get(learner)
        if current is None:
            rounds[learner] = Round(raft.log.last_index, raft.now, keeps_up=False)
        elif raft.progress[learner].match_index >= current.goal:
            in_time = raft.now - current.since < limit
            rounds[learner] = Round(raft.log.last_index, raft.now, keeps_up=in_time)
        elif raft.now - current.since >= limit:
            current.keeps_up = False


def _learners(raft: Raft) -> list[NodeId]:
    """Those it replicates to: a leader that was demoted leads on, until it has handed over."""
    return [learner for learner in raft.configuration.learners if learner != raft.node_id]


def caught_up(raft: Raft) -> list[NodeId]:
    """Learners that were heard of lately, and have all that is committed or keep up.

    One that is suspect can wait: as a voter it would be needed, and not vote.
    """
    return [
        learner
        for learner in _learners(raft)
        if learner not in raft.suspects
        and raft.now - raft.progress[learner].last_heard < raft.config.election_timeout
        and (
            raft.progress[learner].match_index >= raft.commit_index
            or (learner in raft.rounds and raft.rounds[learner].keeps_up)
        )
    ]


# --- those who are out --------------------------------------------------------------------------


def dismiss(raft: Raft, peers: Iterable[NodeId]) -> None:
    """Tell those who were removed that they are: nobody replicates the entry to them any more.

    A leader tells each that is in reach at every heartbeat, until it is gone; everybody tells one
    that says anything.
    """
    for peer in sorted(peers):
        raft.send((peer,), Removal(raft.commit_index, raft.term))


def on_excluded(raft: Raft, sender: NodeId, message: Message) -> None:
    """What one says that is out counts for nothing: not its vote, and not its term.

    Save that this member is out itself, in a later generation: that survivor may have been removed
    by entries that it never got. Two that hold each other for removed must not answer each other's
    word for ever.
    """
    if not isinstance(message, Removal):
        dismiss(raft, (sender,))
    elif generation_of(message.term) > generation_of(raft.term):
        on_removal(raft, sender, message)


def on_removal(raft: Raft, sender: NodeId, message: Removal) -> None:
    """A peer says that this member is out by a committed configuration. If so, it ends here.

    One message must not end a member that is none the less needed. So what is said must be news: a
    configuration committed behind all that is known here to be, or a later generation. (What an
    earlier generation has removed may be the survivor.) And who says it must be a member as far as
    is known here. All whom it knew may have been replaced, so strangers are believed, too, when
    they go on to say it for an election time-out in which no leader is heard.
    """
    if not _is_news(raft, message) and raft.node_id not in raft.excluded:
        return
    if not any(sender in configuration.members for _, configuration in raft.configurations):
        raft.strangers_word = inf if raft.hears_leader() else min(raft.strangers_word, raft.now)
        if raft.now - raft.strangers_word < raft.config.election_timeout:
            return
    raft.removed = True
    raft.become_follower(raft.term, None)


def _is_news(raft: Raft, message: Removal) -> bool:
    said, own = generation_of(message.term), generation_of(raft.term)
    return said > own or (said == own and message.index > raft.commit_index)


def on_other_generation(raft: Raft, sender: NodeId, message: WithTerm) -> bool:
    """A member of a cluster that was recovered from one survivor speaks, or one of the old cluster.

    Whatever the old one says counts for nothing here, and one that campaigns or leads is told that
    it is out. Into the new one no member is drawn but by its leader, which speaks to those alone
    that it has taken in: a vote or an answer of the new one must not make the old one's terms high.

    One that has heard a leader of its own is of the old cluster, although the survivor does not
    know it: or it would be excluded. What is committed here, and what was answered to this member's
    callers, need not hold there: so it is out, and says so.
    """
    if message.term < raft.term:
        if isinstance(message, RequestVote | AppendEntries | InstallSnapshot):
            dismiss(raft, (sender,))
        return False
    if not isinstance(message, AppendEntries | InstallSnapshot):
        return False
    if raft.term:
        raft.removed = True
        raft.become_follower(raft.term, None)
        return False
    raft.become_follower(message.term, None)
    return True
