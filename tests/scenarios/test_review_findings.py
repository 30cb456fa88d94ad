"""What a reading of the core found: each behaviour once, as the smallest history that shows it."""

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf
from random import Random

import pytest

from raft_core.codec import decode_message, encode_message
from raft_core.config import Config
from raft_core.driver import Driver
from raft_core.io import Input, Output, PeersChanged, Persisted, Proposed, Received, Unreachable
from raft_core.journal import Restored
from raft_core.keyvalue import KeyValue, Put
from raft_core.machine import Machine
from raft_core.membership import Configuration
from raft_core.messages import (
    COMMAND,
    NOT_LEADER,
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedProposal,
    ForwardReply,
    Message,
    RequestVote,
    VoteReply,
)
from raft_core.progress import PROBE, REPLICATE
from raft_core.proposals import Proposals
from raft_core.raft import Raft
from raft_core.sessions import SessionCommands, encode_session_commands
from raft_core.types import NodeId, Role
from tests.unit.raft_core.support import ABC, Member, configured, entry, only

of = Configuration.of
HEARTBEAT = Config().heartbeat_interval


def to(out: Output, peer: NodeId) -> list[AppendEntries]:
    """What of an output replicates to this peer."""
    return [
        send.message
        for send in out.sends
        if isinstance(send.message, AppendEntries) and peer in send.to
    ]


def size(messages: list[AppendEntries]) -> int:
    return sum(len(encode_message(message)) for message in messages)


# --- flow control -------------------------------------------------------------------------------


class NarrowLink:
    """From a leader "a" to "c", whose log is empty: so many bytes a second, so many waiting.

    "b" has everything at once.
    """

    def __init__(self, *, rate: float, room: int, entries: int) -> None:
        log = [configured(1, 1, ABC)]
        log += [entry(index, 1, bytes(1000)) for index in range(2, entries + 2)]
        self.leader = Member()
        wide = Config(max_inflight_messages=64)
        self.leader.raft = Raft(wide, Restored("a", 1, None, log), rng=Random(0), now=100.0)
        self.leader.lead()
        self.follower = Raft(Config(), Restored("c", 1), rng=Random(1), now=100.0)
        self.now = self.leader.now
        self.bytes_sent = 0
        self.refusals = 0
        self._rate = rate
        self._room = room
        self._free_at = self.now
        self._count = 0
        self._arrivals: list[tuple[float, int, NodeId, Received]] = []

    def run(self, seconds: float) -> float:
        """Until the follower has the log; how long it took, at most ``seconds``."""
        raft = self.leader.raft
        begin = self.now
        deadline = self._step(raft)
        while self.follower.log.last_index < raft.log.last_index and self.now < begin + seconds:
            if self._arrivals and self._arrivals[0][0] <= deadline:
                self.now, _, receiver, received = heappop(self._arrivals)
                if receiver == "a":
                    deadline = self._step(raft, received)
                else:
                    self._step(self.follower, received)
            else:
                self.now = deadline
                deadline = self._step(raft)
        return self.now - begin

    def _step(self, raft: Raft, *inputs: Input) -> float:
        """Steps until there is nothing left to tell it; then its deadline."""
        todo = list(inputs)
        while True:
            out = raft.step(self.now, todo)
            todo = self._send(out) if raft is self.leader.raft else self._answer(out)
            if out.write is not None:
                todo.append(Persisted(out.write.id))
            if not todo:
                return out.deadline

    def _send(self, out: Output) -> list[Input]:
        for message in to(out, "b"):
            last = message.prev_log_index + len(message.entries)
            self._arrive(0.001, "a", Received("b", AppendReply(message.term, True, last)))
        for message in to(out, "c"):
            length = len(encode_message(message))
            waiting = max(self._free_at - self.now, 0.0) * self._rate
            if waiting + length > self._room:
                self.refusals += 1
                return [Unreachable("c", message.prev_log_index + 1)]
            self.bytes_sent += length
            self._free_at = max(self._free_at, self.now) + length / self._rate
            self._arrive(self._free_at + 0.02 - self.now, "c", Received("a", message))
        return []

    def _answer(self, out: Output) -> list[Input]:
        for send in out.sends:
            self._arrive(0.02, "a", Received("c", send.message))
        return []

    def _arrive(self, delay: float, receiver: NodeId, received: Received) -> None:
        self._count += 1
        heappush(self._arrivals, (self.now + delay, self._count, receiver, received))


