"""The pump, without an event loop: what goes in, in which order it comes out, and how it ends."""

import logging
from collections.abc import Sequence
from hashlib import sha256

import msgspec
import pytest

from raft_core.codec import decode_record
from raft_core.config import Config
from raft_core.errors import (
    NoLeader,
    OutcomeUnknown,
    Overloaded,
    ProposalTooLarge,
    RaftError,
)
from raft_core.io import Input, Output, PeersChanged, Persisted, Proposed, Received
from raft_core.keyvalue import Put
from raft_core.membership import Configuration
from raft_core.messages import (
    APPLIED,
    COMMAND,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedProposal,
    ForwardReply,
    InstallSnapshot,
    RequestVote,
)
from raft_core.proposals import MOST_BATCHES
from raft_core.sessions import (
    SESSION_OVERHEAD,
    Outcome,
    decode_session_commands,
)
from raft_core.status import status_of
from tests.unit.raft_core.rig import Rig, alone, command
from tests.unit.raft_core.support import append

# --- one turn -----------------------------------------------------------------------------------


def test_with_a_synchronous_storage_one_tick_founds_and_leads() -> None:
    rig = alone()
    assert rig.raft.applied_index == 2
    assert rig.pumped == 1


def test_a_proposal_is_stored_applied_and_answered_before_submit_returns() -> None:
    rig = alone()
    assert rig.submit("k", "v") == [Outcome(APPLIED, b"\xc0")]
    assert rig.state.items == {"k": "v"}


def test_a_message_is_received_stored_and_answered_in_one_go() -> None:
    rig = Rig("abc").follow()
    rig.deliver("b", append(1, 1, 1, [1]))
    assert rig.to("b") == [AppendReply(1, True, 2)]
    assert len(rig.stored) == 1


def test_what_arrives_meanwhile_is_the_next_batch() -> None:
    rig = Rig("abc").follow()
    more = [append(1, 2, 1, [1]), append(1, 3, 1, [1]), append(1, 4, 1, [1])]

    def once() -> None:
        rig.on_send = lambda: None
        for message in more:
            rig.deliver("b", message)
        assert len(rig.stored) == 1

    rig.on_send = once
    rig.deliver("b", append(1, 1, 1, [1]))
    assert len(rig.stored) == 2
    assert rig.to("b") == [AppendReply(1, True, 2), AppendReply(1, True, 5)]


def test_each_write_is_one_record_and_says_whether_it_is_vital() -> None:
    rig = Rig("abc")
    rig.deliver("b", RequestVote(2, 1, 1, pre=False))
    rig.deliver("b", append(2, 1, 1, [2]))
    assert [decode_record(record).sequence for record in rig.stored] == [3, 4]
    assert rig.vital == [True, False]


def test_the_deadline_is_the_earlier_of_the_algorithms_and_the_proposals() -> None:
    rig = Rig("abc").follow()
    assert rig.driver.deadline == rig.raft.election_deadline
    rig.submit(timeout=0.25)
    assert rig.driver.deadline == rig.now + 0.25


def test_a_tick_that_comes_too_early_does_no_harm() -> None:
    rig = Rig("abc").follow()
    deadline = rig.driver.deadline
    rig.driver.tick()
    assert (rig.sent, rig.driver.deadline) == ([], deadline)


def test_proposals_that_come_while_others_are_open_go_in_one_step() -> None:
    rig = Rig("abc").lead()
    rig.accept("c")
    rig.submit()
    rig.to("b")
    pumped, stored = rig.pumped, len(rig.stored)
    for _ in range(3):
        rig.submit()
    assert rig.driver.deadline == rig.now
    assert rig.pumped == pumped + 1
    assert (rig.to("b"), len(rig.stored)) == ([], stored)
    rig.driver.tick()
    (message,) = rig.to("b")
    assert isinstance(message, AppendEntries)
    (together,) = message.entries
    assert len(decode_session_commands(together.data).commands) == 3
    assert len(rig.stored) == stored + 1
    assert rig.driver.deadline > rig.now


def test_a_few_beside_many_wait_for_the_next_answer_and_go_with_what_it_brings() -> None:
    rig = Rig("abc").lead()
    rig.accept("c")
    for _ in range(1 + MOST_BATCHES):
        rig.submit()
    rig.driver.tick()
    pumped, stored = rig.pumped, len(rig.stored)
    late = rig.submit()
    assert rig.pumped == pumped
    rig.driver.tick()
    assert len(rig.stored) == stored
    rig.accept("b")
    assert (len(rig.stored), len(rig.proposals)) == (stored + 1, 1)
    rig.accept("b")
    assert late == [Outcome(APPLIED, b"\xa1v")]


