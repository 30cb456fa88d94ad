"""Leaders are voted for, and what commits by counting is durable, by the majorities in force.

Source: paper, sections 5.2, 5.3, 5.4.2 (only entries of the leader's own term commit by counting)
and 6 (joint consensus needs both majorities; one change at a time); thesis, section 4.

Subtle: the configuration that counts is the one in force in the memory of the leader when it
counts: it takes effect as it is appended, so one step may count under the one before and append the
next; either is right then, save that a joint one is left only when both its majorities have it.
Learners and strangers are in no majority, whatever they answer. What counts is durable entries, not
answers: a leader that counts an answer twice, or its own entry before it is durable, is found out.
A leader that is not among the voters counts itself in no majority. A member may have forgotten what
it acknowledged, and the leader not know it yet: that still counts then, see ``suspicion``.
"""

from collections.abc import Collection, Sequence

from raft_core.io import Checkpoint, Output, Write
from raft_core.membership import Configuration, decode_configuration
from raft_core.messages import CONFIGURATION, Entry
from raft_core.testing.invariants.base import DurableStates, Invariant
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId, Role, Term


class Majorities(Invariant):
    """See the head of this module."""

    name = "a configuration's majorities"

    def __init__(self, durable: DurableStates) -> None:
        self._durable = durable
        self._before: dict[NodeId, tuple[Role, Term, Index, Configuration]] = {}
        self._changes: dict[NodeId, list[Index]] = {}
        """Where the configuration entries of each member's log are."""

    def started(self, member: MemberView, durable: Durable) -> None:
        self._remember(member)
        begin = [] if durable.snapshot is None else [durable.snapshot.configuration_index]
        self._changes[member.node_id] = [*begin, *_changes_after(begin, durable.entries)]

    def stepped(self, member: MemberView, output: Output) -> None:
        before = self._before[member.node_id]
        role, term, commit_index, configuration = before
        if member.role is Role.LEADER:
            if role is not Role.LEADER or term != member.term:
                self._check_election(member, configuration)
            elif member.commit_index > commit_index:
                self._check_commit(member, configuration)
        if output.write is not None:
            self._follow_changes(member, output.write)
        if (
            role is not member.role
            or term != member.term
            or commit_index != member.commit_index
            or configuration is not member.configuration
        ):
            self._remember(member)

    def _remember(self, member: MemberView) -> None:
        self._before[member.node_id] = (
            member.role,
            member.term,
            member.commit_index,
            member.configuration,
        )

    def _check_election(self, member: MemberView, before: Configuration) -> None:
        """Every vote is durable before anyone hears of it, so the durable votes decide.

        A voter may have moved on to a later term meanwhile, which can only be seen as one vote less
        here; its vote then counts as given.
        """
        voters = [
            node_id
            for node_id, durable in self._durable.items()
            if durable.term > member.term
            or (durable.term == member.term and durable.voted_for == member.node_id)
        ]
        if not (_has_majorities(member.configuration, voters) or _has_majorities(before, voters)):
            raise self.fail(
                f"{member.node_id} leads term {member.term} with the durable votes of "
                f"{sorted(voters)} alone, under {member.configuration}"
            )

    def _check_commit(self, leader: MemberView, before: Configuration) -> None:
        index = leader.commit_index
        if leader.log.term_at(index) != leader.term:
            raise self.fail(
                f"{leader.node_id}, leader of term {leader.term}, commits entry {index} of term "
                f"{leader.log.term_at(index)} by counting (figure 8)"
            )
        if not self._is_durable(leader, index, before, leader.configuration):
            raise self.fail(
                f"{leader.node_id} commits entry {index} without a majority that has it durably, "
                f"under {leader.configuration}, before {before}"
            )
        changes = self._changes[leader.node_id]
        leaves = before.is_joint and not leader.configuration.is_joint
        # One that the leader has compacted was committed before.
        leaves = leaves and leader.log.term_at(changes[-1]) is not None
        if leaves and not self._is_durable(leader, changes[-1], before):
            raise self.fail(
                f"{leader.node_id} leaves the joint {before}, whose entry {changes[-1]} both "
                "majorities do not have durably"
            )

    def _is_durable(self, leader: MemberView, index: Index, *one_of: Configuration) -> bool:
        term = leader.log.term_at(index)
        having = [
            node_id for node_id, durable in self._durable.items() if durable.held(index, term)
        ]
        return any(_has_majorities(configuration, having) for configuration in one_of)

    def _follow_changes(self, member: MemberView, write: Write | Checkpoint) -> None:
        """One change at a time, and the latest in the log is the one in force."""
        changes = self._changes[member.node_id]
        before = changes[-1] if changes else 0
        truncates = False
        if isinstance(write, Checkpoint):
            changes[:] = [write.snapshot.configuration_index]
        elif write.truncate_from:
            truncates = True
            while changes and changes[-1] >= write.truncate_from:
                changes.pop()
        for index in _changes_after(changes, write.entries):
            begins = member.role is Role.LEADER and index > before
            if begins and changes and changes[-1] > member.commit_index:
                raise self.fail(
                    f"{member.node_id} begins a change of configuration with entry {index} "
                    f"while that of entry {changes[-1]} is not committed"
                )
            changes.append(index)
        if not changes or changes[-1] < member.log.first_index:
            return  # The configuration in force is a snapshot's.
        if changes[-1] != before or truncates:
            in_force = decode_configuration(member.log.entry(changes[-1]).data)
            if in_force != member.configuration:
                raise self.fail(
                    f"{member.node_id} goes by {member.configuration}, the latest in its log is "
                    f"{in_force}, entry {changes[-1]}"
                )


def _changes_after(changes: Sequence[Index], entries: Sequence[Entry]) -> list[Index]:
    """Where configurations come after the last of those known."""
    last = changes[-1] if changes else 0
    return [entry.index for entry in entries if entry.kind == CONFIGURATION and entry.index > last]


def _has_majorities(configuration: Configuration, members: Collection[NodeId]) -> bool:
    """Written once more, so that a bug in ``quorum`` cannot hide itself here."""
    halves = [half for half in (configuration.voters, configuration.outgoing) if half]
    return bool(halves) and all(
        2 * sum(voter in members for voter in half) > len(half) for half in halves
    )