@pytest.mark.parametrize("room", [2**18, 2**20, 2**22])
def test_a_link_narrower_than_the_window_carries_each_entry_about_once(room: int) -> None:
    # To take a full link for a lost one, and send all of the window again, kept it full for ever.
    link = NarrowLink(rate=250_000, room=room, entries=1500)
    took = link.run(60.0)
    assert link.follower.log.last_index == link.leader.raft.log.last_index
    assert link.bytes_sent < 1.1 * 1500 * 1000
    assert took < 1.3 * 1500 * 1000 / 250_000
    assert link.refusals > 0 or room > 1500 * 1000


def test_a_new_leader_does_not_begin_at_the_first_entry_with_a_peer_that_is_away() -> None:
    member = Member([1] * 100).lead()
    member.step(Unreachable("c", member.raft.log.last_index))
    out = member.step(PeersChanged(frozenset("bc")))
    (probe,) = to(out, "c")
    assert probe.prev_log_index == member.raft.log.last_index - 1


def test_a_silent_peer_costs_heartbeats_and_not_the_same_entries_again_and_again() -> None:
    # A killed window's channel takes all that is sent for many seconds.
    member = Member([1, 1]).lead().settle()
    member.step(PeersChanged(frozenset("bc")))
    member.step(*(Proposed(request, bytes(1000)) for request in range(200)))
    once = size(to(member.out, "c"))
    sent = 0
    for _ in range(300):
        sent += size(to(member.step(after=HEARTBEAT), "c"))
        member.accept("b")
    assert once < 2 * Config().max_append_bytes
    assert sent < 300 * 100


def test_a_member_whose_storage_forgot_what_it_acknowledged_gets_it_again() -> None:
    # A browser that is killed forgets the last seconds of its local storage.
    member = Member([1] * 50).lead().settle()
    last = member.raft.log.last_index
    member.step(PeersChanged(frozenset("c")))
    out = member.step(PeersChanged(frozenset("bc")), Proposed(1, b"x"))
    questions = 0
    while (question := to(out, "b")[-1]).prev_log_index > 30:
        questions += 1
        assert questions < 5
        refusal = AppendReply(member.raft.term, False, question.prev_log_index, 30, 1)
        out = member.receive("b", refusal)
    assert [item.index for item in question.entries] == list(range(31, last + 2))
    assert member.raft.progress["b"].state is PROBE
    assert member.raft.role is Role.LEADER
    member.accept("b")
    assert member.raft.progress["b"].state is REPLICATE


def test_a_late_refusal_of_an_earlier_term_does_not_send_all_the_log_again() -> None:
    # It had no hint, so that a leader elected again, in the term of the refusal, took it for one
    # of a member that agrees with it nowhere, and began with the first entry.
    follower = Member([1] * 50, term=3)
    old = AppendEntries(1, 51, 1, 0, ())
    (refusal,) = (send.message for send in follower.receive("c", old).sends)
    assert isinstance(refusal, AppendReply)
    leader = Member([1] * 50, node_id="c", term=2).lead()
    assert leader.raft.term == refusal.term
    leader.receive("a", refusal)
    assert leader.raft.progress["a"].next_index > 50


def test_a_leader_that_goes_sends_no_message_too_large_for_any_transport() -> None:
    # An answer to each pending proposal of one member, in one message, was one.
    member = Member().lead().settle()
    for first in range(0, 20_000, 1000):
        proposals = tuple(ForwardedProposal(2**46 + first + n, b"x") for n in range(1000))
        member.receive("b", Forward(proposals))
    assert len(member.raft.pending) == 20_000
    out = member.receive("b", AppendReply(member.raft.term + 1, False, 0))
    assert member.raft.role is Role.FOLLOWER
    replies = [send.message for send in out.sends if isinstance(send.message, ForwardReply)]
    limit = member.raft.config.max_append_bytes
    assert all(len(encode_message(reply)) <= limit for reply in replies)


