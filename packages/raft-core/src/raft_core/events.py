"""What happens to a member that people want to see: a stream of plain values.

Found by comparing what the member knows now with what it knew before, and only while somebody
looks: the algorithm and the pump do nothing for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from raft_core.types import Index, NodeId, Role, Term

if TYPE_CHECKING:
    from raft_core.driver import Driver
    from raft_core.raft import Raft


class RoleChanged(Struct, frozen=True):
    """An election began (candidate), was won (leader) or lost, or an office ended (follower)."""

    role: Role
    term: Term


class LeaderChanged(Struct, frozen=True):
    """This member follows another leader; None: it knows none."""

    leader: NodeId | None
    term: Term


class MembersChanged(Struct, frozen=True):
    """Another configuration is in force; ``outgoing`` is not empty while the voters change."""

    voters: tuple[NodeId, ...]
    learners: tuple[NodeId, ...]
    outgoing: tuple[NodeId, ...]


class ConnectionsChanged(Struct, frozen=True):
    """The transport reaches these peers now."""

    peers: tuple[NodeId, ...]


class SnapshotStored(Struct, frozen=True):
    """This member's snapshot, its own or one from the leader, stands for all up to ``index``."""

    index: Index


class MessagesDropped(Struct, frozen=True):
    """So many more messages were unreadable, or too many."""

    count: int


class PeerIncompatible(Struct, frozen=True):
    """``peer`` says what only a later version knows; ``sentence`` says what, and what to update."""

    peer: NodeId
    sentence: str


class StorageSlow(Struct, frozen=True):
    """A write has been under way for ``seconds``, the shortest election time-out, or longer."""

    seconds: float


class MemberSuspect(Struct, frozen=True):
    """This member, or a peer of the leader, may have forgotten what it acknowledged."""

    member: NodeId


class MemberFreed(Struct, frozen=True):
    """It has all of that again, and votes as ever; or it is the only member: what is lost, is."""

    member: NodeId


class Halted(Struct, frozen=True):
    """This member takes part no more, for this reason."""

    problem: str


Event: TypeAlias = (
    RoleChanged
    | LeaderChanged
    | MembersChanged
    | ConnectionsChanged
    | SnapshotStored
    | MessagesDropped
    | PeerIncompatible
    | StorageSlow
    | MemberSuspect
    | MemberFreed
    | Halted
)


class Changes:
    """Tells what changed on a member between two looks at it.

    The first look tells nothing, save that this member may have forgotten something.
    """

    def __init__(self, driver: Driver) -> None:
        self._slow = False
        alone = driver.raft.freed_alone
        self._suspects = frozenset((driver.raft.node_id,)) if alone else frozenset()
        self._remember(driver)

    def look(self, driver: Driver) -> list[Event]:
        """What is new, in a fixed order; of what came and went in between nobody hears."""
        events: list[Event] = []
        raft = driver.raft
        role, leader, configuration, connected, snapshot, dropped, incompatible, problem = (
            self._known
        )
        if raft.role is not role:
            events.append(RoleChanged(raft.role, raft.term))
        if raft.leader != leader:
            events.append(LeaderChanged(raft.leader, raft.term))
        if raft.configuration != configuration:
            new = raft.configuration
            events.append(MembersChanged(new.voters, new.learners, new.outgoing))
        if raft.connected != connected:
            events.append(ConnectionsChanged(tuple(sorted(raft.connected))))
        if raft.snapshot is not None and raft.snapshot.index != snapshot:
            events.append(SnapshotStored(raft.snapshot.index))
        if driver.dropped_messages != dropped:
            events.append(MessagesDropped(driver.dropped_messages - dropped))
        if driver.incompatible:
            events += [
                PeerIncompatible(peer, sentence)
                for peer, sentence in sorted(driver.incompatible.items())
                if incompatible.get(peer) != sentence
            ]
        timeout = raft.config.election_timeout
        slow = raft.unsaved.is_silent(raft.now, timeout)
        if slow and not self._slow:
            events.append(StorageSlow(timeout))
        self._slow = slow
        if raft.suspect or raft.suspects or self._suspects:  # seldom
            events += self._look_at_suspects(raft)
        if driver.problem is not None and problem is None:
            events.append(Halted(driver.problem))
        if events:
            self._remember(driver)
        return events

    def _look_at_suspects(self, raft: Raft) -> list[Event]:
        """Whoever ceases to lead knows no more of peers; that frees nobody."""
        suspects, before = raft.known_suspects, self._suspects
        self._suspects = suspects
        freed = before - suspects
        if raft.role is not Role.LEADER:
            freed &= {raft.node_id}
        return [
            *(MemberSuspect(member) for member in sorted(suspects - before)),
            *(MemberFreed(member) for member in sorted(freed)),
        ]

    def _remember(self, driver: Driver) -> None:
        raft = driver.raft
        self._known = (
            raft.role,
            raft.leader,
            raft.configuration,
            raft.connected,
            0 if raft.snapshot is None else raft.snapshot.index,
            driver.dropped_messages,
            dict(driver.incompatible),
            driver.problem,
        )
