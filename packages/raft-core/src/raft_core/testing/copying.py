"""Members that go on from an older copy of their journal; see ``raft_core._copies``.

At random times somebody makes an image of all that a member has stored, and at others a member is
stopped and starts again from one of its images: which may be used twice, or be the image of a copy.

Members count their starts here, and transports tell each other of them as ``docs/link.md`` says. A
copy learns in one of these ways that it is one:

- at its start: the original still ran, or the introducer knew of it;
- by a peer that has heard of a start which the copy's journal does not know;
- by the leader, to whom it refuses what it acknowledged.

The rule rests on somebody being met in time who knows. So if none was, it is shown here before it
takes a message that could make it vote, or one of a leader of an older term than the original's.
One that is alone by its journal is shown at its start. And no member becomes a copy while a
candidate may count the original's vote, nor too many at once (``forgetting``).
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from raft_core.codec import decode_message
from raft_core.messages import (
    AppendEntries,
    InstallSnapshot,
    Message,
    RequestVote,
    TimeoutNow,
    VoteReply,
)
from raft_core.types import NodeId, Role, Term

if TYPE_CHECKING:
    from raft_core.raft import Raft
    from raft_core.testing.storage import StorageImage
    from raft_core.testing.world import SimulatedWorld

_MOST = 4
"""Images of a member that are kept."""


class Copying:
    """Who runs from a copy, and who knows of which starts."""

    def __init__(self, world: SimulatedWorld) -> None:
        self.unaware: set[NodeId] = set()
        """Who goes on from a copy, and was not shown that yet."""
        self._world = world
        self._images: dict[NodeId, list[StorageImage]] = {}
        self._at_start: set[NodeId] = set()
        """Who is to be shown it as soon as it is there."""
        self._terms: dict[NodeId, Term] = {}
        """The highest term that each copied member was ever in."""
        self._heard: dict[NodeId, dict[NodeId, str]] = {}
        """By member and peer, the nonce of the peer's start that it had a link to last."""
        self._copies: set[NodeId] = set()
        """Who knows it, and is not free yet."""

    # --- the faults ------------------------------------------------------------------------------

    def take_image(self, name: NodeId, chance: Random) -> None:
        """Copy all that this member has stored."""
        images = self._images.setdefault(name, [])
        if len(images) == _MOST:
            del images[chance.randrange(_MOST)]
        images.append(self._world.members[name].storage.image())
        self._world.note("image", name)

    def go_back(self, chance: Random) -> NodeId | None:
        """Stop a member that has an image, and let one take its journal's place; say which."""
        able = [name for name in self._images if self._may_go_back(name)]
        leaders = [name for name in able if name in self._world.leaders]
        if not able:
            return None
        name = chance.choice(leaders if leaders and chance.random() < 0.4 else able)
        self._take(name, chance.choice(self._images[name]), at_start=chance.random() < 0.25)
        return name

    def go_back_to_leader(self, leader: Raft, chance: Random) -> NodeId | None:
        """The same of a member that has heard of a newer leader, to a time before; say which."""
        members, leaders = self._world.members, self._world.leaders
        found = [
            (name, image)
            for name in self._images
            if leader.role is Role.LEADER
            and any(members[other].storage.durable.term > leader.term for other in leaders)
            and members[name].storage.durable.term > leader.term
            and self._may_go_back(name)
            for image in self._images[name]
            if image.durable.term <= leader.term
        ]
        if not found:
            return None
        name, image = chance.choice(found)
        self._take(name, image, at_start=chance.random() < 0.25)
        return name

    def _take(self, name: NodeId, image: StorageImage, *, at_start: bool) -> None:
        world = self._world
        self._note(name)
        world.crash(name, clean=True)
        storage = world.members[name].storage
        self._terms[name] = max(self._terms.get(name, 0), storage.durable.term)
        storage.go_back(image)
        world.invariants.copied(storage.durable)
        world.network.copied(name)
        self.unaware.add(name)
        self._copies.discard(name)
        if at_start:
            self._at_start.add(name)

    def _note(self, name: NodeId) -> None:
        """What is about to become of it."""
        world = self._world
        world.note("copy", name)
        world.counts["copy of a leader"] += name in world.leaders
        standing = world.members[name].storage.durable.standing
        world.counts["copy of a copy"] += standing.copied

    def _may_go_back(self, name: NodeId) -> bool:
        return self._world.forgetting.spares(name) and not any(
            member.raft is not None
            and member.raft.role is Role.CANDIDATE
            and member.node_id == self._world.members[name].storage.durable.voted_for
            for member in self._world.members.values()
            if member.node_id != name
        )

    def heal(self) -> None:
        """Whoever does not know it yet is shown it, now or at its start."""
        self._at_start |= self.unaware
        for name in sorted(self.unaware):
            self._show_at_start(name)

    # --- who hears what --------------------------------------------------------------------------

    def started(self, raft: Raft) -> None:
        """A member is there, and its transport knows nobody."""
        if not self._world.profile.copy_every:
            return
        self._heard[raft.node_id] = {}
        if raft.node_id in self._copies and not raft.copied:
            self._copies.discard(raft.node_id)
            self.unaware.add(raft.node_id)  # It died before that was durable.
        if raft.configuration.all_voters == {raft.node_id}:
            self._at_start.add(raft.node_id)
        self._show_at_start(raft.node_id)

    def _show_at_start(self, name: NodeId) -> None:
        if name in self._at_start and self._world.members[name].driver is not None:
            self._at_start.discard(name)
            if name in self.unaware:
                self._show(name, "at its start")

    def linked(self, name: NodeId, peers: frozenset[NodeId]) -> None:
        """A member has links to these; each end tells the other, ahead of everything else."""
        for peer in sorted(peers):
            self._tell(name, peer)
            self._tell(peer, name)

    def _tell(self, name: NodeId, peer: NodeId) -> None:
        """Of the start of the peer that this one had a link to before."""
        raft = self._world.members[peer].raft
        if raft is not None and name in self._heard:
            known = self._heard[name].get(peer, raft.nonces[-1])
            self._heard[name][peer] = raft.nonces[-1]
            if known not in raft.nonces:
                self._show(peer, "by a peer")

    def receives(self, name: NodeId, payload: bytes) -> None:
        """A member that does not know that it is a copy is about to get this message."""
        if self._endangers(name, decode_message(payload)):
            self._show(name, "in time")

    def _endangers(self, name: NodeId, message: Message) -> bool:
        if isinstance(message, AppendEntries | InstallSnapshot):
            return message.term < self._terms[name]
        return isinstance(message, RequestVote | VoteReply | TimeoutNow)

    def _show(self, name: NodeId, how: str) -> None:
        driver = self._world.members[name].driver
        if driver is not None:
            self._world.note(f"copy shown {how}", name)
            self.unaware.discard(name)
            driver.copied()

    def look(self, raft: Raft) -> None:
        """A member has made a step."""
        name = raft.node_id
        if raft.copied:
            if name in self.unaware and raft.shown:
                self.unaware.discard(name)
                self._world.note("copy shown by the leader", name)
            self._copies.add(name)
        elif name in self._copies:
            self._copies.discard(name)
            self._world.note("copy freed", name)