# --- configurations -----------------------------------------------------------------------------


def restored(node_id: NodeId, *log: Entry) -> Member:
    """A member that starts with this log, and knows of nothing that it is committed."""
    member = Member(node_id=node_id)
    member.raft = Raft(
        Config(),
        Restored(node_id, log[-1].term, None, list(log)),
        rng=Random(0),
        now=member.now,
    )
    return member


LEAVES = (
    configured(1, 1, of("a")),
    configured(2, 1, of("b", (), "a")),
    configured(3, 1, of("b")),
)


def test_a_leader_that_leaves_is_elected_again_when_nobody_else_can_be() -> None:
    # It lost its office with the only copy of the entry by which it leaves. The member that stays
    # needs its vote by the configuration before, and does not get it: its log is too short.
    leaving, staying = restored("a", *LEAVES), restored("b", *LEAVES[:2])
    staying.ask()
    question = only(staying.out, RequestVote)
    assert not only(leaving.receive("b", question), VoteReply).granted

    leaving.ask()
    assert [send.to for send in leaving.out.sends] == [("b",)]
    out = staying.receive("a", only(leaving.out, RequestVote))
    out = leaving.receive("b", only(out, VoteReply))
    out = staying.receive("a", only(out, RequestVote))
    leaving.receive("b", only(out, VoteReply))
    assert (leaving.raft.leader, leaving.raft.commit_index) == ("a", 0)
    leaving.accept("b")
    assert (leaving.raft.leader, leaving.raft.commit_index) == (None, 4)


def test_one_that_has_left_stands_for_election_no_more() -> None:
    member = restored("a", *LEAVES)
    member.follow("b", commit=3)
    assert member.out.deadline == pytest.approx(member.now + Config().commit_save_delay)
    member.step(after=60.0)
    assert member.raft.role is Role.FOLLOWER
    assert member.out.deadline == inf


def test_a_window_that_has_just_left_becomes_no_voter() -> None:
    member = Member(configuration=of("a", "bc"))
    member.step(PeersChanged(frozenset("bc")))
    member.accept("b")
    member.step(PeersChanged(frozenset("c")), after=0.3)
    member.accept("c")
    member.step(after=HEARTBEAT)
    assert member.raft.configuration == of("a", "bc")
    member.step(PeersChanged(frozenset("bc")))
    assert member.raft.configuration == of("abc", (), "a")


def test_a_learner_does_not_believe_in_a_leader_that_is_gone() -> None:
    # It had no timer, so its window said for ever that it could write.
    member = Member(node_id="z", configuration=of("abc", "z"))
    member.follow("b")
    member.wait()
    assert member.raft.leader is None
    assert member.step(Proposed(7, b"x")).answers == [Answer(7, NOT_LEADER)]
    assert (member.raft.role, member.out.deadline, member.out.sends) == (Role.FOLLOWER, inf, [])
    member.follow("c")
    assert member.out.deadline == member.raft.election_deadline


# --- the pump -----------------------------------------------------------------------------------


class Instant:
    """A storage that is synchronous, and remembers nothing."""

    def append(self, _: bytes, done: Callable[[Exception | None], None], *, vital: bool) -> None:
        done(None)

    def checkpoint(self, _: bytes, done: Callable[[Exception | None], None]) -> None:
        done(None)


def alone(sent: list[Message] | None = None) -> Driver:
    """A cluster of one, in office. Its storage is synchronous; ``sent`` gets what it says."""
    said = [] if sent is None else sent

    def send(_: NodeId, payload: bytes) -> bool:
        said.append(decode_message(payload))
        return True

    restored = Restored("a", 1, None, [configured(1, 1, of("a"))], 2)
    raft = Raft(Config(), restored, rng=Random(0), now=0.0)
    driver = Driver(
        raft.config,
        raft,
        Machine(KeyValue()),
        Proposals.under(raft.config, "me", first=1),
        restored=restored,
        storage=Instant(),
        send=send,
        clock=lambda: 0.0,
        pumped=lambda: None,
    )
    driver.tick()
    assert raft.role is Role.LEADER
    return driver


