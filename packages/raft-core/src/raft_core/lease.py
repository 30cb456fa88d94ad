"""A leader's lease: while it holds, a read needs no round of heartbeats (thesis, section 6.4.1).

Off, unless ``Config.read_lease`` says how long it lasts; there stands what it asks of the clocks.

With it every heartbeat begins a round (see ``reads``), and the leader notes when. Whoever answers a
round has heard its leader after that moment, and then gives nobody its vote, itself included, for
an election time-out on its own clock. So once a quorum has answered, nobody else can have been
elected until ``read_lease`` after the round BEGAN, when the answers came or what is under way does
not matter. A pause between the look at the clock and the answer does no harm: the question came
before that look, and the answer holds what was committed at it.

What could break a voter's promise, and why it does not:

- A leader that hands over: votes for its successor are given although it is heard (thesis, 3.10).
  The first ``TimeoutNow`` ends its lease, for the rest of its term: who was told may be late.
- A restart: a voter has forgotten whom it heard, so it takes its start for the moment in which it
  heard a leader. The only voter need not wait: no leader but itself can have a lease (below).
- A newer term, in which no leader is known: what was promised to the one before is kept all the
  same, so it is the time that counts, and not whether a leader is known (``Raft.hears_leader``).
- Other voters: what counts is who has answered of the configuration in force at the read. As an
  entry of this term is committed, whoever is elected next goes by this configuration or by one
  beside it, and their majorities share a voter. That one may be the candidate alone, which has
  promised nobody anything if it is the only voter, and has just started. Only a leader that leaves
  can have made it so, and a leader that is no voter any more has no lease.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from raft_core.raft import Raft


class Lease:
    """What a leader knows of its lease, in one term."""

    __slots__ = ("_begun", "_over")

    def __init__(self) -> None:
        self._begun: deque[tuple[int, float]] = deque()
        """The rounds that may count yet, oldest first, and when each began."""
        self._over = False

    def lead(self) -> None:
        """A term of ours begins."""
        self._begun.clear()
        self._over = False

    def begin(self, number: int, now: float, length: float) -> None:
        """This round begins now. Those that prove nothing any more are forgotten."""
        begun = self._begun
        while begun and now - begun[0][1] >= length:
            begun.popleft()
        begun.append((number, now))

    def end(self) -> None:
        """Somebody may be elected now although this leader is heard."""
        self._over = True

    def holds(self, raft: Raft, answered: int) -> bool:
        """Whether a leader with a lease knows all that is committed; a quorum has answered that."""
        if self._over or raft.commit_index < raft.term_start:
            return False
        if raft.node_id not in raft.configuration.all_voters:
            return False
        begun = self._begun
        while len(begun) > 1 and begun[1][0] <= answered:
            begun.popleft()
        number, since = begun[0]
        return number <= answered and raft.now - since < raft.config.read_lease
