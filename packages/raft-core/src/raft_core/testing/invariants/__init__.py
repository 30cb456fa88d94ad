"""The properties of Raft, one file each, checked after every step of a history.

``Invariants`` holds one of each for one history. The world tells it every event; it raises
``InvariantViolated`` in the moment a property breaks, before anything else happens.
"""

from collections.abc import Sequence

from raft_core.io import Output
from raft_core.messages import Message
from raft_core.testing.invariants.base import (
    DurableStates,
    Invariant,
    InvariantViolated,
    Members,
)
from raft_core.testing.invariants.configuration_safety import ConfigurationSafety
from raft_core.testing.invariants.election_safety import ElectionSafety
from raft_core.testing.invariants.leader_append_only import LeaderAppendOnly
from raft_core.testing.invariants.leader_completeness import LeaderCompleteness
from raft_core.testing.invariants.log_matching import LogMatching
from raft_core.testing.invariants.majorities import Majorities
from raft_core.testing.invariants.monotonic import Monotonic
from raft_core.testing.invariants.promptness import Promptness
from raft_core.testing.invariants.sent_after_write import SentAfterWrite
from raft_core.testing.invariants.state_machine_safety import StateMachineSafety
from raft_core.testing.invariants.suspicion import Suspicion
from raft_core.testing.invariants.transfers import Transfers
from raft_core.testing.invariants.vote_stability import VoteStability
from raft_core.testing.view import Durable, MemberView
from raft_core.types import NodeId

__all__ = [
    "ConfigurationSafety",
    "DurableStates",
    "ElectionSafety",
    "Invariant",
    "InvariantViolated",
    "Invariants",
    "LeaderAppendOnly",
    "LeaderCompleteness",
    "LogMatching",
    "Majorities",
    "Members",
    "Monotonic",
    "Promptness",
    "SentAfterWrite",
    "StateMachineSafety",
    "Suspicion",
    "Transfers",
    "VoteStability",
]


class Invariants:
    """All invariants of one history.

    ``members`` and ``durable`` are the caller's own, which it keeps up to date: who lives now, and
    what is durable of everyone.
    """

    def __init__(self, members: Members, durable: DurableStates) -> None:
        self.state_machine_safety = StateMachineSafety()
        completeness = LeaderCompleteness(members)
        self.all: Sequence[Invariant] = (
            VoteStability(),
            SentAfterWrite(),
            Monotonic(),
            ElectionSafety(),
            Majorities(durable),
            ConfigurationSafety(),
            Transfers(members, durable),
            LeaderAppendOnly(),
            LogMatching(),
            completeness,
            Suspicion(completeness),
            Promptness(),
            self.state_machine_safety,
        )
        # Only what is overridden gets called: this runs at every step of millions.
        self._started = [each.started for each in self._with("started")]
        self._stepped = [each.stepped for each in self._with("stepped")]
        self._transmitted = [each.transmitted for each in self._with("transmitted")]

    def started(self, member: MemberView, durable: Durable) -> None:
        """A member begins a life with what is durable of it."""
        if (member.term, member.voted_for) != (durable.term, durable.voted_for):
            raise InvariantViolated(
                "restart",
                f"{member.node_id} starts with term {member.term} and vote {member.voted_for}, "
                f"durable is term {durable.term} and vote {durable.voted_for}",
            )
        for check in self._started:
            check(member, durable)

    def stepped(self, member: MemberView, output: Output) -> None:
        """A member took a step; call it before anything of ``output`` is carried out."""
        for check in self._stepped:
            check(member, output)

    def transmitted(self, durable: Durable, to: NodeId, message: Message) -> None:
        """A message leaves now."""
        for check in self._transmitted:
            check(durable, to, message)

    def recovered(self, durable: Durable) -> None:
        """The journal of a survivor was recovered, and is this now; nobody has started with it."""
        for each in self.all:
            each.recovered(durable)

    def copied(self, durable: Durable) -> None:
        """A member that is down will go on from an older copy of its journal: this."""
        for each in self.all:
            each.copied(durable)

    def _with(self, method: str) -> list[Invariant]:
        inherited = getattr(Invariant, method)
        return [each for each in self.all if getattr(type(each), method) is not inherited]
