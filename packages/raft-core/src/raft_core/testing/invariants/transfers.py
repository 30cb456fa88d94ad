"""An election without heed of the leader is the leader's own wish, and its successor can win it.

Source: thesis, section 3.10 (the leader brings its successor up to date before it says TimeoutNow)
and 4.2.3 (a vote that a leader wants is given although it is heard: so nobody else may claim it).

Subtle: a leader that ends at once cannot wait until its successor has everything. It must have what
is committed; else it could not win, and its term would be a disturbance and no more. If it has just
forgotten that, it will not campaign.
"""

from raft_core.messages import Message, RequestVote, TimeoutNow
from raft_core.testing.invariants.base import DurableStates, Invariant, Members
from raft_core.testing.view import Durable
from raft_core.types import NodeId, Term


class Transfers(Invariant):
    """See the head of this module."""

    name = "leadership by the leader's word"

    def __init__(self, members: Members, durable: DurableStates) -> None:
        self._members = members
        self._durable = durable
        self._told: set[tuple[NodeId, Term]] = set()
        """Who was told to campaign, by the leader of which term."""

    def transmitted(self, durable: Durable, to: NodeId, message: Message) -> None:
        if isinstance(message, TimeoutNow):
            self._told.add((to, message.term))
            committed = self._members[durable.node_id].commit_index
            if self._durable[to].last_index_ever < committed:
                raise self.fail(
                    f"{durable.node_id} wants {to} to lead, which has nothing after "
                    f"{self._durable[to].last_index}; committed is all up to {committed}"
                )
        elif (
            isinstance(message, RequestVote)
            and message.transfer
            and (durable.node_id, message.term - 1) not in self._told
        ):
            raise self.fail(
                f"{durable.node_id} claims that the leader of term {message.term - 1} wants it to "
                "lead, which it was never told"
            )
