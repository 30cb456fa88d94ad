"""What a leader could send leaves at once, or a little later if a quorum that answers has it.

Source: ``raft_core.thrift``. Without ``Config.thrifty`` nothing waits at the end of a step that a
peer's window lets through. With it an entry waits for ``thrifty_delay`` at most, and only while
those who were sent everything are a majority together with the leader, in a joint configuration of
each half, and no other of them that it needs has been silent for twice a heartbeat's interval.

Subtle: only steps are judged, so a timer that fires late is no fault. A peer that is behind gets
what it lacks at once: what waits is only what is new. A peer that was sent everything, and is being
found or sent a snapshot now, has not got it.
"""

from collections import deque
from collections.abc import Collection

from raft_core.io import Output
from raft_core.membership import Configuration
from raft_core.progress import REPLICATE, PeerProgress
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId, Role, Term

_EPSILON = 1e-9


class _Office:
    """What one leader of one term has appended, and sent to each, and when."""

    def __init__(self, term: Term) -> None:
        self.term = term
        self.appended: deque[tuple[Index, float]] = deque()
        """The ends of the log, each with the time when it was seen first; the latest of them."""
        self.sent: dict[NodeId, deque[tuple[Index, float]]] = {}
        """The same of what each peer was sent and has not answered."""


class Promptness(Invariant):
    """See the head of this module."""

    name = "promptness"

    def __init__(self) -> None:
        self._offices: dict[NodeId, _Office] = {}

    def started(self, member: MemberView, durable: Durable) -> None:  # noqa: ARG002
        self._offices.pop(member.node_id, None)

    def stepped(self, member: MemberView, output: Output) -> None:  # noqa: ARG002
        if member.role is not Role.LEADER:
            return
        office = self._offices.get(member.node_id)
        if office is None or office.term != member.term:
            office = self._offices[member.node_id] = _Office(member.term)
        _follow(office, member)
        waiting = [peer for peer in member.progress if _waits(member, member.progress[peer])]
        if waiting:
            self._check_delay(office, member, waiting)
            self._check_quorum(office, member, waiting)

    def _check_delay(self, office: _Office, leader: MemberView, waiting: list[NodeId]) -> None:
        delay = leader.config.thrifty_delay if leader.config.thrifty else 0.0
        for peer in waiting:
            index = leader.progress[peer].next_index
            since = next((when for last, when in office.appended if last >= index), leader.now)
            if index <= office.appended[0][0] or leader.now - since > delay - _EPSILON:
                raise self.fail(
                    f"{leader.node_id} holds entry {index} back from {peer}, "
                    f"{leader.now - since:.4f} s after it was appended"
                )

    def _check_quorum(self, office: _Office, leader: MemberView, waiting: list[NodeId]) -> None:
        last = leader.log.last_index
        served = {
            peer
            for peer, progress in leader.progress.items()
            if progress.state is REPLICATE and progress.next_index > last
        }
        limit = leader.now - 2 * leader.config.heartbeat_interval
        silent = {peer for peer in served if office.sent[peer] and office.sent[peer][0][1] < limit}
        if not _has_majorities(leader.configuration, {leader.node_id, *served} - silent):
            raise self.fail(
                f"{leader.node_id} holds entry {last} back from {_names(waiting)}; it was sent to "
                f"{_names(served)}, of whom {_names(silent)} are silent, under "
                f"{leader.configuration}"
            )


def _names(members: Collection[NodeId]) -> str:
    return ", ".join(sorted(members)) or "none"


def _follow(office: _Office, leader: MemberView) -> None:
    """Note what is new in this step."""
    appended = office.appended
    last = leader.log.last_index
    if not appended or appended[-1][0] < last:
        appended.append((last, leader.now))
    while len(appended) > 2 and leader.now - appended[1][1] > 1.0:
        appended.popleft()
    for peer, progress in leader.progress.items():
        sent = office.sent.setdefault(peer, deque())
        if progress.state is not REPLICATE:
            sent.clear()
            continue
        while sent and sent[-1][0] >= progress.next_index:
            sent.pop()
        while sent and sent[0][0] <= progress.match_index:
            sent.popleft()
        upto = progress.next_index - 1
        if upto > progress.match_index and (not sent or sent[-1][0] < upto):
            sent.append((upto, leader.now))


def _waits(leader: MemberView, progress: PeerProgress) -> bool:
    """Whether it lacks entries that it could be sent."""
    config = leader.config
    return leader.log.first_index <= progress.next_index <= leader.log.last_index and (
        progress.may_send(config.max_inflight_messages, config.max_inflight_bytes)
    )


def _has_majorities(configuration: Configuration, members: Collection[NodeId]) -> bool:
    """Written once more, so that a bug in ``quorum`` cannot hide itself here."""
    halves = [half for half in (configuration.voters, configuration.outgoing) if half]
    return all(2 * sum(voter in members for voter in half) > len(half) for half in halves)
