"""This member's own proposals, from call to answer: sequence numbers, retries, time-outs.

No I/O and no clock: the driver hands in the time. A proposal without an answer is proposed again
under its sequence number, to whoever leads then; ``sessions`` sees to it that it applies once.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import TypeAlias

from raft_core.errors import NoLeader, OutcomeUnknown, Overloaded, RaftError, SessionExpired
from raft_core.io import Proposed
from raft_core.messages import APPLIED, FAILED, NOT_LEADER, OVERLOADED, Answer
from raft_core.sessions import Outcome, SessionCommand, encode_session_command
from raft_core.types import NodeId, RequestId

Done: TypeAlias = Callable[[Outcome | RaftError], None]
"""Called once: with the outcome, or with the error that says what is known of it."""


class _Open:
    """A proposal under way. ``attempts`` counts those that may yet reach the log.

    ``doubtful``: it may have been applied in a part of the log that this member did not apply.
    """

    __slots__ = ("attempts", "born", "command", "done", "doubtful", "expires", "retry_at")

    def __init__(
        self, command: bytes, born: int, expires: float, retry_at: float, done: Done
    ) -> None:
        self.command = command
        self.born = born
        self.doubtful = False
        self.expires = expires
        self.retry_at = retry_at
        self.done = done
        self.attempts = 1


class Proposals:
    """The open proposals of one client, which is one run of one member.

    :param client: unique among all clients that ever were
    :param first: the first request's number. At random: an answer to an earlier life of this member
        may still be under way, and must not be taken for one of now
    :param retry_interval: seconds without an answer after which a proposal is made again
    :param limit: how many may be open
    :param max_uncommitted: how many bytes of commands may be open; no leader would take more
        (``Config.max_uncommitted_bytes``)
    """

    def __init__(
        self,
        client: str,
        *,
        first: RequestId,
        retry_interval: float,
        limit: int,
        max_uncommitted: int,
    ) -> None:
        self.client = client
        self.deadline = inf
        """Call ``due`` no later than this."""
        self.leader: NodeId | None = None
        """Who was last known to lead: a hint for callers."""
        self._retry_interval = retry_interval
        self._limit = limit
        self._max_bytes = max_uncommitted
        self._open: dict[RequestId, _Open] = {}
        self._bytes = 0
        self._next = first

    def __len__(self) -> int:
        return len(self._open)

    def add(
        self, command: bytes, now: float, timeout: float, done: Done, *, born: int = 0
    ) -> Proposed:
        """A new proposal, to be put into the next step.

        :param born: ``Sessions.commands`` of this member's state now
        :raises Overloaded: too many are open; nothing was begun
        """
        if len(self._open) >= self._limit:
            raise Overloaded("proposals", self._limit)
        if self._bytes + len(command) > self._max_bytes and self._open:
            raise Overloaded("bytes of proposals", self._max_bytes)
        self._bytes += len(command)
        request = self._next
        self._next += 1
        item = _Open(command, born, now + timeout, now + self._retry_interval, done)
        self._open[request] = item
        self.deadline = min(self.deadline, item.expires, item.retry_at)
        return self._proposed(request, item)

    def answer(self, answers: Sequence[Answer]) -> None:
        """What the algorithm says of some of them.

        A refusal is of one attempt, by this member itself, so that attempt cannot reach the log.
        """
        for answer in answers:
            item = self._open.get(answer.request)
            if item is None:
                continue  # Answered before, by another attempt.
            if answer.status in (APPLIED, FAILED):
                self.resolve(answer.request, Outcome(answer.status, answer.data))
            elif answer.status in (NOT_LEADER, OVERLOADED):
                item.attempts -= 1
                if answer.status == OVERLOADED and not item.attempts:
                    self._close(answer.request)
                    item.done(Overloaded("uncommitted bytes", self._max_bytes))

    def resolve(self, request: RequestId, outcome: Outcome) -> None:
        """It is committed and applied."""
        item = self._close(request)
        if item is not None:
            item.done(outcome)

    def expired(self, request: RequestId, born: int) -> Proposed | None:
        """It came up in the log that this member applies, and its session was forgotten.

        So it is not applied there, nor will it ever be, as it is. Neither was it before, since this
        member would have seen that: it can be made again, in a session of now, for which ``born``
        is ``Sessions.commands`` of now. Only if a snapshot took the place of a part of the log,
        nobody knows.
        """
        item = self._open.get(request)
        if item is None:
            return None
        if item.doubtful:
            self._close(request)
            item.done(
                SessionExpired("its session was forgotten: the command may be applied, or not")
            )
            return None
        item.born = born
        item.attempts += 1
        return self._proposed(request, item)

    def skipped(self) -> None:
        """A snapshot took the place of entries that this member did not apply one by one."""
        for item in self._open.values():
            item.doubtful = True

    def again(self, now: float) -> list[Proposed]:
        """All open ones once more: there is a new leader to ask."""
        return [self._retry(request, item, now) for request, item in self._open.items()]

    def due(self, now: float) -> list[Proposed]:
        """End those that are out of time; return those to propose again."""
        if now < self.deadline:
            return []
        expired = [request for request, item in self._open.items() if item.expires <= now]
        for request in expired:
            item = self._close(request)
            if item is not None:  # else the one before it has just forgotten it
                self._expire(item)
        retried = [
            self._retry(request, item, now)
            for request, item in self._open.items()
            if item.retry_at <= now
        ]
        self.deadline = min(
            (min(item.expires, item.retry_at) for item in self._open.values()), default=inf
        )
        return retried

    def forget(self, request: RequestId) -> None:
        """Nobody waits for it any more; it may be applied all the same."""
        self._close(request)

    def fail_all(self, error: Callable[[], RaftError]) -> None:
        """This member goes on no longer."""
        items = list(self._open.values())
        self._open.clear()
        self._bytes = 0
        self.deadline = inf
        for item in items:
            item.done(error())

    def _close(self, request: RequestId) -> _Open | None:
        item = self._open.pop(request, None)
        if item is not None:
            self._bytes -= len(item.command)
        return item

    def _retry(self, request: RequestId, item: _Open, now: float) -> Proposed:
        item.attempts += 1
        item.retry_at = now + self._retry_interval
        return self._proposed(request, item)

    def _expire(self, item: _Open) -> None:
        if item.attempts:
            item.done(
                OutcomeUnknown(
                    "no answer in time: the command may be applied, now or later, or not"
                )
            )
        else:
            sentence = "no leader was found in time: the command is not applied"
            item.done(NoLeader(sentence, self.leader))

    def _proposed(self, request: RequestId, item: _Open) -> Proposed:
        settled = next(iter(self._open))
        session_command = SessionCommand(self.client, request, settled, item.command, item.born)
        return Proposed(request, encode_session_command(session_command))
