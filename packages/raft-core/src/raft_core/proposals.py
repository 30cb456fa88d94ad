"""This member's own proposals, from call to answer: sequence numbers, retries, time-outs.

No I/O and no clock: the driver hands in the time. Those that wait for the next step travel together
from then on, a ``_Batch``, as one entry of the log. A batch without an answer is proposed again
under the same sequence numbers, to whoever leads then; ``sessions`` sees to it that each command
applies once.
"""

from collections.abc import Callable, Container, Sequence
from math import inf
from typing import Final, Self, TypeAlias

from msgspec import Struct

from raft_core.config import Config
from raft_core.errors import NoLeader, OutcomeUnknown, Overloaded, RaftError, SessionExpired
from raft_core.io import Proposed
from raft_core.messages import APPLIED, EXPIRED, FAILED, NOT_LEADER, OVERLOADED, Answer
from raft_core.sessions import (
    COMMAND_OVERHEAD,
    SESSION_OVERHEAD,
    Outcome,
    SessionCommands,
    decode_session_commands,
    encode_session_commands,
)
from raft_core.types import NodeId, RequestId

Done: TypeAlias = Callable[[Outcome | RaftError], None]
"""Called once: with the outcome, or with the error that says what is known of it."""

SMALL_BATCH: Final = 64
"""So many proposals always travel together: a message and a record cost as much as some ten."""
MOST_BATCHES: Final = 4
"""Not more of them are on their way at a time, if they are small: see ``Proposals.is_ready``."""


class _Batch:
    """Proposals that travel together. ``attempts`` counts those that may yet reach the log.

    ``doubtful``: they may have been applied in a part of the log that this member did not apply.
    """

    __slots__ = ("attempts", "data", "doubtful", "requests", "retry_at")

    def __init__(self, requests: range, data: bytes, retry_at: float) -> None:
        self.requests = requests
        self.data = data
        self.retry_at = retry_at
        self.attempts = 1
        self.doubtful = False


class _Open(Struct, frozen=True, eq=False):
    """A proposal under way."""

    size: int
    expires: float
    done: Done


