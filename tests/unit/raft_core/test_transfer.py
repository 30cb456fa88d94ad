"""Leadership that goes to another member by the leader's own will (thesis 3.10)."""

import pytest

from raft_core._transfer import Transfer
from raft_core.codec import Standing
from raft_core.config import Config
from raft_core.io import Asked, Output, PeersChanged, Proposed, Received, StepAside
from raft_core.membership import Configuration
from raft_core.messages import (
    DENIED,
    LATER,
    NOT_LEADER,
    Answer,
    AppendEntries,
    AppendReply,
    OperationReply,
    RequestVote,
    TimeoutNow,
    TransferRequest,
)
from raft_core.types import NodeId, Role
from tests.unit.raft_core.changes import HEARTBEAT, change, connect, settled
from tests.unit.raft_core.roles import follower, learner
from tests.unit.raft_core.support import Member, append, ask_vote, only, sent

of = Configuration.of


def leader(connected: str = "bc") -> Member:
    member = Member([1], configuration=of("abc", "d")).lead().settle()
    member.step(PeersChanged(frozenset(connected)))
    return member


def transfer(
    member: Member, to: NodeId | None = None, *, name: str = "me.1", by: NodeId = ""
) -> Output:
    asked = TransferRequest(name, 1, to)
    return member.step(Received(by, asked) if by else Asked(asked))


def refusal(out: Output) -> tuple[int, str]:
    (reply,) = out.replies
    return reply.status, reply.sentence


def told(out: Output) -> list[tuple[NodeId, ...]]:
    """Who was told to campaign."""
    return [send.to for send in out.sends if isinstance(send.message, TimeoutNow)]


# --- the leader ---------------------------------------------------------------------------------


def test_a_successor_that_has_everything_is_told_to_campaign_at_once() -> None:
    member = leader()
    out = transfer(member, "c")
    assert told(out) == [("c",)]
    assert sent(out, TimeoutNow) == [TimeoutNow(member.raft.term)]
    assert out.role is None, "it leads until the other one does"


def test_one_that_lags_first_gets_everything() -> None:
    member = leader()
    member.step(Proposed(1, b"x"))
    assert told(transfer(member, "c")) == []
    assert told(member.accept("b")) == []
    assert told(member.accept("c")) == [("c",)]


def test_it_is_told_again_with_each_heartbeat_for_a_message_can_be_lost() -> None:
    member = leader()
    transfer(member, "c")
    assert told(member.step()) == []
    assert told(member.step(after=HEARTBEAT)) == [("c",)]


def test_meanwhile_no_proposal_is_taken_or_the_successor_never_had_everything() -> None:
    member = leader()
    transfer(member, "c")
    out = member.step(Proposed(7, b"x"))
    assert out.answers == [Answer(7, NOT_LEADER)]
    assert out.write is None


def test_without_a_name_it_goes_to_the_voter_in_reach_that_has_most() -> None:
    member = leader("bcd")
    member.step(Proposed(1, b"x"))
    member.accept("d")
    member.accept("c")
    assert told(transfer(member)) == [("c",)]


def test_with_nobody_in_reach_it_is_refused() -> None:
    assert refusal(transfer(leader("d"))) == (DENIED, "no other voter is in reach")


@pytest.mark.parametrize("to", ["d", "x"])
def test_who_is_no_voter_cannot_lead(to: NodeId) -> None:
    assert refusal(transfer(leader("bcd"), to)) == (DENIED, f"{to} is no voter")


def test_who_leads_already_needs_no_transfer() -> None:
    member = leader()
    out = transfer(member, "a")
    assert (out.replies, out.sends, member.raft.transfer) == ((), [], None)


def test_after_an_election_time_out_in_vain_it_goes_on_leading() -> None:
    member = leader()
    member.step(Proposed(1, b"x"))
    out = transfer(member, "c")
    for _ in range(12):
        member.accept("b")
        out = member.step(after=HEARTBEAT)
        if out.replies:
            break
    assert refusal(out) == (DENIED, "c does not lead: it did not take over within 1 s")
    assert member.raft.role is Role.LEADER
    assert member.step(Proposed(2, b"y")).write is not None


