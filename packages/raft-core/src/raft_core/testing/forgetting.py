"""Members that may have forgotten something: who, and when; see ``raft_core._suspicion``.

A crash may cost a member its newest records, and it may go on from an older copy (``copying``).

A majority that may have forgotten, and no leader, is for a person to end. So none is drawn: there
always are enough others, in every configuration that may be in force, who know all that they did.

A leader may still change the members before it hears that one has forgotten, and die of that: then
those who decide may be too few all the same. Such a history ends there, and is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from raft_core.quorum import is_quorum

if TYPE_CHECKING:
    from raft_core.membership import Configuration
    from raft_core.raft import Raft
    from raft_core.testing.member import SimulatedMember
    from raft_core.testing.world import SimulatedWorld
    from raft_core.types import Index, NodeId, Term


class Stuck(Exception):
    """Nobody can be elected: too many of those who would have to vote may have forgotten."""


class Forgetting:
    """Who may forget, and when."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._configurations: dict[tuple[Index, Term], Configuration] = {}
        """All that anybody ever had in its log: one may be under way for long."""
        self._settled: Index = 0
        """Of those that are committed the last."""

    def look(self, raft: Raft) -> None:
        """A member has made a step."""
        for index, configuration in reversed(raft.configurations):
            term = raft.log.term_at(index)
            if term is None or (index, term) in self._configurations:
                break
            self._configurations[index, term] = configuration
        if raft.commit_index >= raft.configuration_index > self._settled:
            self._settled = raft.configuration_index

    def comes(self, member: SimulatedMember) -> bool:
        """Whether this member forgets something in the crash that comes now."""
        world = self._world
        return (
            member.storage.forgetful
            and world.faulty
            and self.spares(member.node_id)
            and world.troubles.happens(f"forgets.{member.node_id}.{member.life}")
        )

    def spares(self, name: NodeId) -> bool:
        """Whether there are enough who know all, whatever configuration is in force, without it."""
        sure = self._sure() - {name}
        return all(
            is_quorum(configuration, sure)
            for (index, term), configuration in self._configurations.items()
            if index >= self._settled and not self._is_dead(index, term)
        )

    @property
    def is_stuck(self) -> bool:
        """Whether nobody leads, nor can be elected, since some may have forgotten something."""
        if self._sure() >= self._world.members.keys() - self._world.gone:
            return False
        rafts = [member.raft for member in self._world.members.values() if member.raft is not None]
        return not self._world.leaders and not any(map(self._may_win, rafts))

    def _may_win(self, raft: Raft) -> bool:
        """Whether those who know all are enough, and would have it."""
        members, log = self._world.members, raft.log
        granting = [
            name
            for name in self._sure()
            if (voter := members[name].raft) is not None
            and voter.log.is_up_to_date(log.last_index, log.last_term)
        ]
        return raft.campaigns() and is_quorum(raft.configuration, granting)

    def _sure(self) -> set[NodeId]:
        members = self._world.members
        sure = {name for name, member in members.items() if not _is_suspect(member)}
        return sure - self._world.gone - self._world.copying.unaware

    def _is_dead(self, index: Index, term: Term) -> bool:
        """Whether another entry is committed in its place."""
        return any(
            member.raft is not None
            and member.raft.commit_index >= index
            and member.raft.log.term_at(index) not in (None, term)
            for member in self._world.members.values()
        )


def _is_suspect(member: SimulatedMember) -> bool:
    storage = member.storage
    return storage.suspect or storage.durable.standing.suspect
