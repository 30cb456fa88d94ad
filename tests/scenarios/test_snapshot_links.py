"""How many bytes a snapshot costs on links as they are: far, narrow, in order."""

from heapq import heappop, heappush
from itertools import count
from math import inf

import pytest

from raft_core.codec import encode_message
from raft_core.config import Config
from raft_core.io import Output, Persisted, Received, SnapshotTaken, Unreachable
from raft_core.messages import AppendReply, InstallSnapshot, Message
from tests.unit.raft_core.support import Member


class Link:
    """Leader "a" to learner-like follower "c": a queue of so many bytes a second, then a delay."""

    def __init__(self, size: int, *, delay: float, rate: float, queue: float = inf) -> None:
        config = Config(trailing_entries=0)
        self.leader = Member([1] * 6, config=config).lead()
        self.leader.accept("b")
        self.peer = Member([], node_id="c", configuration=None, config=config)
        self.now = self.leader.now
        self.delay, self.rate, self.queue = delay, rate, queue
        self.free_at = self.now
        self.sent = 0
        self.events: list[tuple[float, int, str, Message | None]] = []
        self.number = count()
        self.size = size
        raft = self.leader.raft
        self.out(self.leader, raft.step(self.now, [SnapshotTaken(raft.applied_index, bytes(size))]))

    def out(self, member: Member, out: Output) -> None:
        refused = []
        for send in out.sends:
            if member is self.leader and "c" in send.to:
                cost = len(encode_message(send.message))
                if (self.free_at - self.now) * self.rate + cost > self.queue:
                    if isinstance(send.message, InstallSnapshot) and send.message.data:
                        refused.append(Unreachable("c", offset=send.message.offset))
                    continue
                self.sent += cost
                self.free_at = max(self.free_at, self.now) + cost / self.rate
                self.put(self.free_at + self.delay, "c", send.message)
            elif member is self.peer:
                self.put(self.now + self.delay, "a", send.message)
        if refused:
            self.out(member, member.raft.step(self.now, refused))
        if out.write is not None:
            self.out(member, member.raft.step(self.now, [Persisted(out.write.id)]))

    def put(self, when: float, to: str, message: Message | None) -> None:
        heappush(self.events, (when, next(self.number), to, message))

    def run(self, seconds: float) -> float | None:
        """Until the peer has the snapshot; the time it took, or None when it had too little."""
        start = self.now
        raft = self.leader.raft
        while self.peer.raft.snapshot is None:
            due = raft.heartbeat_deadline
            if self.events and self.events[0][0] <= due:
                self.now, _, to, message = heappop(self.events)
                member = self.leader if to == "a" else self.peer
                sender = "c" if to == "a" else "a"
                assert message is not None
                self.out(member, member.raft.step(self.now, [Received(sender, message)]))
            else:
                self.now = due
                # "b" is near, and always answers.
                reply = AppendReply(raft.term, True, raft.log.last_index)
                self.out(self.leader, raft.step(self.now, [Received("b", reply)]))
            if self.now - start > seconds:
                return None
        return self.now - start


@pytest.mark.parametrize("queue", [inf, 1_000_000, 200_000])
@pytest.mark.parametrize(
    "delay, rate",
    [(0.01, 1e9), (0.2, 1e9), (0.02, 1_000_000.0), (0.02, 250_000.0), (0.02, 100_000.0)],
    ids=["near", "far", "8 Mbit/s", "2 Mbit/s", "0.8 Mbit/s"],
)
def test_a_link_that_loses_nothing_carries_a_snapshot_about_once(
    delay: float, rate: float, queue: float
) -> None:
    """``queue``: bytes under way over which the transport takes no more."""
    size = 2_000_000
    link = Link(size, delay=delay, rate=rate, queue=queue)
    took = link.run(300.0)
    assert took is not None
    assert link.sent / size == pytest.approx(1.0, abs=0.25)