def test_callers_that_propose_for_ever_let_others_have_a_turn() -> None:
    rig = alone()
    answers: list[object] = []

    def again(answer: object) -> None:
        answers.append(answer)
        rig.driver.submit(rig.machine.encode_command(Put("k", "v")), 5.0, again)

    again(None)
    turn = len(answers)
    assert rig.driver.deadline == rig.now
    rig.driver.tick()
    assert len(answers) > turn > 1
    assert rig.driver.problem is None


# --- order --------------------------------------------------------------------------------------


def test_an_answer_leaves_when_the_write_it_speaks_of_is_durable() -> None:
    rig = Rig("abc").follow()
    rig.slow = True
    rig.deliver("b", append(1, 1, 1, [1]))
    rig.deliver("b", append(1, 2, 1, [1]))
    assert rig.to("b") == []
    rig.waiting.pop(0)(None)
    assert rig.to("b") == [AppendReply(1, True, 2)]
    rig.waiting.pop(0)(None)
    assert rig.to("b") == [AppendReply(1, True, 3)]


def test_a_leader_sends_before_its_own_write_is_durable() -> None:
    rig = Rig("abc").lead()
    rig.slow = True
    rig.submit()
    assert [type(message) for message in rig.to("b")] == [AppendEntries]
    assert len(rig.waiting) == 1


def test_a_proposal_is_answered_once_its_entry_is_durable_here_and_with_a_majority() -> None:
    rig = Rig("abc").lead()
    rig.slow = True
    told = rig.submit()
    rig.accept("b")
    rig.accept("c")
    assert told == []
    rig.waiting.pop(0)(None)
    assert told == [Outcome(APPLIED, b"\xc0")]


def test_a_write_that_nobody_waits_for_takes_no_step_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig("abc").lead()
    steps: list[list[type[Input]]] = []
    step = rig.raft.step

    def watched(now: float, inputs: Sequence[Input]) -> Output:
        steps.append([type(item) for item in inputs])
        return step(now, inputs)

    monkeypatch.setattr(rig.raft, "step", watched)
    told = rig.submit()
    rig.accept("b")
    assert told == [Outcome(APPLIED, b"\xc0")]
    assert steps == [[Proposed], [Persisted, Received]]
    rig.slow = True
    rig.submit()
    rig.accept("b")
    rig.persist()
    assert steps[2:] == [[Proposed], [Received], [Persisted]]


