"""What an invariant is: a watcher with a memory of its own that raises when it is broken."""

from collections.abc import Mapping
from typing import ClassVar

from raft_core.io import Output
from raft_core.messages import Message
from raft_core.testing.view import Durable, MemberView
from raft_core.types import NodeId


class InvariantViolated(AssertionError):
    """The history so far breaks a property of Raft; the sentence says which and how."""

    def __init__(self, invariant: str, sentence: str) -> None:
        super().__init__(f"{invariant}: {sentence}")
        self.invariant = invariant


class Invariant:
    """Override what is needed. Each method sees one event of the history, in the order of time.

    The cost of a call must not grow with the length of the history: remember what is needed.
    """

    name: ClassVar[str]

    def started(self, member: MemberView, durable: Durable) -> None:
        """A member begins a life, its first or one after a crash, with what is durable."""

    def stepped(self, member: MemberView, output: Output) -> None:
        """A member took a step; nothing of ``output`` is carried out yet."""

    def transmitted(self, durable: Durable, to: NodeId, message: Message) -> None:
        """A message of the member of ``durable`` leaves now, with this much of it durable."""

    def recovered(self, durable: Durable) -> None:
        """A new generation begins with the journal of this member: see ``raft_core.recovery``."""

    def copied(self, durable: Durable) -> None:
        """A member that is down goes on from an older copy of its journal, which this is now."""

    def fail(self, sentence: str) -> InvariantViolated:
        """The exception to raise."""
        return InvariantViolated(self.name, sentence)


Members = Mapping[NodeId, MemberView]
"""The members that are alive; the world keeps it up to date."""

DurableStates = Mapping[NodeId, Durable]
"""What is durable of every member that ever was."""
