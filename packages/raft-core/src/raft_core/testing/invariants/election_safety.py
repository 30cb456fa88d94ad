"""At most one leader can be elected in a given term.

Source: paper, figure 3, "Election Safety"; section 5.2.

Subtle: the two leaders of a broken run need not lead at the same time, nor be alive at the same
time, so the first leader of every term is remembered for ever. Two leaders at one time in DIFFERENT
terms are normal: one of them does not know yet that it is deposed.
"""

from raft_core.io import Output
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.view import MemberView
from raft_core.types import NodeId, Role, Term


class ElectionSafety(Invariant):
    """See the head of this module."""

    name = "election safety"

    def __init__(self) -> None:
        self._leaders: dict[Term, NodeId] = {}

    def stepped(self, member: MemberView, output: Output) -> None:  # noqa: ARG002
        if member.role is not Role.LEADER:
            return
        leader = self._leaders.setdefault(member.term, member.node_id)
        if leader != member.node_id:
            raise self.fail(f"{leader} and {member.node_id} both lead in term {member.term}")