def test_a_successor_that_is_removed_meanwhile_is_none() -> None:
    member = leader()
    change(member, remove="c")
    transfer(member, "b")
    transfer(member, "c", name="me.2")
    assert member.raft.transfer is not None
    member.raft.transfer.target = "c"  # which the change takes the vote from
    out = member.step()
    assert refusal(out) == (DENIED, "c does not lead: it is no voter any more")


def test_a_second_transfer_to_another_waits_and_to_the_same_is_the_same() -> None:
    member = leader()
    transfer(member, "c")
    assert transfer(member, name="me.2").replies == ()
    assert transfer(member, "c", name="me.3").replies == ()
    out = transfer(member, "b", name="me.4")
    assert refusal(out) == (LATER, "leadership is just going to c")


def test_nor_are_members_changed_meanwhile() -> None:
    member = leader()
    transfer(member, "c")
    assert refusal(change(member, remove="b"))[0] == LATER


def test_it_gives_way_to_the_election_that_it_asked_for() -> None:
    member = leader()
    transfer(member, "c")
    log = member.raft.log
    vote = RequestVote(member.raft.term + 1, log.last_index, log.last_term, False, True)
    out = member.receive("c", vote)
    assert out.role is Role.FOLLOWER
    assert member.raft.voted_for == "c"
    assert member.raft.transfer is None


def test_a_request_of_another_member_is_answered_to_it() -> None:
    out = transfer(leader(), "d", by="b")
    assert sent(out, OperationReply) == [OperationReply("me.1", 1, DENIED, "d is no voter")]


def test_who_does_not_lead_asks_who_does() -> None:
    out = transfer(follower(), "c")
    assert only(out, TransferRequest) == TransferRequest("me.1", 1, "c")


# --- one that ends ------------------------------------------------------------------------------


def test_a_leader_that_ends_has_another_one_campaign_and_leads_no_more() -> None:
    member = leader()
    member.step(Proposed(1, b"x"))
    member.accept("b")
    out = member.step(StepAside())
    assert told(out) == [("b",)]
    assert out.role is Role.FOLLOWER


def test_but_none_that_lacks_what_is_committed_for_it_could_not_win() -> None:
    member = leader("c")
    member.step(Proposed(1, b"x"))
    member.accept("b")
    out = member.step(StepAside())
    assert (told(out), out.role) == ([], None)


def test_who_does_not_lead_ends_without_a_word() -> None:
    assert follower().step(StepAside()).sends == []


# --- one that is no voter any more ---------------------------------------------------------------


def test_before_it_goes_it_hands_over_to_a_voter_in_reach_that_has_everything() -> None:
    member = settled()
    connect(member, "b", "c", "d")
    change(member, promote="d", remove="a")
    for peer in "bdb":
        member.accept(peer)
    out = member.accept("c")
    assert [send.to for send in out.sends if isinstance(send.message, TimeoutNow)] in (
        [("b",)],
        [("c",)],
    )
    assert out.role is None, "it leads until the other one does"
    term = member.raft.term + 1
    log = member.raft.log
    out = member.receive("c", RequestVote(term, log.last_index, log.last_term, False, True))
    assert out.role is Role.FOLLOWER
    assert member.raft.removed


def test_if_nobody_takes_over_it_goes_all_the_same() -> None:
    member = settled()
    connect(member, "b", "c", "d")
    change(member, promote="d", remove="a")
    for peer in "bdbc":
        member.accept(peer)
    for _ in range(12):
        member.accept("b")
        member.accept("c")
        member.step(after=HEARTBEAT)
    assert member.raft.role is Role.FOLLOWER
    assert member.raft.removed


def test_with_nobody_in_reach_it_goes_at_once() -> None:
    member = settled(of("abc"))
    change(member, demote="a")
    member.settle()
    assert member.raft.role is Role.FOLLOWER


# --- the successor, and those it asks for votes -------------------------------------------------


