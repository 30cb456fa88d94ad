"""A thrifty leader: new entries go at once to a quorum that answers fast, to the rest in batches.

A commit needs a quorum. What goes to others at once makes it no sooner, and costs a message and an
answer an entry, on machines that have better to do: a few milliseconds later one message carries
all that came meanwhile. This module says to whom nothing new goes yet. What a message says, who
counts and what is committed is none of its business, so it can delay and never harm.

- The few are the voters that, with this leader, answer fastest and are a majority, in a joint
  configuration of each half. The leader is measured like the others, from its write to when that is
  durable: if its storage is slow they are a majority without it. Learners count for nothing.
- The rest get all of it ``thrifty_delay`` after the first entry that was held back from them, or
  with whatever goes to all anyway, a heartbeat or a notice, or as soon as one of them is to read
  what it lacks. So nothing leaves later than that after it would have without thrift, and whatever
  becomes of the few, no commit is later by more.
- Questions of which a quorum must hear (``reads``) go the same way.
- Only what came after the last such batch is held back: who is behind catches up as ever.
- As soon as one of the few cannot take what is new (it probes, needs a snapshot, its window is
  full, its transport took no more), or the few are late, everything goes to all at once, until an
  entry is committed, or a question answered, in time again. Late is what took twice as long as the
  slowest of the few usually does, but no less than ``thrifty_delay``, and no more than the
  heartbeat's interval.
- Others become the few when they take less than half of the time, if not for one of these reasons;
  so chance does not move the choice to and fro. It is looked at with each batch. Who takes as long
  as a heartbeat's interval is never one of them.

What is measured is the time from a message with entries to its answer, smoothed as TCP does it. An
answer that is awaited for longer than usual counts with the time it has taken so far: the dead are
slow. To whom more goes in one message takes a little longer for it, which favours the present few.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from math import inf
from typing import TYPE_CHECKING, Final

from raft_core.membership import Configuration
from raft_core.progress import REPLICATE, PeerProgress
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
    """What a thrifty leader knows, in one term. It begins with everything for all.

    :param patience: seconds within which the first answers of the term are in time
    """

    __slots__ = (
        "_configuration",
        "_due",
        "_goal",
        "_owes",
        "_own",
        "_patience",
        "_round",
        "_seen",
        "few",
        "paces",
        "told",
    )

    def __init__(self, patience: float) -> None:
        self.few: frozenset[NodeId] | None = None
        """The chosen quorum, perhaps with this leader; None: everything goes to all at once."""
        self.told: Index = 0
        """Up to here nothing is held back from anybody; what comes after must stay in the log."""
        self.paces: defaultdict[NodeId, Pace] = defaultdict(Pace)
        """Of the other members."""
        self._own = Pace()
        self._configuration: Configuration | None = None
        """The one whose quorum the few are."""
        self._seen: Index = 0
        """The end of the log in the step before."""
        self._goal: Index = 0
        """To be committed when it is ``_due``."""
        self._round = 0
        """To be answered then, see ``reads``; 0: no question is awaited."""
        self._due = inf
        """``inf``: nothing is awaited."""
        self._owes = False
        """Only the few have been asked the latest question."""
        self._patience = patience

    def begin(self, raft: Raft, *, whole: bool) -> Collection[NodeId]:
        """Before the messages of a step: who must get one for the sake of a question.

        ``whole``: all get one anyway, so nothing is held back.
        """
        asks = raft.reads.begins
        self._judge(raft, asks=asks)
        if whole or self.few is None or raft.now >= raft.rest_deadline:
            owing = raft.configuration.all_voters if asks or self._owes else frozenset()
            if self.few is not None:
                owing = owing if asks else owing - self.few
                self._choose(raft)
            self._owes = False
            self._tell_all(raft)
            return owing
        if not asks:
            return ()
        self._owes = True
        return self.few

    def spares(self, peer: NodeId, progress: PeerProgress) -> bool:
        """Whether what it lacks is held back from this peer: it is new, and it is none of the few.

        Duty of the caller: it lacks something, and its window is open.
        """
        return (
            progress.next_index > self.told
            and progress.state is REPLICATE
            and self.few is not None
            and peer not in self.few
        )

    def end(self, raft: Raft, spared: Sequence[NodeId]) -> bool:
        """After the messages of a step; False: the spared must get it now, as not all few could."""
        served = not spared or self._are_served(raft)
        if not served:
            self.few = None
        if not (spared and served):
            self._tell_all(raft)
            if not self._owes:
                return served
        if raft.rest_deadline == inf:
            raft.rest_deadline = raft.now + raft.config.thrifty_delay
        return served

    def _are_served(self, raft: Raft) -> bool:
        """Whether each of the few was sent all there is."""
        last = raft.log.last_index
        for member in self.few or ():
            progress = raft.progress.get(member)
            if progress is not None and (
                progress.next_index <= last or progress.state is not REPLICATE
            ):
                return False
        return True

    def _tell_all(self, raft: Raft) -> None:
        """Nobody waits for entries after this step."""
        self.told = raft.log.last_index
        if not self._owes:
            raft.rest_deadline = inf

    def _judge(self, raft: Raft, *, asks: bool) -> None:
        """How fast this leader itself is, and whether the few will do, or would."""
        now = raft.now
        last = raft.log.last_index
        own = self._own
        own.answered(raft.durable_index, now)
        if last > self._seen:  # It is written at the end of this step.
            self._seen = last
            own.sent(last, now)
        late = now > self._due
        if late or raft.configuration is not self._configuration:
            self.few = None
        if self._due < inf and self._has_answers(raft):
            self._due = inf
            if self.few is None:
                self._choose(raft)
                if late:
                    self.few = None
        if self._due == inf and (asks or last > raft.commit_index):
            self._goal = last
            self._round = raft.reads.round if asks else 0
            self._due = now + self._patience

    def _has_answers(self, raft: Raft) -> bool:
        """Whether what is awaited is committed, and the question answered."""
        return raft.commit_index >= self._goal and (
            not self._round or raft.reads.answered_by_quorum(raft) >= self._round
        )

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
        if self.few is not None:
            present = max(map(time, self.few))
            if present <= PATIENCE * slowest:
                slowest = present
                quorum = set(self.few)
        self.few = frozenset(quorum) if slowest < config.heartbeat_interval else None
        longest = max(PATIENCE * slowest, config.thrifty_delay)
        self._patience = min(longest, config.heartbeat_interval)

    def _time(self, raft: Raft, member: NodeId) -> float:
        if member == raft.node_id:
            return self._own.time(raft.now)
        progress = raft.progress[member]
        follows = progress.state is REPLICATE and not progress.paused
        return self.paces[member].time(raft.now) if follows else inf