class Proposals:
    """The open proposals of one client, which is one run of one member.

    :param client: unique among all clients that ever were
    :param first: the first request's number. At random: an answer to an earlier life of this member
        may still be under way, and must not be taken for one of now
    :param retry_interval: seconds without an answer after which a proposal is made again
    :param limit: how many may be open
    :param max_uncommitted: how many bytes of commands may be open; no leader would take more
        (``Config.max_uncommitted_bytes``)
    :param batch_bytes: of commands that travel together; a larger one goes alone
    """

    def __init__(
        self,
        client: str,
        *,
        first: RequestId,
        retry_interval: float,
        limit: int,
        max_uncommitted: int,
        batch_bytes: int,
    ) -> None:
        self.client = client
        self.deadline = inf
        """Call ``due`` no later than this."""
        self.leader: NodeId | None = None
        """Who was last known to lead: a hint for callers."""
        self.waiting: list[bytes] = []
        """Commands that are in no batch yet, the last to be added."""
        self._retry_interval = retry_interval
        self._limit = limit
        self._max_bytes = max_uncommitted
        self._batch_bytes = batch_bytes
        self._open: dict[RequestId, _Open] = {}
        self._batches: dict[RequestId, _Batch] = {}
        """By their first requests: those of which a proposal is open."""
        self._bytes = 0
        self._next = self._oldest = first

    @classmethod
    def under(cls, config: Config, client: str, *, first: RequestId) -> Self:
        """Those of a member with these settings."""
        return cls(
            client,
            first=first,
            retry_interval=config.retry_interval,
            limit=config.max_inbox,
            max_uncommitted=config.max_uncommitted_bytes,
            batch_bytes=min(
                config.max_append_bytes // 2, config.max_proposal_bytes - SESSION_OVERHEAD
            ),
        )

    def __len__(self) -> int:
        return len(self._open)

    def is_ready(self) -> bool:
        """Whether those that wait are worth a batch of their own now: call ``take`` for a step.

        A few beside many wait for the next answer, and go with what its callers propose then. For
        that they wait a quarter of the usual time at most, if as many come as are answered.
        """
        return bool(self.waiting) and len(self.waiting) * MOST_BATCHES >= len(self._open)

    def add(self, command: bytes, now: float, timeout: float, done: Done) -> RequestId:
        """A new proposal, for the next batch.

        :raises Overloaded: too many are open; nothing was begun
        """
        if len(self._open) >= self._limit:
            raise Overloaded("proposals", self._limit)
        size = len(command)
        if self._bytes + size > self._max_bytes and self._open:
            raise Overloaded("bytes of proposals", self._max_bytes)
        self._bytes += size
        request = self._next
        self._next += 1
        expires = now + timeout
        self._open[request] = _Open(size, expires, done)
        self.waiting.append(command)
        self.deadline = min(self.deadline, expires)
        return request

    def take(self, now: float, born: int) -> Proposed:
        """The next batch of those that wait, to be put into the next step.

        Of many it is half of what is open, not all: as one entry they would be answered at once,
        and what follows them be one entry again. Who leads and who follows would wait for each
        other in turn; two halves are on their way past each other.

        :param born: ``Sessions.commands`` of this member's state now
        """
        waiting = self.waiting
        first = self._next - len(waiting)
        commands = self._fitting(waiting[: max(SMALL_BATCH, len(self._open) // 2)])
        del waiting[: len(commands)]
        requests = range(first, first + len(commands))
        batch = _Batch(requests, self._encode(first, commands, born), now + self._retry_interval)
        if self._is_open(batch):  # else nobody waits for it any more
            self._batches[first] = batch
            self.deadline = min(self.deadline, batch.retry_at)
        return Proposed(first, batch.data)

    def answer(self, answers: Sequence[Answer]) -> None:
        """What the algorithm says of some of them.

        A refusal is of one attempt of a whole batch, by this member itself, so that attempt cannot
        reach the log.
        """
        closed = False
        for answer in answers:
            if answer.status in (APPLIED, FAILED):
                item = self._close(answer.request)
                if item is not None:
                    closed = True
                    item.done(Outcome(answer.status, answer.data))
            elif answer.status in (NOT_LEADER, OVERLOADED):
                batch = self._batches.get(answer.request)
                if batch is None:
                    continue  # Answered before, by another attempt.
                batch.attempts -= 1
                if answer.status == OVERLOADED and not batch.attempts:
                    self._end(batch, Overloaded, "uncommitted bytes", self._max_bytes)
        if closed:
            self._drop_closed()

    def applied(self, first: RequestId, outcomes: Sequence[Outcome], born: int) -> Proposed | None:
        """A batch came up in the log that this member applies; return what to propose again."""
        expired = False
        close = self._open.pop
        for request, outcome in enumerate(outcomes, first):
            if outcome.status == EXPIRED:
                expired = True
                continue
            item = close(request, None)
            if item is not None:
                self._bytes -= item.size
                item.done(outcome)
        if expired:
            self._drop_closed()
            return self._expired(first, born)
        self._batches.pop(first, None)
        return None

    def _expired(self, first: RequestId, born: int) -> Proposed | None:
        """Its session was forgotten before it came up, so it is not applied there.

        Nor will it ever be, as it is; neither was it before, since this member would have seen
        that. It can be made again, in a session of now, for which ``born`` is ``Sessions.commands``
        of now. Only if a snapshot took the place of a part of the log, nobody knows.
        """
        batch = self._batches.get(first)
        if batch is None:
            return None
        if batch.doubtful:
            sentence = "its session was forgotten: the command may be applied, or not"
            self._end(batch, SessionExpired, sentence)
            return None
        batch.data = self._encode(first, decode_session_commands(batch.data).commands, born)
        batch.attempts += 1
        return Proposed(first, batch.data)

    def skipped(self) -> None:
        """A snapshot took the place of entries that this member did not apply one by one."""
        for batch in self._batches.values():
            batch.doubtful = True

    def again(self, now: float) -> list[Proposed]:
        """All open ones once more: there is a new leader to ask."""
        return [self._retry(first, batch, now) for first, batch in self._batches.items()]

    def due(self, now: float) -> list[Proposed]:
        """End those that are out of time; return those to propose again."""
        if now < self.deadline:
            return []
        self._expire(now)
        retried = [
            self._retry(first, batch, now)
            for first, batch in self._batches.items()
            if batch.retry_at <= now
        ]
        self.deadline = min(
            min((item.expires for item in self._open.values()), default=inf),
            min((batch.retry_at for batch in self._batches.values()), default=inf),
        )
        return retried

    def forget(self, request: RequestId) -> None:
        """Nobody waits for it any more; it may be applied all the same."""
        if self._close(request) is not None:
            self._drop_closed()

    def fail_all(self, error: Callable[[], RaftError]) -> None:
        """This member goes on no longer."""
        items = list(self._open.values())
        self._open.clear()
        self._batches.clear()
        self.waiting.clear()
        self._bytes = 0
        self.deadline = inf
        for item in items:
            item.done(error())

    def _encode(self, first: RequestId, commands: tuple[bytes, ...], born: int) -> bytes:
        # To ask a dict for its first key takes the longer the more were taken from its front.
        while self._oldest < self._next and self._oldest not in self._open:
            self._oldest += 1
        return encode_session_commands(
            SessionCommands(self.client, first, self._oldest, commands, born)
        )

    def _fitting(self, commands: list[bytes]) -> tuple[bytes, ...]:
        """The first of them, as many as travel together: at least one, if there is one."""
        if sum(map(len, commands)) + len(commands) * COMMAND_OVERHEAD <= self._batch_bytes:
            return tuple(commands)
        size = 0
        for count, command in enumerate(commands):
            size += len(command) + COMMAND_OVERHEAD
            if size > self._batch_bytes and count:
                return tuple(commands[:count])
        return tuple(commands)

    def _close(self, request: RequestId) -> _Open | None:
        """Take it out; then ``_drop_closed``, once for all that are closed."""
        item = self._open.pop(request, None)
        if item is not None:
            self._bytes -= item.size
        return item

    def _is_open(self, batch: _Batch) -> bool:
        return not self._open.keys().isdisjoint(batch.requests)

    def _drop_closed(self) -> None:
        """Forget the batches of which nothing is open any more."""
        closed = [first for first, batch in self._batches.items() if not self._is_open(batch)]
        for first in closed:
            del self._batches[first]

    def _end(self, batch: _Batch, error: Callable[..., RaftError], *arguments: object) -> None:
        del self._batches[batch.requests.start]
        for request in batch.requests:
            item = self._close(request)
            if item is not None:
                item.done(error(*arguments))

    def _retry(self, first: RequestId, batch: _Batch, now: float) -> Proposed:
        batch.attempts += 1
        batch.retry_at = now + self._retry_interval
        return Proposed(first, batch.data)

    def _expire(self, now: float) -> None:
        """End those that are out of time.

        That it is not applied is told of one whose batch ends with it: what is left of a batch is
        proposed again whole. And of the first of those that wait: they are proposed no more.
        """
        expired = {request: item for request, item in self._open.items() if item.expires <= now}
        unsent = {
            request
            for batch in self._batches.values()
            if not batch.attempts and all(request in expired for request in self._still_open(batch))
            for request in batch.requests
        }
        unsent.update(self._drop_waiting(expired))
        for request, item in expired.items():
            if self._close(request) is None:
                continue  # The one before it has just forgotten it.
            if request in unsent:
                sentence = "no leader was found in time: the command is not applied"
                item.done(NoLeader(sentence, self.leader))
            else:
                sentence = "no answer in time: the command may be applied, now or later, or not"
                item.done(OutcomeUnknown(sentence))
        if expired:
            self._drop_closed()

    def _drop_waiting(self, expired: Container[RequestId]) -> range:
        """Give up the first of those that wait, for whom nobody waits any more; which these are.

        Others stay, between those that are to be proposed: the numbers in a batch have no gaps.
        """
        first = after = self._next - len(self.waiting)
        while after < self._next and (after in expired or after not in self._open):
            after += 1
        del self.waiting[: after - first]
        return range(first, after)

    def _still_open(self, batch: _Batch) -> list[RequestId]:
        return [request for request in batch.requests if request in self._open]
