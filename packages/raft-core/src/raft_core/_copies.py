"""A member that runs from an older copy of its journal: what it and its leader make of that.

A copied profile, a copied data directory and a machine restored from a copy come back with a
journal that lacks what the original promised since: entries, votes and terms. No storage can tell.
Others can: a transport that fences (``beginning``) sees a start that is not one of this journal's,
or one that still ran; and a leader sees that a peer has no more what it acknowledged, or names an
earlier life than it did before. The rule, all of it; ``docs/durability.md`` has the argument:

- Who is shown to be a *copy* begins a new life, which no other copy begins, and is suspect
  (``_suspicion``). If it led, or wanted to, it does no more.
- Terms are missing, too, so its answers may be ones that the original would have refused. The
  leader counts none of them: not for a commit, not for a round of reads, not for its own quorum.
- In the moment when a leader hears of such a life it appends an empty entry: that is the goal. When
  it is committed, by a majority of others, the leader's term is one that the others are in now, and
  not older than what the original promised to one of them. A copy that has it is free.
- As it is freed it takes this leader for the one that it voted for: the original may have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from raft_core.messages import NOOP, Acknowledged, Entry
from raft_core.types import FOLLOWER

if TYPE_CHECKING:
    from raft_core.messages import AppendReply
    from raft_core.progress import PeerProgress
    from raft_core.raft import Raft
    from raft_core.types import NodeId


_CHANCE: Final = 7
"""So many hexadecimal digits of a start's nonce go into the life that it begins."""


def on_copied(raft: Raft, *, heard: int = -1) -> None:
    """Somebody has shown that this member's journal is an older copy, or may be one.

    Shown again before a leader has freed it, nothing new follows: nothing was promised since. If it
    was one before this start, its journal may be older than what it has answered as one.

    :param heard: a life of this member that a leader has heard of
    """
    if raft.copied and raft.shown and heard < raft.life:
        return
    raft.unsay()  # It was said by one that did not know what it is.
    raft.copied = raft.shown = raft.suspect = True
    raft.freed_alone = False
    # An earlier life than the original had nobody would hear; and of one that another copy from
    # the same image began a leader would believe that it knows it, with what that one has.
    chance = int(raft.nonces[-1][:_CHANCE], 16) if raft.nonces else 0
    raft.life = max(raft.life, raft.start, heard) + 1 + chance
    raft.unsaved.hard_state = True
    if raft.role is not FOLLOWER:
        raft.become_follower(raft.term, None)


def on_acknowledged(raft: Raft, message: Acknowledged) -> None:
    """The leader was told, in its term, that this member has that entry.

    No leader of a term takes back what was matched in it. So who has it no more has another
    journal than the one that told so. Our own refusal may just have come late: then it is there.
    And no journal lacks a life that its member has named but an older one.
    """
    log = raft.log
    if message.life > raft.life:
        on_copied(raft, heard=message.life)
    elif message.index > log.base_index and log.term_at(message.index) != message.entry_term:
        on_copied(raft)


# --- the leader's part --------------------------------------------------------------------------


def witness(raft: Raft, progress: PeerProgress) -> None:
    """A peer is a copy, in a life that is news: what it is to have, and others with it."""
    raft.append((Entry(raft.log.last_index + 1, raft.term, NOOP, b""),))
    progress.goal = raft.log.last_index


def is_witnessed(raft: Raft, peer: NodeId, progress: PeerProgress) -> bool:
    """Whether others have said, since this life is known, that they are in the leader's term."""
    return peer not in raft.copies or raft.commit_index >= progress.goal


def remind(raft: Raft, peer: NodeId, progress: PeerProgress, refusal: AppendReply) -> None:
    """It refuses what it acknowledged: that came late, or it runs from an older journal."""
    index = progress.match_index
    term = raft.log.term_at(index)
    if refusal.hint_index < index and term is not None:
        raft.send((peer,), Acknowledged(raft.term, index, term, progress.life))


def remind_of_life(raft: Raft, peer: NodeId, progress: PeerProgress) -> None:
    """What it says comes late, or it runs from a journal that is older than the life heard of."""
    raft.send((peer,), Acknowledged(raft.term, 0, 0, progress.life))
