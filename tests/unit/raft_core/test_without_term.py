"""Messages to which no term applies: what becomes of each, whoever gets it."""

from raft_core.io import Asked
from raft_core.messages import (
    DONE,
    LATER,
    NOT_LEADER,
    NOWHERE,
    Answer,
    Forward,
    ForwardedChange,
    ForwardedProposal,
    ForwardReply,
    MembersChange,
    OperationReply,
    ReadIndex,
    ReadIndexReply,
    Removal,
    TransferRequest,
)
from tests.unit.raft_core.roles import follower
from tests.unit.raft_core.support import Member, only, sent

CHANGE = ForwardedChange("me.1", 1, MembersChange(learn=("d",)), "")
TRANSFER = TransferRequest("me.1", 1, "x")


def leader() -> Member:
    return Member([1]).lead().settle()


def test_proposals_are_the_leaders_and_others_say_so() -> None:
    forward = Forward((ForwardedProposal(7, b"x"),))
    assert leader().receive("b", forward).write is not None
    assert only(follower().receive("c", forward), ForwardReply).answers == (Answer(7, NOT_LEADER),)


def test_a_change_is_begun_by_the_leader_and_others_say_so() -> None:
    member = leader()
    member.receive("b", CHANGE)
    assert member.raft.configuration.learners == ("d",)
    reply = only(follower().receive("c", CHANGE), OperationReply)
    assert (reply.status, reply.sentence) == (LATER, "a does not lead")


def test_a_transfer_too() -> None:
    assert only(leader().receive("b", TRANSFER), OperationReply).sentence == "x is no voter"
    assert only(follower().receive("c", TRANSFER), OperationReply).status == LATER


def test_a_reply_is_handed_to_who_asked() -> None:
    reply = OperationReply("me.1", 1, DONE)
    assert follower().receive("b", reply).replies == [reply]


def test_a_removal_ends_the_member() -> None:
    member = follower()
    member.receive("c", Removal(5))
    assert member.raft.removed


def test_a_question_before_a_read_is_the_leaders() -> None:
    member = Member([1], configuration=None)
    assert sent(member.receive("b", ReadIndex(1)), ReadIndexReply) == []
    assert follower().receive("b", ReadIndexReply(1, 3)).reads == []


def test_what_is_asked_here_goes_to_the_leader_whoever_it_is() -> None:
    member = leader()
    member.step(Asked(CHANGE))
    assert member.raft.configuration.learners == ("d",)
    out = follower().step(Asked(CHANGE))
    assert [(send.to, send.message) for send in out.sends] == [(("b",), CHANGE)]
    (reply,) = Member().step(Asked(CHANGE)).replies
    assert reply.status == NOWHERE
