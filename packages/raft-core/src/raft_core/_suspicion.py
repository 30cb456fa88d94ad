"""Members that may have forgotten: what follows for such a member, and for the leader it follows.

A storage that is quick, and lazy about the disk, can lose its newest records when its program is
killed, and what it then loads looks perfectly valid. Term and vote never get lost: such a storage
puts vital records into a slower, safer place. But entries do that the member acknowledged. So a
member that comes back from such an end is *suspect* (``ForgetfulJournal``), and begins a new *life*
of its memory. The rule, all of it; ``docs/durability.md`` has the argument:

- A suspect member votes for nobody, itself included. It follows, stores and answers as ever.
- Its answers name its life. In the moment when a leader first hears of a new life it forgets what
  the member acknowledged in earlier ones; what such a life said, and comes later, counts no more.
- The same moment has a goal: the leader's commit index then, or the first entry of its term if that
  is higher. When the member has the leader's log up to there the leader tells it that it is free.

So all that it may have acknowledged, and that may count, is in its log again before it votes. What
it acknowledges in its new life is true, and counts as ever: below the goal nothing is left to be
committed by counting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from raft_core import _copies
from raft_core._configured import Configured
from raft_core.codec import Standing
from raft_core.messages import AppendReply, Freed, SnapshotReply

if TYPE_CHECKING:
    from raft_core.messages import Acknowledged, Holding
    from raft_core.progress import PeerProgress
    from raft_core.raft import Raft
    from raft_core.types import Index, NodeId
    from raft_core.unsaved import Unsaved


class Doubtful(Configured):
    """What a member knows of its own memory, and of others'. Attributes are for reading."""

    life: int = 0
    """How often this member may have forgotten something."""
    start: int = 0
    """How often it was started, if that is counted."""
    nonces: tuple[str, ...] = ()
    """Of its latest starts, this one's last."""
    copied = False
    """It is suspect, and its terms and votes may be missing, too: see ``_copies``."""
    shown = False
    """So it was since this start."""
    freed_alone = False
    """It was suspect at its start, and nobody else was there who could know better."""
    suspects: set[NodeId]
    """Peers that said so of themselves, as far as a leader or a candidate has heard."""
    copies: set[NodeId]
    """Those of them that are copies, as far as a leader has heard."""
    holdings: dict[NodeId, Holding]
    """What peers say that they have, if they were asked while nobody leads (``_holdings``)."""
    lives: dict[NodeId, int]
    """The latest life that this member has heard of, of peers that ever were suspect."""
    unsaved: Unsaved
    leader: NodeId | None
    voted_for: NodeId | None
    _newest_configuration: Index = 0

    def begin_life(self, standing: Standing) -> None:
        """What the journal says of its own completeness. A new life is written down at once.

        The only member of a cluster has nobody to learn from, and nobody has what it forgot. Its
        journal must show that it still is the only one: what it forgot may be that others came.
        """
        self.life = standing.life
        self.start = standing.start
        self.nonces = standing.nonces
        self.copied = standing.copied
        self.suspects = set()
        self.copies = set()
        self.holdings = {}
        self.lives = {}
        self._newest_configuration = standing.configuration_index
        self.freed_alone = (
            standing.suspect
            and not standing.copied
            and self.configuration.members == {self.node_id}
            and self.configuration_index == standing.configuration_index
        )
        self.suspect = standing.suspect and not self.freed_alone
        self.unsaved.configuration_index = self.configuration_index
        self.unsaved.hard_state = standing.suspect

    def standing(self) -> Standing:
        """For the journal. As long as it is suspect it keeps in mind what it once knew of."""
        index = self.configuration_index
        if self.suspect:
            index = max(index, self._newest_configuration)
        return Standing(
            self.life, self.suspect, index, self.start, nonces=self.nonces, copied=self.copied
        )

    @property
    def memory(self) -> tuple[int, bool, bool]:
        """What each answer to a leader says of it, at its end."""
        return self.life, self.suspect, self.copied

    @property
    def doubt(self) -> str:
        """For the log of a member that was suspect when it started."""
        what = (
            "nobody else was there, and it goes on with what it has"
            if self.freed_alone
            else "it votes for nobody until a leader has brought it up to date"
        )
        return f"may have forgotten what it wrote last, its storage was not closed in order: {what}"

    @property
    def known_suspects(self) -> frozenset[NodeId]:
        """This member if it is suspect, and peers, of which one that follows hears nothing."""
        peers = self.suspects if self.leader in (None, self.node_id) else ()
        own = (self.node_id,) if self.suspect else ()
        return self.configuration.members.intersection(peers).union(own)

    def heard_of(self, peer: NodeId, *, suspect: bool) -> None:
        """What a peer says of itself."""
        if suspect:
            self.suspects.add(peer)
        else:
            self.suspects.discard(peer)
            self.copies.discard(peer)

    def leave_to_leader(self) -> None:
        """There is one, which knows better what peers say."""
        self.suspects.clear()
        self.copies.clear()
        self.holdings.clear()

    def on_freed(self, leader: NodeId, message: Freed) -> None:
        """The leader says that this life lacks nothing; of an earlier one that says nothing."""
        if self.suspect and message.life == self.life:
            if self.copied and self.voted_for is None:
                self.voted_for = leader
            self.suspect = self.copied = False
            self.unsaved.hard_state = True


def on_leaders_word(raft: Raft, sender: NodeId, message: Freed | Acknowledged) -> None:
    """The leader of our term speaks of what we have."""
    if isinstance(message, Freed):
        raft.on_freed(sender, message)
    else:
        _copies.on_acknowledged(raft, message)


# --- the leader's part --------------------------------------------------------------------------


def is_first_company(raft: Raft) -> bool:
    """Whether this leader was alone, and its journal does not show yet that it is so no more.

    What it says to others waits for that: the journal must be right about who could know better
    than it, see ``begin_life``.
    """
    return (
        raft.configuration_index > raft.durable_index
        and len(raft.configurations) > 1
        and raft.configurations[-2][1].members == {raft.node_id}
    )


def meet(raft: Raft, peer: NodeId, progress: PeerProgress) -> None:
    """A leader knows nothing of this peer's log, and counts what comes from now on."""
    progress.life = raft.lives.get(peer, 0)
    progress.goal = max(raft.commit_index, raft.term_start)


def hear(
    raft: Raft, peer: NodeId, progress: PeerProgress, message: AppendReply | SnapshotReply
) -> bool:
    """The peer names its life. False: an earlier one said this, and it counts for nothing.

    One that was free and is a copy again is another copy, even if it came to the same life.
    """
    if message.life < progress.life:
        _copies.remind_of_life(raft, peer, progress)
        return False
    if message.life > progress.life or (message.copied and peer not in raft.copies):
        raft.lives[peer] = message.life
        last = max(raft.log.last_index, raft.log.first_index)
        progress.forget(min(progress.next_index, last))
        meet(raft, peer, progress)
        if message.copied:
            _copies.witness(raft, progress)
    raft.heard_of(peer, suspect=message.suspect)
    if message.copied:
        raft.copies.add(peer)
    return True


def judge(raft: Raft, peer: NodeId, progress: PeerProgress, message: AppendReply) -> None:
    """A suspect peer has answered: it is free if it has all that it may ever have acknowledged.

    This answer must say so: a copy may lack what another one of the same life has acknowledged. The
    word may get lost; then the peer says once more that it is suspect, and hears it again.
    """
    has_all = message.accepted and message.match_index >= progress.goal
    if has_all and _copies.is_witnessed(raft, peer, progress):
        raft.send((peer,), Freed(raft.term, progress.life))
