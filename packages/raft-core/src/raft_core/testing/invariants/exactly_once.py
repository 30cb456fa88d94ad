"""What is acknowledged was applied, once, with the result its caller got; what is denied never is.

Source: thesis, section 6.3; ``Node.propose`` promises it.

Every command of a simulated client has a name of its own and the result of applying it is its place
in the one order of all commands (``Ledger``), so one dictionary tells all: a name has one place, a
place has one name, and the answer speaks of just that.

Subtle: a command whose outcome is unknown may be applied later, or never; one that was denied ("it
is not applied") must not appear for ever after. Every life of every member applies all from the
start again: that is no repetition, as long as each gets the same place as before. It holds within a
generation: ``after_recovery`` says what a new one owes to the one before.
"""

from collections.abc import Sequence

from raft_core.testing.invariants.base import InvariantViolated
from raft_core.types import NodeId


class ExactlyOnce:
    """See the head of this module. Fed by the members' machines and the clients, not by steps."""

    name = "exactly once"

    def __init__(self) -> None:
        self.order: list[int] = []
        """Every name that was ever applied, in the one order."""
        self.acknowledged: dict[int, int] = {}
        """The result that the caller got, by name."""
        self._places: dict[int, int] = {}
        self._denied: set[int] = set()

    def after_recovery(self, kept: Sequence[int], agreed: int) -> "ExactlyOnce":
        """What holds in a generation that begins with one survivor's journal.

        :param kept: all names in that journal, in its order
        :param agreed: so many of them are where all members had them. What was acknowledged of
            these stays acknowledged, at its place; what was behind is lost with those who had it
        """
        if list(kept[:agreed]) != self.order[:agreed]:
            raise self._fail(f"the survivor's first {agreed} commands are not those of all members")
        after = ExactlyOnce()
        after.order = list(kept)
        after._places = {name: place for place, name in enumerate(kept, 1)}
        after._denied = set(self._denied)
        after.acknowledged = {
            name: place for name, place in self.acknowledged.items() if place <= agreed
        }
        denied = after._denied.intersection(kept)
        if denied:
            raise self._fail(f"{sorted(denied)} are kept, but their callers were told no")
        return after

    def applied(self, node_id: NodeId, name: int, place: int) -> None:
        """A member's state has taken a command."""
        if place <= len(self.order):
            if self.order[place - 1] != name:
                raise self._fail(
                    f"{node_id} has {name} at {place}, where {self.order[place - 1]} was before"
                )
            return
        if name in self._places:
            raise self._fail(f"{node_id} applies {name} at {self._places[name]} and at {place}")
        if name in self._denied:
            raise self._fail(f"{name} is applied, but its caller was told that it is not")
        if place != len(self.order) + 1:
            raise self._fail(f"{node_id} gives {name} the place {place} after {len(self.order)}")
        self.order.append(name)
        self._places[name] = place

    def acknowledge(self, name: int, place: int) -> None:
        """A caller got its result."""
        known = self._places.get(name)
        if known != place:
            raise self._fail(f"the caller of {name} was told place {place}, applied at {known}")
        self.acknowledged[name] = place

    def deny(self, name: int) -> None:
        """A caller was told that its command is not applied."""
        if name in self._places:
            raise self._fail(f"{name} is applied, but its caller is told that it is not")
        self._denied.add(name)

    def _fail(self, sentence: str) -> InvariantViolated:
        return InvariantViolated(self.name, sentence)
