"""What is counted and timed, and that nothing else changes by it."""

from collections.abc import Callable

import pytest

from raft_core.codec import encode_message
from raft_core.errors import NoLeader, RaftError
from raft_core.events import LeaderChanged, MessagesDropped, RoleChanged
from raft_core.interfaces import BoundedStorage
from raft_core.memory import MemoryStorage
from raft_core.messages import APPLIED, FAILED, ReadIndex, VoteReply
from raft_core.metrics import Histogram, Metrics
from raft_core.sessions import Outcome
from raft_core.types import Role

VOTE = encode_message(VoteReply(1, granted=True, pre=False))
QUESTION = encode_message(ReadIndex(2**40))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_histogram_counts_up_to_each_bound() -> None:
    histogram = Histogram((1.0, 5.0))
    for value in (0.5, 1.0, 1.5, 5.0, 7.0):
        histogram.observe(value)
    assert histogram.counts == [2, 2, 1]
    assert (histogram.total, histogram.sum) == (5, 15.0)


def test_what_is_sent_is_counted_by_kind_if_the_transport_takes_it() -> None:
    metrics = Metrics()
    taken: list[tuple[str, bytes]] = []

    def send(peer: str, payload: bytes) -> bool:
        taken.append((peer, payload))
        return peer != "gone"

    counted = metrics.sending(send)
    assert counted("b", VOTE)
    assert counted("b", QUESTION)
    assert counted("c", VOTE)
    assert not counted("gone", VOTE)
    assert metrics.sent.messages == {"VoteReply": 2, "ReadIndex": 1}
    assert metrics.sent.bytes == {"VoteReply": 2 * len(VOTE), "ReadIndex": len(QUESTION)}
    assert len(taken) == 4


@pytest.mark.parametrize("payload", [b"", b"x", b"\x01\x94\x7f", b"nonsense"])
def test_what_comes_is_counted_whatever_it_is(payload: bytes) -> None:
    metrics = Metrics()
    delivered: list[tuple[str, bytes]] = []
    counted = metrics.delivering(lambda peer, data: delivered.append((peer, data)))
    counted("b", payload)
    counted("b", VOTE)
    assert metrics.received.messages == {"unknown": 1, "VoteReply": 1}
    assert delivered == [("b", payload), ("b", VOTE)]


@pytest.mark.parametrize(
    "answer,kind",
    [
        (Outcome(APPLIED, b""), "applied"),
        (Outcome(FAILED, b""), "failed"),
        (NoLeader("none"), "NoLeader"),
    ],
)
def test_a_proposal_is_timed_and_counted_by_what_came_of_it(
    answer: Outcome | RaftError, kind: str
) -> None:
    metrics, clock = Metrics(), Clock()
    told: list[Outcome | RaftError] = []
    done = metrics.proposing(told.append, clock)
    clock.now += 0.25
    done(answer)
    assert told == [answer]
    assert metrics.proposals == {kind: 1}
    assert metrics.proposal_seconds.sum == 0.25


@pytest.mark.parametrize("error,kind", [(None, "read"), (NoLeader("none"), "NoLeader")])
def test_so_is_a_read(error: RaftError | None, kind: str) -> None:
    metrics, clock = Metrics(), Clock()
    told: list[RaftError | None] = []
    answer = metrics.reading(told.append, clock)
    clock.now += 0.25
    answer(error)
    assert told == [error]
    assert metrics.reads == {kind: 1}
    assert metrics.read_seconds.sum == 0.25


class SlowStorage(MemoryStorage):
    """Calls back when it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Callable[[], None]] = []

    def append(
        self, record: bytes, done: Callable[[Exception | None], None], *, vital: bool = False
    ) -> None:
        self.waiting.append(lambda: super(SlowStorage, self).append(record, done, vital=vital))


async def test_writes_are_timed_until_they_are_durable() -> None:
    metrics, clock, storage = Metrics(), Clock(), SlowStorage()
    timed = metrics.storing(storage, clock)
    await timed.load()
    told: list[Exception | None] = []
    timed.append(b"record", told.append, vital=True)
    clock.now += 0.5
    assert metrics.write_seconds.total == 0
    storage.waiting.pop()()
    timed.checkpoint(b"all", told.append)
    assert told == [None, None]
    assert (metrics.write_seconds.sum, metrics.write_seconds.total) == (0.5, 2)
    assert metrics.written_bytes == 9
    await timed.close()


async def test_a_write_that_is_refused_does_not_count() -> None:
    metrics, storage = Metrics(), MemoryStorage(quota=3)
    timed = metrics.storing(storage, Clock())
    await timed.load()
    told: list[Exception | None] = []
    timed.append(b"record", told.append)
    assert isinstance(told[0], OSError)
    assert (metrics.write_seconds.total, metrics.written_bytes) == (0, 0)


class BareStorage:
    """No more than a ``Storage``."""

    def __init__(self) -> None:
        whole = MemoryStorage()
        self.load, self.close = whole.load, whole.close
        self.append, self.checkpoint = whole.append, whole.checkpoint


def test_a_storage_that_knows_its_room_still_does() -> None:
    timed = Metrics().storing(MemoryStorage(quota=10), Clock())
    assert isinstance(timed, BoundedStorage)
    assert timed.room() == 10
    assert not isinstance(Metrics().storing(BareStorage(), Clock()), BoundedStorage)


def test_roles_and_what_was_dropped_come_from_events() -> None:
    metrics = Metrics()
    for event in (
        RoleChanged(Role.LEADER, 1),
        LeaderChanged("b", 2),
        RoleChanged(Role.LEADER, 3),
        MessagesDropped(7),
    ):
        metrics.happened(event)
    assert metrics.roles == {Role.LEADER: 2}
    assert metrics.dropped == 7
