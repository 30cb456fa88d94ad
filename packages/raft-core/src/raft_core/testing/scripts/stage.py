"""What one script knows: its setting, its theatre, and what was last written of each member."""

from collections.abc import Iterable, Iterator

import msgspec

from raft_core.config import Config
from raft_core.testing.scripts import words
from raft_core.testing.theatre import Theatre
from raft_core.types import NodeId, RequestId, Term


class Stage:
    """The members of one script. The theatre opens with the first command that needs it."""

    def __init__(self) -> None:
        self.members: list[NodeId] = []
        self.voters: list[NodeId] | None = None
        self.learners: list[NodeId] = []
        self.logs: dict[NodeId, list[Term]] = {}
        self.seen: dict[NodeId, Term] = {}
        self.config: dict[str, str] = {}
        self._theatre: Theatre | None = None
        self._written: dict[NodeId, tuple[str, str]] = {}
        """What was last written of each member: its state and its configuration."""
        self._asked = 0
        self._open: dict[tuple[NodeId, RequestId | str], str] = {}
        """What has no answer yet, and what it is called."""

    @property
    def theatre(self) -> Theatre:
        """:raises ValueError: nobody is there, or the setting is none"""
        if self._theatre is None:
            if not self.members:
                raise ValueError("say first who is there: members a b c")
            self._theatre = Theatre(
                self.members,
                voters=self._first_voters(),
                learners=self.learners,
                logs=self.logs,
                seen=self.seen,
                config=msgspec.convert(self.config, Config, strict=False),
            )
            self._written = {member: self.look(member) for member in self.members}
        return self._theatre

    def _first_voters(self) -> list[NodeId]:
        if self.voters is not None:
            return self.voters
        return [member for member in self.members if member not in self.learners]

    def set_up(self) -> None:
        """:raises ValueError: it is too late for that"""
        if self._theatre is not None:
            raise ValueError("the setting is made before anything happens")

    def ask(self, member: NodeId, request: RequestId | str, what: str) -> str:
        """A command, or what has a name, was asked for: what it is called, in its answer too."""
        self._asked += 1
        self._open[member, request] = f"{what} {self._asked}"
        return f"{what} {self._asked} at {member}"

    def forget(self, members: Iterable[NodeId]) -> None:
        """They crashed: nobody will be told of what was asked there."""
        for member, request in list(self._open):
            if member in members:
                del self._open[member, request]

    def look(self, member: NodeId) -> tuple[str, str]:
        """Its state and its configuration, as a script shows them."""
        theatre = self.theatre
        if not theatre.is_up(member):
            return "is down", ""
        raft = theatre.raft(member)
        return words.member(raft), words.configuration(raft.configuration)

    def _said(self, member: NodeId, request: RequestId) -> str | None:
        """The answer to a write or a read."""
        answer = self.theatre.answer(member, request)
        if answer is not None:
            return words.answer(answer)
        seen = self.theatre.seen(member, request)
        return None if seen is None else words.seen(seen)

    def news(self) -> Iterator[str]:
        """What is different from what was last written, and which proposals ended."""
        if self._theatre is None:
            return
        for member, (state, configuration) in self._written.items():
            now = self.look(member)
            if now[0] != state:
                yield f"{member} {now[0]}"
            if now[1] != configuration and now[1] and configuration:
                yield f"{member} goes by {now[1]}"
            self._written[member] = now
        for (member, request), name in list(self._open.items()):
            if isinstance(request, str):
                reply = self._theatre.reply(member, request)
                said = None if reply is None else words.reply(reply)
            else:
                said = self._said(member, request)
            if said is not None:
                del self._open[member, request]
                yield f"{name}: {said}"
