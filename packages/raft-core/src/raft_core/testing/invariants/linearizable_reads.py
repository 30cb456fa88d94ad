"""A read sees at least all that was acknowledged, or shown to another read, before it was called.

Source: thesis, section 6.4; ``Node.read`` promises it.

All commands of a simulated history have one order (``exactly_once``), so a read has seen a prefix
of it, and one number says which: how many commands the state held.

Subtle: what counts is the moment of the call, not of the answer; two reads at the same time may see
different prefixes in any order. A read that gets no answer promises nothing. A leader that was
deposed and does not know it must not answer, however good its memory is.
"""

from collections.abc import Sequence

from raft_core.testing.invariants.base import InvariantViolated
from raft_core.types import NodeId


class LinearizableReads:
    """See the head of this module. Fed by those who write and read, not by steps.

    :param order: every command that was ever applied, in the one order; the caller keeps it
    """

    name = "linearizable reads"

    def __init__(self, order: Sequence[int]) -> None:
        self._order = order
        self._least = 0

    def acknowledged(self, place: int) -> None:
        """A caller was told that its command has this place."""
        self._least = max(self._least, place)

    def called(self) -> int:
        """Somebody wants to read. The answer must see at least so many commands."""
        return self._least

    def answered(self, node_id: NodeId, least: int, names: Sequence[int]) -> None:
        """A read that was called when ``least`` was due has seen these commands."""
        seen = len(names)
        if seen < least:
            raise self._fail(f"{node_id} shows {seen} commands to a read that must see {least}")
        if names and names[-1] != self._order[seen - 1]:
            raise self._fail(f"{node_id} shows {names[-1]} at {seen}: {self._order[seen - 1]} is")
        self._least = max(self._least, seen)

    def _fail(self, sentence: str) -> InvariantViolated:
        return InvariantViolated(self.name, sentence)
