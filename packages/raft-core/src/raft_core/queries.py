"""This member's own reads, from call to answer: batches, retries, time-outs.

No I/O and no clock: the driver hands in the time. Calls that come while no step can be made become
one question to the algorithm, and while enough questions are under way calls gather for the next.
A question without an answer is asked again, of whoever leads then: a read has no side effect.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import Final, TypeAlias

from raft_core.errors import NoLeader, Overloaded, RaftError
from raft_core.io import ReadRequested
from raft_core.types import NodeId, RequestId

Answer: TypeAlias = Callable[[RaftError | None], None]
"""Called once: with None in the moment when the state is linearizable, or with what went wrong."""

MAX_ASKED: Final = 8
"""Questions under way, each a round of heartbeats: the calls of a busy member share them."""


class Query:
    """One call."""

    __slots__ = ("answer", "expires")

    def __init__(self, answer: Answer, expires: float) -> None:
        self.answer = answer
        self.expires = expires


class _Batch:
    """The calls that one question is for.

    ``retry_at`` is inf once it was asked again; a late answer counts all the same.
    """

    __slots__ = ("queries", "retry_at")

    def __init__(self, queries: list[Query], retry_at: float) -> None:
        self.queries = queries
        self.retry_at = retry_at


class Queries:
    """The open reads of one run of one member.

    :param first: the first question's number. At random: an answer to an earlier life of this
        member may still be under way, and must not be taken for one of now
    :param retry_interval: seconds without an answer after which a question is asked again
    :param limit: how many calls may be open
    """

    def __init__(self, *, first: RequestId, retry_interval: float, limit: int) -> None:
        self.deadline = inf
        """Call ``due`` no later than this."""
        self.waits = False
        """Calls have gathered and may be asked for: call ``ask`` before the next step."""
        self.leader: NodeId | None = None
        """Who was last known to lead: a hint for callers."""
        self._retry_interval = retry_interval
        self._limit = limit
        self._next = first
        self._open: dict[Query, None] = {}
        self._gathered: list[Query] = []
        self._asked: dict[RequestId, _Batch] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, answer: Answer, now: float, timeout: float) -> Query:
        """A new call; it waits for ``ask``.

        :raises Overloaded: too many are open; nothing was begun
        """
        if len(self._open) >= self._limit:
            raise Overloaded("reads", self._limit)
        query = Query(answer, now + timeout)
        self._open[query] = None
        self._gathered.append(query)
        self.deadline = min(self.deadline, query.expires)
        self._look()
        return query

    def ask(self, now: float) -> ReadRequested:
        """The question for all that has gathered, to be put into the next step."""
        request = self._next
        self._next += 1
        retry_at = now + self._retry_interval
        self._asked[request] = _Batch(self._gathered, retry_at)
        self._gathered = []
        self.waits = False
        self.deadline = min(self.deadline, retry_at)
        return ReadRequested(request)

    def answer(self, requests: Sequence[RequestId]) -> None:
        """The state as it is now answers these questions."""
        for request in requests:
            batch = self._asked.pop(request, None)
            if batch is None:
                continue  # Asked in an earlier life, or everybody has his answer.
            for query in batch.queries:
                self._end(query, None)
        self._look()

    def again(self) -> None:
        """There is a new leader: gather all that was asked of the one before."""
        for batch in self._asked.values():
            self._gather(batch)
        self.waits = bool(self._gathered)

    def due(self, now: float) -> None:
        """End those that are out of time; gather those to ask for again."""
        if now < self.deadline:
            return
        for query in [query for query in self._open if query.expires <= now]:
            sentence = "no leader confirmed in time that it leads: nothing was read"
            self._end(query, NoLeader(sentence, self.leader))
        for batch in self._asked.values():
            if batch.retry_at <= now:
                self._gather(batch)
                self.waits = True
        self._asked = {
            request: batch
            for request, batch in self._asked.items()
            if any(query in self._open for query in batch.queries)
        }
        self._gathered = [query for query in self._gathered if query in self._open]
        self.waits = self.waits and bool(self._gathered)
        self._look()
        self.deadline = min(
            min((query.expires for query in self._open), default=inf),
            min((batch.retry_at for batch in self._asked.values()), default=inf),
        )

    def forget(self, query: Query) -> None:
        """Nobody waits for it any more."""
        self._open.pop(query, None)

    def fail_all(self, error: Callable[[], RaftError]) -> None:
        """This member goes on no longer."""
        queries = list(self._open)
        self._gathered.clear()
        self._asked.clear()
        self.waits = False
        self.deadline = inf
        for query in queries:
            self._end(query, error())

    def _look(self) -> None:
        if self._gathered and not self.waits:
            under_way = sum(batch.retry_at < inf for batch in self._asked.values())
            self.waits = under_way < MAX_ASKED

    def _gather(self, batch: _Batch) -> None:
        if batch.retry_at < inf:
            batch.retry_at = inf
            self._gathered.extend(query for query in batch.queries if query in self._open)

    def _end(self, query: Query, error: RaftError | None) -> None:
        if query in self._open:
            del self._open[query]
            query.answer(error)
