"""What a leader knows of one peer's log, and how much it may send before the peer answers.

    PROBE      the place of agreement is not known: one message with entries, and until its answer
               comes only empty ones, the heartbeats: a peer that is silent costs no more than them.
               next_index moves by answers only.
    REPLICATE  the peer follows: messages leave one after the other, next_index moves when they are
               sent, and the window bounds what is not answered.
    SNAPSHOT   the entries it needs are compacted: it is sent a snapshot, and next_index stands
               behind that. When it has it, it follows.

Always match_index < next_index. A refusal leads from REPLICATE back to PROBE, at match_index + 1. A
message that the transport did not take goes again, later, and nothing before it does: a full link
is no lost one, and to send all of the window again would keep it full for ever.
"""

from collections import deque
from enum import Enum

from raft_core.snapshot import Image, Transfer
from raft_core.types import Index


class ProgressState(Enum):
    """See the head of this module."""

    PROBE = "probe"
    REPLICATE = "replicate"
    SNAPSHOT = "snapshot"


PROBE = ProgressState.PROBE
REPLICATE = ProgressState.REPLICATE
SNAPSHOT = ProgressState.SNAPSHOT


class PeerProgress:
    """One peer, in the eyes of the leader. Times are the caller's ``now``, in seconds."""

    __slots__ = (
        "_window",
        "goal",
        "inflight_bytes",
        "last_heard",
        "life",
        "match_index",
        "next_index",
        "paused",
        "sent_commit",
        "state",
        "transfer",
    )

    def __init__(self, next_index: Index, now: float) -> None:
        self.match_index: Index = 0
        self.next_index: Index = next_index
        self.state = PROBE
        self.paused = False
        """No entries before the next answer, and while replicating the next heartbeat."""
        self.sent_commit: Index = 0
        """The highest commit index in a message to it: what is above is still news."""
        self.last_heard = now
        self.transfer: Transfer | None = None
        """Not None in the state SNAPSHOT, and only there."""
        self.life = 0
        """The peer's latest, as far as is known: match_index is of this one (``_suspicion``)."""
        self.goal: Index = 0
        """A peer that is suspect and has all up to here is free."""
        self._window: deque[tuple[Index, int]] = deque()
        self.inflight_bytes = 0

    @property
    def inflight_messages(self) -> int:
        return len(self._window)

    def may_send(self, max_messages: int, max_bytes: int) -> bool:
        if self.paused or self.state is SNAPSHOT:
            return False
        return self.state is PROBE or (
            len(self._window) < max_messages and self.inflight_bytes < max_bytes
        )

    def sent(self, last_index: Index, size: int) -> None:
        """A message with entries up to ``last_index``, of ``size`` bytes, is on its way."""
        if self.state is PROBE:
            self.paused = True
            return
        self.next_index = last_index + 1
        self._window.append((last_index, size))
        self.inflight_bytes += size

    def accepted(self, match_index: Index) -> bool:
        """The peer has all up to ``match_index``. Returns whether that is news.

        An old answer, arriving late, changes nothing: match_index never goes back.
        """
        window = self._window
        while window and window[0][0] <= match_index:
            self.inflight_bytes -= window.popleft()[1]
        news = match_index > self.match_index
        if news:
            self.match_index = match_index
        if self.state is not REPLICATE and match_index + 1 >= self.next_index:
            self.follow()
        if self.state is REPLICATE:
            self.paused = False
        if self.next_index <= self.match_index:
            self.next_index = self.match_index + 1
        return news

    def follow(self) -> None:
        """It has all up to match_index, and the log what comes after that."""
        self.state = REPLICATE
        self.transfer = None
        self.paused = False
        self.next_index = self.match_index + 1

    def refused(self, prev_log_index: Index, agreement: Index) -> bool:
        """The peer has not ``prev_log_index`` as we do; both may agree at ``agreement`` at best.

        If it had that once, its storage has lost what it acknowledged: it gets it again. Returns
        False for an answer that is out of date.
        """
        if self.state is SNAPSHOT:
            return False
        if self.state is REPLICATE:
            if prev_log_index <= self.match_index:
                return False
            self.probe(self.match_index + 1)
            return True
        if prev_log_index != self.next_index - 1:
            return False
        if 0 < prev_log_index <= self.match_index:
            self.match_index = max(min(prev_log_index - 1, agreement), 0)
        self.next_index = max(min(prev_log_index, agreement + 1), self.match_index + 1)
        self.paused = False
        return True

    def unsent(self, next_index: Index) -> None:
        """The transport did not take a message that begins at ``next_index``: try again later."""
        if self.state is SNAPSHOT:
            return
        self.paused = True
        if self.state is PROBE:
            return
        window = self._window
        while window and window[-1][0] >= next_index:
            self.inflight_bytes -= window.pop()[1]
        self.next_index = max(min(self.next_index, next_index), self.match_index + 1)

    def probe(self, next_index: Index) -> None:
        """What was sent may be lost: find the place of agreement again, or that in a snapshot."""
        if self.transfer is not None:
            self.transfer.reconnected()
            return
        self.state = PROBE
        self.paused = False
        self.next_index = next_index
        self._window.clear()
        self.inflight_bytes = 0

    def forget(self, next_index: Index) -> None:
        """The peer may have forgotten what it acknowledged, and says from now on what it has."""
        self.match_index = self.sent_commit = 0
        self.probe(next_index)

    def send_snapshot(self, image: Image) -> Transfer:
        """The entries at next_index are gone: this takes their place."""
        self.state = SNAPSHOT
        self.transfer = transfer = Transfer(image)
        self.next_index = image.index + 1
        self._window.clear()
        self.inflight_bytes = 0
        return transfer