def test_the_successor_campaigns_at_once_and_says_that_the_leader_wants_it() -> None:
    member = follower()
    term = member.raft.term
    out = member.receive("b", TimeoutNow(term))
    vote = only(out, RequestVote)
    assert (vote.term, vote.pre, vote.transfer) == (term + 1, False, True)
    assert out.sends[0].after == 1, "its own vote is durable first"
    assert out.role is Role.CANDIDATE


@pytest.mark.parametrize(
    "sender,newer",
    [("b", -1), ("c", 0), ("c", 1)],
    ids=["of an old term", "of somebody else", "of a leader never heard of"],
)
def test_nobody_else_makes_it_campaign(sender: NodeId, newer: int) -> None:
    member = follower()
    out = member.receive(sender, TimeoutNow(member.raft.term + newer))
    assert member.raft.role is Role.FOLLOWER
    assert sent(out, RequestVote) == []


def test_a_learner_does_not_campaign_whoever_says_so() -> None:
    member = learner()
    member.receive("b", TimeoutNow(member.raft.term))
    assert member.raft.role is Role.FOLLOWER


def test_a_vote_that_the_leader_wants_is_given_although_it_is_heard() -> None:
    member = follower()
    vote = ask_vote(member.raft)
    assert member.receive("c", vote).sends == []
    log = member.raft.log
    wanted = RequestVote(vote.term, log.last_index, log.last_term, False, True)
    member.receive("c", wanted)
    assert (member.raft.term, member.raft.voted_for) == (vote.term, "c")


def test_but_not_to_one_with_an_older_log() -> None:
    member = follower()
    member.receive("c", RequestVote(member.raft.term + 1, 1, 1, False, True))
    assert member.raft.voted_for is None


def test_a_successor_that_loses_asks_politely_the_next_time() -> None:
    member = follower()
    member.receive("b", TimeoutNow(member.raft.term))
    vote = only(member.wait(), RequestVote)
    assert (vote.pre, vote.transfer) == (True, False)


def test_the_new_leader_makes_a_follower_of_the_old_one() -> None:
    member = leader()
    transfer(member, "c")
    log = member.raft.log
    term = member.raft.term + 1
    out = member.receive("c", append(term, log.last_index, log.last_term))
    assert (out.role, member.raft.leader) == (Role.FOLLOWER, "c")
    assert sent(member.step(after=Config().heartbeat_interval), AppendEntries) == []


def test_while_it_hands_over_the_cluster_does_not_grow() -> None:
    member = leader()
    transfer(member, "c")
    member.step(PeersChanged(frozenset("bcz")))
    assert "z" not in member.raft.configuration.members


def test_a_leader_that_need_not_go_any_more_stays_when_nobody_takes_over() -> None:
    member = leader()
    # Begun when it was no voter: nobody asked for it, and meanwhile it is one again.
    raft = member.raft
    raft.transfer = Transfer("c", member.now + 1.0, "", None)
    for _ in range(11):
        member.step(after=HEARTBEAT)
        member.accept("b")
    assert (member.raft.transfer, member.raft.role) == (None, Role.LEADER)


def test_a_successor_that_may_have_forgotten_something_is_told_when_it_is_free() -> None:
    member = leader()
    term, last = member.raft.term, member.raft.log.last_index
    member.receive("c", AppendReply(term, True, last, life=1, suspect=True))
    assert told(transfer(member, "c")) == []
    out = member.receive("c", AppendReply(term, True, last, life=1))
    assert told(out) == [("c",)]


def test_without_a_name_it_goes_to_nobody_who_may_have_forgotten_something() -> None:
    member = leader()
    term, last = member.raft.term, member.raft.log.last_index
    member.receive("c", AppendReply(term, True, last, life=1, suspect=True))
    assert told(transfer(member)) == [("b",)]


def test_who_may_have_forgotten_something_does_not_campaign_whoever_says_so() -> None:
    member = Member([1], standing=Standing(1, suspect=True))
    member.follow("b")
    assert member.receive("b", TimeoutNow(member.raft.term)).sends == []
    assert member.raft.role is Role.FOLLOWER
