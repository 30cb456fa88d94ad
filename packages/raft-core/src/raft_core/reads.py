"""Linearizable reads without a write: ReadIndex (thesis, section 6.4).

Whoever is to read asks the leader. The leader notes its commit index and lets a round of heartbeats
go out. Once a quorum has answered that round, nobody else had been elected when it began, and so
everything that was acknowledged before the question is at or below that index. Who asked may read
once the index is applied there: the leader itself, a follower, a learner.

A round begins in the step in which it is asked for, and all questions of a step share it. It is a
number in AppendEntries, the same in all that follow until the next round, so that a heartbeat
repeats what was lost. An answer counts for a round in the term of its message only: the leader of a
term is one life of one member, and numbers its rounds from 1.

Nothing here depends on clocks. Who can trust them may save the round: see ``lease``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

from raft_core.lease import Lease
from raft_core.messages import ReadIndex, ReadIndexReply
from raft_core.quorum import quorum_value
from raft_core.types import Index, NodeId, RequestId, Role

if TYPE_CHECKING:
    from raft_core.raft import Raft


class Reads:
    """The questions under way on one member. Any of them may be lost: who asked asks again."""

    __slots__ = ("_answered", "_waiting", "begins", "confirmed", "lease", "round")

    def __init__(self) -> None:
        self.round = 0
        """A leader's: the round that its messages belong to; 0 before the first of its term."""
        self.begins = False
        """A round begins with the messages of this step: every voter must get one."""
        self._waiting: deque[tuple[int, Index, NodeId, RequestId]] = deque()
        """A leader's: the round and the index a question waits for, who asked ("": this member)."""
        self._answered: dict[NodeId, int] = {}
        """A leader's: the latest round that each peer has answered."""
        self.lease = Lease()
        self.confirmed: list[tuple[Index, RequestId]] = []
        """This member's own questions that only wait until the index is applied here."""

    def lead(self, raft: Raft) -> None:
        """A term of ours begins."""
        self.round = 0
        self._answered = {}
        self.lease.lead()
        self.on_heartbeat(raft)

    def on_heartbeat(self, raft: Raft) -> None:
        """Every peer gets a message in this step: with a lease that is a round."""
        length = raft.config.read_lease
        if length:
            if not self.begins:
                self.round += 1
            self.lease.begin(self.round, raft.now, length)

    def end(self) -> None:
        """Our leadership is over: nothing more can be confirmed by it."""
        self.begins = False
        self._waiting.clear()

    def on_asked(self, raft: Raft, origin: NodeId, request: RequestId) -> None:
        """A question, of this member's callers ("") or of another member.

        A leader whose term has nothing committed yet does not know what its predecessors committed.
        It is all before its own first entry (leader completeness), so that one must be applied.
        """
        if raft.role is not Role.LEADER:
            if not origin and raft.leader is not None:
                raft.send((raft.leader,), ReadIndex(request))
            return
        if origin and origin not in raft.progress:
            return
        if raft.config.read_lease and self.lease.holds(raft, self.answered_by_quorum(raft)):
            self._answer(raft, raft.commit_index, origin, request)
            return
        if not self.begins:
            self.begins = True
            self.round += 1
        index = max(raft.commit_index, raft.term_start)
        self._waiting.append((self.round, index, origin, request))
        if raft.rest_deadline < inf and origin and raft.progress[origin].next_index <= index:
            raft.rest_deadline = raft.now  # It needs what a thrifty leader holds back from it.

    def on_reply(self, message: ReadIndexReply) -> None:
        """The leader's word, which holds in whatever term it arrives."""
        self.confirmed.append((message.read_index, message.request))

    def on_answer(self, peer: NodeId, answered: int) -> None:
        """``peer`` has heard a message of this round, and knew of no newer term."""
        if self._answered.get(peer, 0) < answered <= self.round:
            self._answered[peer] = answered

    def confirm(self, raft: Raft) -> None:
        """The end of a leader's step: what a quorum's answers allow now."""
        self.begins = False
        waiting = self._waiting
        if not waiting:
            return
        confirmed = self.answered_by_quorum(raft)
        while waiting and waiting[0][0] <= confirmed:
            _, index, origin, request = waiting.popleft()
            self._answer(raft, index, origin, request)

    def answered_by_quorum(self, raft: Raft) -> int:
        """The latest round that a quorum has answered."""

        def answered(member: NodeId) -> int:
            if member == raft.node_id:
                return self.round
            return 0 if member in raft.copies else self._answered.get(member, 0)

        return int(quorum_value(raft.configuration, answered))

    def _answer(self, raft: Raft, index: Index, origin: NodeId, request: RequestId) -> None:
        if origin:
            raft.send((origin,), ReadIndexReply(request, index))
        else:
            self.confirmed.append((index, request))

    def valid(self, applied_index: Index) -> Sequence[RequestId]:
        """This member's own questions that the state up to there answers; they end with it."""
        valid = [request for index, request in self.confirmed if index <= applied_index]
        self.confirmed = [item for item in self.confirmed if item[0] > applied_index]
        return valid
