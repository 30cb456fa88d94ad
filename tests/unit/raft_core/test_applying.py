"""What is said of commands, and to whom, when they reach the state or want to."""

from raft_core.applying import sort
from raft_core.keyvalue import Put
from raft_core.messages import (
    APPLIED,
    NOOP,
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedProposal,
    ForwardReply,
)
from raft_core.sessions import (
    Outcome,
    SessionCommands,
    decode_session_commands,
    encode_session_commands,
)
from tests.unit.raft_core.rig import Rig, command
from tests.unit.raft_core.support import entry


def test_proposals_that_travel_together_are_forwarded_and_answered_together() -> None:
    rig = Rig("abc").follow()
    told = [rig.submit(key, "v") for key in ("k", "l", "m")]
    rig.driver.tick()
    first, second = (message for message in rig.to("b") if isinstance(message, Forward))
    assert [len(forward.proposals) for forward in (first, second)] == [1, 1]
    (together,) = second.proposals
    assert len(decode_session_commands(together.data).commands) == 2
    answers = tuple(Answer(together.request + place, APPLIED, b"\xc0") for place in range(2))
    rig.deliver("b", ForwardReply(1, 0, answers))
    assert [len(answer) for answer in told] == [0, 1, 1]


def test_a_leader_answers_each_of_those_that_another_member_sent_together() -> None:
    rig = Rig("abc").lead()
    encode = rig.machine.encode_command
    commands = tuple(encode(Put(key, "v")) for key in ("k", "l"))
    data = encode_session_commands(SessionCommands("c", 70, 70, commands))
    forward = Forward((ForwardedProposal(70, data),))
    rig.deliver("c", forward)
    rig.to("c")
    rig.accept("b")
    (reply,) = [message for message in rig.to("c") if isinstance(message, ForwardReply)]
    assert [answer.request for answer in reply.answers] == [70, 71]
    rig.deliver("c", forward)
    (again,) = [message for message in rig.to("c") if isinstance(message, ForwardReply)]
    assert again.answers == reply.answers


def test_what_expired_here_is_made_again_by_its_proposer_alone() -> None:
    rig = Rig("abc", max_clients=1).follow()
    rig.submit("mine", "v")
    (question,) = rig.to("b")
    assert isinstance(question, Forward)
    (mine,) = question.proposals
    others = tuple(entry(index, 1, command(f"c{index}", 1, "k", born=9)) for index in (2, 3))
    late = (entry(4, 1, command("c2", 1, "k")), entry(5, 1, mine.data))
    rig.deliver("b", AppendEntries(1, 1, 1, 5, others + late))
    assert "mine" not in rig.state.items
    (again,) = (message for message in rig.to("b") if isinstance(message, Forward))
    assert [proposal.request for proposal in again.proposals] == [mine.request]


def test_of_what_another_wants_the_new_is_taken_the_known_answered_the_rest_dropped() -> None:
    rig = Rig("abc").lead()
    known, new = ForwardedProposal(70, command("c", 70, "k")), command("c", 71, "l")
    rig.deliver("c", Forward((known,)))
    rig.accept("b")
    forward = Forward((known, ForwardedProposal(9, b"rubbish"), ForwardedProposal(71, new)))
    fresh, answers, errors = sort(forward, rig.machine)
    assert [proposal.request for proposal in fresh.proposals] == [71]
    assert [(answer.request, answer.status) for answer in answers] == [(70, APPLIED)]
    assert len(errors) == 1
    assert sort(fresh, rig.machine) == (fresh, [], [])


def test_what_others_proposed_elsewhere_is_applied_and_answered_by_nobody() -> None:
    rig = Rig("abc").follow()
    noop = Entry(2, 1, NOOP, b"")
    rig.deliver("b", AppendEntries(1, 1, 1, 3, (noop, entry(3, 1, command("c", 1, "k")))))
    assert rig.state.items == {"k": "v"}
    assert [type(message) for message in rig.to("b")] == [AppendReply]
    assert rig.to("c") == []


def test_a_leader_puts_into_the_log_what_has_expired_and_tells_nobody() -> None:
    """Its proposer must see it in its own log, in order, to know that it was not applied before."""
    rig = Rig("abc", max_clients=1).lead()
    for client in "pq":
        proposal = ForwardedProposal(1, command(client, 1, "k", born=9))
        rig.deliver("c", Forward((proposal,)))
        rig.accept()
    rig.sent.clear()
    last = rig.raft.log.last_index
    rig.deliver("c", Forward((ForwardedProposal(1, command("p", 1, "k")),)))
    assert rig.raft.log.last_index == last + 1
    rig.accept()
    assert rig.raft.applied_index == last + 1
    assert not [message for message in rig.to("c") if isinstance(message, ForwardReply)]


def test_what_is_applied_for_its_proposer_here_needs_nothing_more() -> None:
    rig = Rig("abc").lead()
    told = rig.submit("k", "v")
    rig.to("c")
    rig.accept("b")
    assert told == [Outcome(APPLIED, b"\xc0")]
    assert not [message for message in rig.to("c") if isinstance(message, ForwardReply)]