# --- peers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [b"", b"\x01rubbish"])
def test_what_is_no_message_is_dropped_counted_and_logged_once(
    payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig("abc").follow()
    pumped = rig.pumped
    with caplog.at_level(logging.WARNING, "raft_core"):
        for _ in range(5):
            rig.driver.deliver("b", payload)
    assert rig.driver.dropped_messages == 5
    assert rig.pumped == pumped
    assert caplog.text.count("dropped what b sent") == 1
    assert rig.driver.incompatible == {}


LATER = {
    "of version 2": b"\x02whatever version 2 says",
    "of a new kind": b"\x01" + msgspec.msgpack.encode([99, 1, "new"]),
    "with a new kind of entry": b"\x01"
    + msgspec.msgpack.encode([3, 1, 1, 1, 2, [[2, 1, 1, b"x"], [3, 1, 9, b"y"]]]),
}


@pytest.mark.parametrize("payload", LATER.values(), ids=LATER.keys())
def test_what_only_a_later_version_says_is_dropped_whole_and_can_be_seen(
    payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig("abc").follow()
    pumped = rig.pumped
    with caplog.at_level(logging.WARNING, "raft_core"):
        for _ in range(5):
            rig.driver.deliver("b", payload)
    assert rig.driver.dropped_messages == 5
    assert rig.raft.log.last_index == 1, "not one entry is taken of those before the unknown one"
    assert rig.to("b") == []
    assert "update" in rig.driver.incompatible["b"]
    status = status_of(rig.raft, rig.driver.problem, rig.driver.incompatible)
    assert status.incompatible == rig.driver.incompatible
    assert (rig.pumped, caplog.text.count("dropped what b sent")) == (pumped + 1, 1)


def test_a_snapshot_of_a_later_version_can_be_seen_and_stops_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig("abc").follow()
    payload = b"packed by a later version"
    piece = InstallSnapshot(1, 9, 1, len(payload), sha256(payload).digest(), 0, payload)
    with caplog.at_level(logging.WARNING, "raft_core"):
        for _ in range(5):
            rig.deliver("b", piece)
    assert rig.driver.problem is None
    assert rig.driver.incompatible["b"].endswith("does not know: update this member")
    assert caplog.text.count("dropped what b sent") == 1
    assert rig.driver.dropped_messages == 0


def test_a_peer_that_is_gone_is_incompatible_no_more() -> None:
    rig = Rig("abc").follow()
    for peer in "bc":
        rig.driver.deliver(peer, LATER["of version 2"])
        rig.driver.deliver(peer, b"")
    rig.driver.put(PeersChanged(frozenset("c")))
    assert rig.driver.incompatible.keys() == {"c"}


def test_a_message_that_was_not_sent_is_not_counted_on() -> None:
    rig = Rig("abc").lead()
    rig.accept("c")
    rig.unreachable = {"b"}
    rig.submit()
    rig.submit()
    rig.driver.tick()
    assert [
        len(message.entries) for message in rig.to("c") if isinstance(message, AppendEntries)
    ] == [
        1,
        1,
    ]
    assert rig.raft.progress["b"].inflight_messages == 0
    rig.unreachable.clear()
    rig.wait(rig.config.heartbeat_interval)
    resent = [m for m in rig.to("b") if isinstance(m, AppendEntries) and m.entries]
    assert [entry.index for entry in resent[0].entries] == [3, 4]


def test_after_one_that_was_not_sent_the_rest_of_the_step_does_not_follow() -> None:
    """The peer would only refuse it, even where the transport takes it again."""

    class Once(set[str]):
        def __contains__(self, peer: object) -> bool:
            there = super().__contains__(peer)
            self.discard(str(peer))
            return there

    rig = Rig("abc", config=Config(max_append_entries=1)).lead()
    rig.unreachable = Once("b")
    theirs = [ForwardedProposal(n, command("c", n, f"{n}")) for n in (70, 71, 72)]
    rig.deliver("c", Forward(tuple(theirs)))
    rig.wait(rig.config.heartbeat_interval)
    first, *_ = [m.entries for m in rig.to("b") if isinstance(m, AppendEntries) and m.entries]
    assert [entry.index for entry in first] == [3]


def test_an_answer_that_was_not_sent_is_the_askers_business() -> None:
    rig = Rig("abc").follow()
    rig.unreachable = {"b"}
    rig.deliver("b", append(1, 1, 1, [1]))
    assert rig.driver.problem is None
    assert rig.raft.log.last_index == 2


def test_who_is_connected_is_an_input_like_any_other() -> None:
    rig = alone()
    rig.driver.put(PeersChanged(frozenset("b")))
    assert rig.raft.configuration == Configuration.of("a", "b")
    assert rig.to("b")


# --- proposals ----------------------------------------------------------------------------------


def test_a_follower_hands_a_proposal_to_the_leader_and_is_answered() -> None:
    rig = Rig("abc").follow()
    told = rig.submit("k", "v")
    (forward,) = rig.to("b")
    assert isinstance(forward, Forward)
    (proposal,) = forward.proposals
    entry = Entry(2, 1, COMMAND, proposal.data)
    rig.deliver("b", AppendEntries(1, 1, 1, 2, (entry,)))
    assert told == [Outcome(APPLIED, b"\xc0")]
    assert rig.state.items == {"k": "v"}


def test_a_peers_proposal_is_applied_and_its_result_sent() -> None:
    rig = Rig("abc").lead()
    rig.deliver("c", Forward((ForwardedProposal(70, command("c", 70, "theirs")),)))
    rig.to("c")
    rig.accept("b")
    assert rig.state.items == {"theirs": "v"}
    (reply,) = [message for message in rig.to("c") if isinstance(message, ForwardReply)]
    assert [(answer.request, answer.status) for answer in reply.answers] == [(70, APPLIED)]


def test_a_peers_proposal_that_nobody_could_apply_never_gets_into_the_log() -> None:
    rig = Rig("abc").lead()
    last = rig.raft.log.last_index
    good = ForwardedProposal(71, command("c", 71, "good"))
    rig.deliver("c", Forward((ForwardedProposal(70, b"rubbish"), good)))
    assert [entry.data for entry in rig.raft.log.slice(last + 1, last + 9)] == [good.data]
    assert rig.driver.dropped_messages == 1
    rig.accept("b")
    assert rig.state.items == {"good": "v"}
    assert rig.driver.problem is None


def test_a_peers_proposal_that_was_applied_is_answered_again_and_not_appended_again() -> None:
    rig = Rig("abc").lead()
    forward = Forward((ForwardedProposal(70, command("c", 70, "k")),))
    rig.deliver("c", forward)
    rig.accept("b")
    last = rig.raft.log.last_index
    rig.to("c")
    rig.deliver("c", forward)
    assert rig.raft.log.last_index == last
    (reply,) = [message for message in rig.to("c") if isinstance(message, ForwardReply)]
    assert [(answer.request, answer.status) for answer in reply.answers] == [(70, APPLIED)]


def test_entries_that_others_proposed_elsewhere_are_applied_and_answered_by_nobody() -> None:
    rig = Rig("abc").follow()
    rig.deliver("b", AppendEntries(1, 1, 1, 2, (Entry(2, 1, COMMAND, command("c", 1, "k")),)))
    assert rig.state.items == {"k": "v"}
    assert [type(message) for message in rig.to("b")] == [AppendReply]
    assert rig.to("c") == []


def test_with_a_new_leader_all_open_proposals_are_made_again() -> None:
    rig = Rig("abc").follow()
    told = rig.submit()
    rig.sent.clear()
    rig.deliver("c", append(2, 1, 1))
    (forward,) = [message for message in rig.to("c") if isinstance(message, Forward)]
    assert [proposal.request for proposal in forward.proposals] == [1]
    rig.deliver("c", append(2, 1, 1))
    assert not [message for message in rig.to("c") if isinstance(message, Forward)]
    assert told == []


def test_a_proposal_waits_for_a_leader_and_is_made_when_there_is_one() -> None:
    rig = Rig("abc")
    told = rig.submit()
    assert (rig.sent, told) == ([], [])
    rig.deliver("b", append(1, 1, 1))
    assert [type(message) for message in rig.to("b")] == [AppendReply, Forward]


def test_without_an_answer_it_is_made_again_under_the_same_number() -> None:
    rig = Rig("abc").follow()
    rig.submit()
    first = rig.to("b")
    for _ in range(3):
        rig.now += 0.4
        rig.deliver("b", append(1, 1, 1))
    assert [message for message in rig.to("b") if isinstance(message, Forward)] == first


@pytest.mark.parametrize("leader,error", [(True, OutcomeUnknown), (False, NoLeader)])
def test_out_of_time_it_says_what_is_known(leader: bool, error: type[RaftError]) -> None:
    rig = Rig("abc")
    if leader:
        rig.follow()
    told = rig.submit(timeout=0.5)
    rig.wait(0.5)
    assert [type(item) for item in told] == [error]


def test_what_is_forgotten_is_not_answered() -> None:
    rig = Rig("abc")
    told: list[object] = []
    request = rig.driver.submit(rig.machine.encode_command(Put("k", "v")), 0.5, told.append)
    rig.driver.forget(request)
    rig.wait(1.0)
    assert told == []


def test_a_proposal_over_the_limit_is_never_begun() -> None:
    rig = Rig("abc", config=Config(max_proposal_bytes=100))
    rig.driver.submit(bytes(100 - SESSION_OVERHEAD), 1.0, lambda _: None)
    with pytest.raises(ProposalTooLarge, match="has 101 bytes encoded, the limit is 100"):
        rig.driver.submit(bytes(101 - SESSION_OVERHEAD), 1.0, lambda _: None)


def test_over_the_limit_of_open_proposals_more_are_refused() -> None:
    rig = Rig("abc", config=Config(max_inbox=2))
    rig.submit()
    rig.submit()
    with pytest.raises(Overloaded, match="proposals"):
        rig.submit()


def test_with_a_full_inbox_messages_are_dropped_and_proposals_refused() -> None:
    rig = Rig("abc", config=Config(max_inbox=3)).follow()
    refused: list[Overloaded] = []

    def flood() -> None:
        rig.on_send = lambda: None
        for _ in range(5):
            rig.deliver("b", append(1, 1, 1))
        try:
            rig.submit()
        except Overloaded as error:
            refused.append(error)

    rig.on_send = flood
    rig.deliver("b", append(1, 1, 1))
    assert rig.driver.dropped_messages == 2
    assert "inputs" in str(refused[0])
    assert rig.submit() == []
