"""This member's own operations, from call to answer: changes of members, transfers of leadership.

No I/O and no clock: the driver hands in the time. What is not answered is asked again, of whoever
leads then. A change has a name that goes into the log with it, and so is made once; that leadership
went to another member is seen, and needs no answer.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import Final, TypeAlias

from raft_core.errors import (
    ConfigurationRefused,
    NoLeader,
    OutcomeUnknown,
    RaftError,
    TransferRefused,
)
from raft_core.io import Asked
from raft_core.messages import (
    DENIED,
    DONE,
    LATER,
    NOWHERE,
    STALE,
    ForwardedChange,
    MembersChange,
    OperationReply,
    TransferRequest,
)
from raft_core.types import Index, NodeId

Done: TypeAlias = Callable[[Index | NodeId | RaftError], None]
"""Called once: with the configuration's index, with the new leader, or with what is known."""


_MADE: Final = 0
"""The attempt that was made. It may have been any: an answered one may have come twice."""


class _Open:
    """An operation under way. A transfer has no ``change``."""

    __slots__ = (
        "attempt",
        "change",
        "done",
        "expected_change",
        "expected_index",
        "expires",
        "leader_before",
        "retry_at",
        "said",
        "to",
        "unanswered",
    )

    def __init__(self, expires: float, done: Done) -> None:
        self.expires = expires
        self.retry_at = inf
        self.done = done
        self.attempt = 0
        self.unanswered: set[int] = set()
        """Attempts of which nobody said that nothing was begun; ``_MADE`` once it was."""
        self.said = ""
        """The last reason why nothing was begun."""
        self.change: MembersChange | None = None
        self.expected_change = ""
        self.expected_index: Index = 0
        self.to: NodeId | None = None
        self.leader_before: NodeId | None = None


class Operations:
    """The open operations of one run of one member.

    :param client: unique among all runs of all members: their names begin with it
    :param retry_interval: seconds without an answer after which one is asked for again
    """

    def __init__(self, client: str, *, retry_interval: float) -> None:
        self.deadline = inf
        """Call ``due`` no later than this."""
        self._client = client
        self._retry_interval = retry_interval
        self._open: dict[str, _Open] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._open)

    def change(
        self,
        change: MembersChange,
        *,
        known: str,
        expected_index: Index,
        now: float,
        timeout: float,
        done: Done,
    ) -> tuple[str, Asked]:
        """Ask for other members. Its name, and what to put into the next step.

        :param known: the last change that this member knows of
        :param expected_index: of the configuration to be changed; 0: whatever it is
        """
        item = _Open(now + timeout, done)
        item.change = change
        item.expected_change = known
        item.expected_index = expected_index
        return self._add(item, now)

    def transfer(
        self, to: NodeId | None, *, leader: NodeId | None, now: float, timeout: float, done: Done
    ) -> tuple[str, Asked]:
        """Ask that another member leads. ``to`` is not the ``leader`` known now."""
        item = _Open(now + timeout, done)
        item.to = to
        item.leader_before = leader
        return self._add(item, now)

    def answer(self, replies: Sequence[OperationReply], now: float) -> list[Asked]:
        """What was said of some of them; returns what to ask at once."""
        again = []
        for reply in replies:
            item = self._open.get(reply.name)
            if item is None:
                continue
            if reply.status in (LATER, STALE, NOWHERE):
                item.unanswered.discard(reply.attempt)
            if reply.change == reply.name:
                item.unanswered.add(_MADE)
            if reply.status == LATER:
                item.said = reply.sentence
                # What is in the way is most often gone in a moment.
                item.retry_at = min(item.retry_at, now + self._retry_interval / 10)
                self._set_deadline()
            if reply.status == DONE:
                self._end(reply.name, reply.index)
            elif reply.status == DENIED:
                refusal = TransferRefused if item.change is None else ConfigurationRefused
                self._end(reply.name, refusal(reply.sentence))
            elif reply.status == STALE and reply.attempt == item.attempt:
                if item.expected_index or item.unanswered:
                    self._end(reply.name, _overtaken(item, reply.sentence))
                else:
                    item.expected_change = reply.change
                    again.append(self._ask(reply.name, item, now))
        return again

    def on_leader(self, leader: NodeId | None, now: float) -> list[Asked]:
        """Another member leads, or the same in a new term: returns what to ask it."""
        again = []
        for name, item in list(self._open.items()):
            if leader is None:
                continue
            if item.change is None:
                before, item.leader_before = item.leader_before, leader
                if leader == item.to or (item.to is None and before not in (None, leader)):
                    self._end(name, leader)
                    continue
            again.append(self._ask(name, item, now))
        return again

    def due(self, now: float) -> list[Asked]:
        """End those that are out of time; return those to ask for again."""
        if now < self.deadline:
            return []
        again = []
        for name, item in list(self._open.items()):
            if now >= item.expires:
                self._end(name, _too_late(item))
            elif now >= item.retry_at:
                again.append(self._ask(name, item, now))
        self._set_deadline()
        return again

    def forget(self, name: str) -> None:
        """Nobody waits for it any more; it may be done all the same."""
        self._open.pop(name, None)

    def fail_all(self, error: Callable[[], RaftError]) -> None:
        """This member goes on no longer."""
        items = list(self._open.values())
        self._open.clear()
        self.deadline = inf
        for item in items:
            item.done(error())

    def _add(self, item: _Open, now: float) -> tuple[str, Asked]:
        self._last += 1
        name = f"{self._client}.{self._last}"
        self._open[name] = item
        return name, self._ask(name, item, now)

    def _ask(self, name: str, item: _Open, now: float) -> Asked:
        item.attempt += 1
        item.unanswered.add(item.attempt)
        item.retry_at = now + self._retry_interval
        self._set_deadline()
        if item.change is None:
            return Asked(TransferRequest(name, item.attempt, item.to))
        return Asked(
            ForwardedChange(
                name, item.attempt, item.change, item.expected_change, item.expected_index
            )
        )

    def _end(self, name: str, answer: Index | NodeId | RaftError) -> None:
        self._open.pop(name).done(answer)

    def _set_deadline(self) -> None:
        times = (min(item.expires, item.retry_at) for item in self._open.values())
        self.deadline = min(times, default=inf)


def _overtaken(item: _Open, sentence: str) -> RaftError:
    if item.unanswered:
        return OutcomeUnknown(f"{sentence}; an earlier attempt may have been made before that")
    return ConfigurationRefused(sentence)


def _too_late(item: _Open) -> RaftError:
    if item.change is None:
        if item.leader_before is None:
            return NoLeader("no leader was found in time: there was nobody to hand over")
        return TransferRefused(item.said or f"{item.leader_before} still leads")
    if item.unanswered:
        return OutcomeUnknown("no answer in time: the members may be changed, now or later, or not")
    if item.said:
        return ConfigurationRefused(f"{item.said}; nothing was changed within the time")
    return NoLeader("no leader was found in time: nothing was changed")