PUT = Machine(KeyValue()).encode_command(Put("key", "value"))


@pytest.mark.parametrize(
    "data",
    [
        b"\xff no session's command",
        encode_session_commands(SessionCommands("c", 1, 1, (b"\xff no command of this state",))),
    ],
)
def test_a_proposal_that_nobody_can_read_does_not_get_into_the_log(data: bytes) -> None:
    # It stopped one leader after the other as it was applied, and again at each start.
    driver = alone()
    good = encode_session_commands(SessionCommands("c", 2, 2, (PUT,)))
    last = driver.raft.log.last_index
    forward = Forward((ForwardedProposal(1, data), ForwardedProposal(2, good)))
    driver.deliver("b", encode_message(forward))
    assert driver.problem is None
    assert driver.dropped_messages == 1
    assert [item.data for item in driver.raft.log.slice(last + 1, last + 3)] == [good]


def test_a_caller_that_proposes_again_at_once_leaves_others_their_turn() -> None:
    driver = alone()
    answered = 0

    def again(_: object) -> None:
        nonlocal answered
        answered += 1
        if answered < 1000:
            driver.submit(PUT, 10.0, again)

    driver.submit(PUT, 10.0, again)
    assert 0 < answered < 1000
    while answered < 1000:
        assert driver.deadline == 0.0, "the next turn is due at once"
        driver.tick()
    assert driver.deadline > 0.0


# --- retries ------------------------------------------------------------------------------------


def test_a_proposal_made_again_while_it_is_in_the_log_takes_no_second_place() -> None:
    # Whenever a commit took longer than the retry interval, everything open was appended again.
    member = Member().lead().settle()
    last = member.raft.log.last_index
    forward = Forward((ForwardedProposal(7, b"theirs"),))
    for _ in range(3):
        member.receive("b", forward)
        member.step(Proposed(7, b"ours"))
    assert [item.data for item in member.raft.log.slice(last + 1, last + 9)] == [b"theirs", b"ours"]
    out = member.accept("b")
    assert [(item.origin, item.request) for item in out.resolved] == [("b", 7), ("", 7)]
    member.receive("b", forward)
    assert member.raft.log.last_index == last + 3, (
        "sessions know that it was applied, Raft does not"
    )


def test_a_proposal_made_again_after_it_was_applied_is_answered_again() -> None:
    sent: list[Message] = []
    driver = alone(sent)
    command = encode_session_commands(SessionCommands("c", 5, 5, (PUT,)))
    forward = Forward((ForwardedProposal(5, command),))
    for _ in range(2):
        driver.deliver("b", encode_message(forward))
    first, second = (message for message in sent if isinstance(message, ForwardReply))
    assert [answer.request for answer in second.answers] == [5]
    assert second.answers == first.answers
    commands = driver.raft.log.slice(3, driver.raft.log.last_index + 1)
    assert [item.kind for item in commands].count(COMMAND) == 1


# --- storage that is late -----------------------------------------------------------------------


def test_a_leader_whose_storage_is_silent_lets_another_one_lead() -> None:
    # It committed with the others, applied nothing, and at last refused every proposal for ever.
    member = Member().lead().settle()
    member.slow = True
    led = 0.0
    while member.raft.role is Role.LEADER:
        member.step(Proposed(round(led * 1000), b"x"), after=HEARTBEAT)
        member.accept("b")
        member.accept("c")
        led += HEARTBEAT
        assert led < 3 * Config().election_timeout


def test_the_only_voter_waits_for_its_storage_however_long() -> None:
    # Each election time-out began another term, whose vote waited behind those before.
    member = Member(configuration=of("a"))
    member.slow = True
    for _ in range(20):
        member.wait()
    assert (member.raft.role, member.raft.term) == (Role.CANDIDATE, 2)
    member.persist()
    assert member.raft.leader == "a"
    for _ in range(20):
        member.step(after=HEARTBEAT)
    assert member.raft.leader == "a"
