"""A thrifty leader: new entries go at once to a quorum that answers fast, to the rest in batches.

A commit needs a quorum. What goes to others at once makes it no sooner, and costs a message and an
answer an entry, on machines that have better to do: a few milliseconds later one message carries
all that came meanwhile. This module says to whom nothing new goes yet. What a message says, who
counts and what is committed is none of its business, so it can delay and never harm.

- The few are the voters that, with this leader, answer fastest and are a majority, in a joint
  configuration of each half. The leader is measured like the others, from its write to when that is
  durable: if its storage is slow they are a majority without it. Learners count for nothing.
- The rest get all of it ``thrifty_delay`` after the first entry that was held back from them, or
  with whatever goes to all anyway, a heartbeat or a notice. So nothing leaves later than that after
  it would have without thrift, and whatever becomes of the few, no commit is later by more.
- Only what came after the last such batch is held back: who is behind catches up as ever.
- As soon as one of the few cannot take what is new (it probes, needs a snapshot, its window is
  full, its transport took no more), or the few are late, everything goes to all at once, until an
  entry is committed in time again. Late is what took twice as long as the slowest of the few
  usually does, but no less than ``thrifty_delay``, and no more than a heartbeat's interval.
- Others become the few when they take less than half of the time, if not for one of these reasons;
  so chance does not move the choice to and fro. It is looked at with each batch. Who takes as long
  as a heartbeat's interval is never one of them.

What is measured is the time from a message with entries to its answer, smoothed as TCP does it. An
answer that is awaited for longer than usual counts with the time it has taken so far: the dead are
slow. To whom more goes in one message takes a little longer for it, which favours the present few.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from math import inf
from typing import TYPE_CHECKING, Final

from raft_core.membership import Configuration
from raft_core.progress import REPLICATE
from raft_core.types import Index, NodeId

if TYPE_CHECKING:
    from raft_core.raft import Raft

WEIGHT: Final = 1 / 8
"""Of the newest time among those before it (RFC 6298, 2.3)."""
PATIENCE: Final = 2
"""So many times its usual time may an answer take, and so much faster must others be."""


class Pace:
    """How long one member takes to answer, in seconds."""

    __slots__ = ("_awaited", "_usual")

    def __init__(self) -> None:
        self._awaited: deque[tuple[Index, float]] = deque()
        """The ends of the messages that are not answered, and when each left."""
        self._usual = inf

    def sent(self, last_index: Index, now: float) -> None:
        """Entries up to there leave now, for the first time or again."""
        awaited = self._awaited
        if not awaited or awaited[-1][0] < last_index:
            awaited.append((last_index, now))

    def answered(self, match_index: Index, now: float) -> None:
        """It has all entries up to there."""
        awaited = self._awaited
        taken = None
        while awaited and awaited[0][0] <= match_index:
            taken = now - awaited.popleft()[1]
        if taken is not None:
            usual = self._usual
            self._usual = taken if usual == inf else usual + WEIGHT * (taken - usual)

    def time(self, now: float) -> float:
        """What to expect of it; ``inf`` before its first answer."""
        return max(self._usual, now - self._awaited[0][1]) if self._awaited else self._usual


class Thrift:
    """What a thrifty leader knows, in one term. It begins with everything for all."""

    __slots__ = ("_configuration", "_due", "_few", "_goal", "_paces", "_patience", "_seen", "_told")

    def __init__(self) -> None:
        self._few: frozenset[NodeId] | None = None
        """The chosen quorum, perhaps with this leader; None: everything goes to all at once."""
        self._configuration: Configuration | None = None
        """The one whose quorum that is."""
        self._paces: dict[NodeId, Pace] = {}
        self._seen: Index = 0
        """The end of the log in the step before."""
        self._told: Index = 0
        self._goal: Index = 0
        """To be committed by the time ``_due``; 0: nothing is awaited."""
        self._due = inf
        self._patience = inf

    @property
    def told(self) -> Index:
        """Up to here nothing is held back from anybody; what comes after must stay in the log."""
        return self._told

    @property
    def few(self) -> frozenset[NodeId] | None:
        """The members whose answers are waited for; None: everything goes to all at once."""
        return self._few

    def sent(self, peer: NodeId, last_index: Index, now: float) -> None:
        """Entries up to there leave for this peer."""
        self._pace(peer).sent(last_index, now)

    def answered(self, peer: NodeId, match_index: Index, now: float) -> None:
        """It has all up to there, and that is news."""
        self._pace(peer).answered(match_index, now)

    def _pace(self, member: NodeId) -> Pace:
        pace = self._paces.get(member)
        if pace is None:
            pace = self._paces[member] = Pace()
        return pace

    def spared(self, raft: Raft, *, whole: bool) -> Collection[NodeId]:
        """Who gets nothing new in this step; ``whole``: all get a message anyway, so nobody."""
        self._measure(raft)
        self._judge(raft)
        whole = whole or raft.now >= raft.rest_deadline
        if whole and self._few is not None:
            self._choose(raft)
        if whole or self._few is None:
            self._tell_all(raft)
            return ()
        rest = [
            peer
            for peer, progress in raft.progress.items()
            if peer not in self._few
            and self._told < progress.next_index <= raft.log.last_index
            and progress.state is REPLICATE
        ]
        if not rest:
            self._tell_all(raft)
        elif raft.rest_deadline == inf:
            raft.rest_deadline = raft.now + raft.config.thrifty_delay
        return rest

    def serves(self, raft: Raft) -> bool:
        """Whether all of the few have been sent all there is; if not, it goes to the rest, too."""
        last = raft.log.last_index
        for member in self._few or ():
            if member != raft.node_id:
                progress = raft.progress[member]
                if progress.next_index <= last or progress.state is not REPLICATE:
                    self._few = None
                    self._tell_all(raft)
                    return False
        return True

    def _tell_all(self, raft: Raft) -> None:
        self._told = raft.log.last_index
        raft.rest_deadline = inf

    def _measure(self, raft: Raft) -> None:
        """The leader's own pace: what is new in the log is written at the end of this step."""
        own = self._pace(raft.node_id)
        own.answered(raft.durable_index, raft.now)
        last = raft.log.last_index
        if last > self._seen:
            self._seen = last
            own.sent(last, raft.now)

    def _judge(self, raft: Raft) -> None:
        """Whether the few will do, or would."""
        late = raft.now > self._due
        if late or raft.configuration is not self._configuration:
            self._few = None
        if self._goal and raft.commit_index >= self._goal:
            self._goal = 0
            self._due = inf
            if self._few is None:
                self._choose(raft)
                if late:
                    self._few = None
        if not self._goal and raft.log.last_index > raft.commit_index:
            self._goal = raft.log.last_index
            self._due = raft.now + self._patience

    # --- the choice ------------------------------------------------------------------------------

    def _choose(self, raft: Raft) -> None:
        """Take the fastest quorum, unless the present one is not so much slower."""
        config = raft.config
        configuration = self._configuration = raft.configuration

        def time(member: NodeId) -> float:
            return self._time(raft, member)

        def order(member: NodeId) -> tuple[float, bool, NodeId]:
            return time(member), member != raft.node_id, member

        quorum: set[NodeId] = set()
        for half in (configuration.voters, configuration.outgoing):
            quorum.update(sorted(half, key=order)[: len(half) // 2 + 1])
        slowest = max(map(time, quorum))
        if self._few is not None:
            present = max(map(time, self._few))
            if present <= PATIENCE * slowest:
                slowest = present
                quorum = set(self._few)
        self._few = frozenset(quorum) if slowest < config.heartbeat_interval else None
        longest = max(PATIENCE * slowest, config.thrifty_delay)
        self._patience = min(longest, config.heartbeat_interval)

    def _time(self, raft: Raft, member: NodeId) -> float:
        if member != raft.node_id:
            progress = raft.progress[member]
            if progress.state is not REPLICATE or progress.paused:
                return inf
        return self._pace(member).time(raft.now)
