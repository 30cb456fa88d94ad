"""Proposals that travel together, from here to another member and back."""

from raft_core.keyvalue import Put
from raft_core.messages import APPLIED, Answer, Forward, ForwardedProposal, ForwardReply
from raft_core.sessions import SessionCommands, decode_session_commands, encode_session_commands
from tests.unit.raft_core.rig import Rig


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
