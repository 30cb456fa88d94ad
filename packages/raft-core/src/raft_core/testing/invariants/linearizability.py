"""All that callers saw could have been shown by one list that grows.

Source: Herlihy and Wing, "Linearizability" (1990); thesis, section 6.3.

The other invariants look at members; this one only at calls and returns, as somebody outside could,
and it knows nothing of logs, terms and leaders. So it is judged once, at the end of a history.

Subtle: a caller that was told nothing may have its command applied at any time, or never. A search
that is too long proves nothing, and is no failure: it is counted (``gave_up``).
"""

from raft_core.testing.invariants.base import InvariantViolated
from raft_core.testing.linearizability import CounterModel, Recorder, Result, Verdict, check
from raft_core.types import NodeId

_LIMIT = 50_000
"""States: some hundred times what a history without a fault takes."""


class Linearizability:
    """See the head of this module. Fed by those who write and read, not by steps.

    A write adds one and gives its place; a read adds nothing and gives the length.
    """

    name = "linearizability"

    def __init__(self, length: int = 0) -> None:
        """:param length: of the list, when the history begins"""
        self.verdict: Verdict | None = None
        """Once it is judged."""
        self._length = length
        self._recorder: Recorder[int, int] = Recorder()
        self._calls: dict[object, int] = {}
        self._known: set[object] = set()

    def called(self, call: object, node_id: NodeId, adds: int) -> None:
        """A caller of this member begins; ``call`` names what it does, once and for all."""
        self._known.add(call)
        self._calls[call] = self._recorder.called(node_id, "list", adds)

    def returned(self, call: object, length: int) -> None:
        """It was told how long the list is now; nothing, if it was not called here."""
        if call in self._calls:
            self._recorder.returned(self._calls.pop(call), length)

    def refused(self, call: object) -> None:
        """It was told that nothing happened and nothing will."""
        if call in self._calls:
            self._recorder.refused(self._calls.pop(call))

    def knows(self, call: object) -> None:
        """The list begins with it."""
        self._known.add(call)

    def strays(self, call: object) -> None:
        """This adds one now or later, unless it was called here: its caller was told elsewhere."""
        if call not in self._known:
            self.called(call, "elsewhere", 1)

    @property
    def gave_up(self) -> bool:
        return self.verdict is not None and self.verdict.result is Result.GAVE_UP

    def judge(self) -> None:
        """The history is over.

        :raises InvariantViolated: no list could have shown it
        """
        self.verdict = check(CounterModel(self._length), self._recorder.operations, limit=_LIMIT)
        if self.verdict.result is Result.NOT_LINEARIZABLE:
            raise InvariantViolated(self.name, str(self.verdict))
