"""What callers see of one generation of a cluster, and how the next one begins.

A generation ends for its callers when a survivor's journal is recovered; should its old members
come back and go on, then what their callers see goes on too. Nobody sees two generations as one.
"""

from collections.abc import Sequence

from raft_core.testing.invariants.base import InvariantViolated
from raft_core.testing.invariants.exactly_once import ExactlyOnce
from raft_core.testing.invariants.linearizability import Linearizability
from raft_core.testing.invariants.linearizable_reads import LinearizableReads
from raft_core.testing.linearizability import Result


class Era:
    """The judges of one generation's callers."""

    def __init__(self, exactly_once: ExactlyOnce | None = None) -> None:
        self.exactly_once = exactly_once or ExactlyOnce()
        self.linearizability = Linearizability(len(self.exactly_once.order))
        """It begins with the list that the survivor has, whoever was told what of it."""
        for name in self.exactly_once.order:
            self.linearizability.knows(name)
        self.reads = LinearizableReads(self.exactly_once.order)
        self.reads.acknowledged(len(self.exactly_once.order))

    def after_recovery(self, kept: Sequence[int], agreed: int) -> "Era":
        """See ``ExactlyOnce.after_recovery``."""
        return Era(self.exactly_once.after_recovery(kept, agreed))

    def applied(self, node_id: str, name: int, place: int) -> None:
        """A member's state has taken a command."""
        self.exactly_once.applied(node_id, name, place)
        self.linearizability.strays(name)

    def acknowledged(self, name: int, place: int) -> None:
        """A caller got the result of its command."""
        self.exactly_once.acknowledge(name, place)
        self.linearizability.returned(name, place)
        self.reads.acknowledged(place)

    def denied(self, name: int) -> None:
        """A caller was told that its command is not applied."""
        self.exactly_once.deny(name)
        self.linearizability.refused(name)

    def end(self) -> None:
        """Nothing more happens in it.

        :raises InvariantViolated: what was acknowledged is lost, or callers saw what cannot be
        """
        order = self.exactly_once.order
        for name, place in self.exactly_once.acknowledged.items():
            if order[place - 1] != name:
                raise InvariantViolated("exactly once", f"acknowledged {name} is lost")
        self.linearizability.judge()

    @property
    def is_broken(self) -> bool:
        """Whether it was judged, and callers saw what cannot be."""
        verdict = self.linearizability.verdict
        return verdict is not None and verdict.result is Result.NOT_LINEARIZABLE
