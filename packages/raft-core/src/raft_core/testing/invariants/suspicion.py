"""Who may have forgotten something votes for nobody, and is free when it has all of that again.

Source: ours, ``docs/durability.md``.

A member that may have forgotten owes all that was committed before its new life began, by leaders
of its own term or an earlier one: it may have been needed for that. When it is free, that must be
durable in its log. By log matching it is enough to look at the last of it.

Subtle: what is committed later it does not owe, however much it had of that before: a leader that
knows of the new life did not count it. Nor what a later leader has committed, of whom it has not
heard: it was not needed for that. A life goes on after a clean stop, and owes what it did. A
pre-vote may be asked for before it is durable that the member is free: it promises nothing. Who is
shown to be an older copy of itself begins its life in that step.
"""

from raft_core.io import Output
from raft_core.messages import AppendReply, Message, RequestVote, SnapshotReply, VoteReply
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.invariants.leader_completeness import LeaderCompleteness
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId, Role, generation_of


class Suspicion(Invariant):
    """See the head of this module."""

    name = "suspicion"

    def __init__(self, committed: LeaderCompleteness) -> None:
        self._committed = committed
        self._owed: dict[tuple[NodeId, int], Index] = {}
        """Up to where each life of a member owes that may have forgotten something."""
        self._suspect: dict[NodeId, tuple[int, bool]] = {}
        """The life of each that is suspect, and whether it is a copy's."""
        self._durable: dict[NodeId, Durable] = {}

    def started(self, member: MemberView, durable: Durable) -> None:
        node_id = member.node_id
        self._durable[node_id] = durable
        self._suspect.pop(node_id, None)
        if member.suspect:
            self._suspect[node_id] = (member.life, member.copied)
            self._owed.setdefault((node_id, member.life), self._last(member))

    def stepped(self, member: MemberView, output: Output) -> None:  # noqa: ARG002
        node_id = member.node_id
        known = self._suspect.get(node_id)
        if not member.suspect:
            if known is not None:
                del self._suspect[node_id]
                last = self._owed[node_id, known[0]]
                self._check_freed(member, self._durable[node_id], last)
            return
        if member.role is not Role.FOLLOWER:
            raise self.fail(f"{node_id} may have forgotten something, and is {member.role}")
        if known != (member.life, member.copied):
            self._suspect[node_id] = (member.life, member.copied)
            self._owed[node_id, member.life] = self._last(member)

    def _last(self, member: MemberView) -> Index:
        return self._committed.last_index(generation_of(member.term))

    def _check_freed(self, member: MemberView, durable: Durable, last: Index) -> None:
        committed = self._committed.entries(generation_of(member.term))
        while last > 0 and committed[last][1] > member.term:
            last -= 1
        if not durable.holds(last, committed[last][0]):
            raise self.fail(
                f"{member.node_id} is free in term {member.term} without entry {last} of term "
                f"{committed[last][0]}, committed before it forgot: its log ends at "
                f"{durable.last_index}"
            )

    def transmitted(self, durable: Durable, to: NodeId, message: Message) -> None:
        standing = durable.standing
        if isinstance(message, AppendReply | SnapshotReply):
            said = (message.life, message.suspect, message.copied)
            known = (standing.life, standing.suspect, standing.copied)
            if said < known or message.life > standing.life:
                raise self.fail(f"{durable.node_id} says {message}, its journal {standing}")
        elif standing.suspect and (
            (isinstance(message, RequestVote) and not message.pre)
            or (isinstance(message, VoteReply) and message.granted)
        ):
            raise self.fail(
                f"{durable.node_id} may have forgotten something, and sends {message} to {to}"
            )
