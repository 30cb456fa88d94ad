"""A change of members is made once, however often it is asked for and by whom."""

from msgspec.structs import replace

from raft_core.messages import (
    DONE,
    LATER,
    NOWHERE,
    STALE,
    ForwardedChange,
    OperationReply,
)
from tests.unit.raft_core.changes import (
    change,
    of,
    reason,
    settled,
    status,
    steps,
)
from tests.unit.raft_core.roles import follower
from tests.unit.raft_core.support import Member, sent


def test_compare_and_set_on_the_index() -> None:
    member = settled()
    assert "expected index 7, in force is 1" in reason(
        change(member, remove="c", expected=7), STALE
    )
    assert steps(change(member, remove="c", expected=1)) == [of("ab", "d", "abc")]


def test_another_copy_of_one_that_was_made_and_overtaken_is_told_so() -> None:
    member = settled()
    change(member, learn="e", name="me.1")
    member.settle()
    change(member, remove="e", name="you.1", known="me.1")
    member.settle()
    (reply,) = change(member, learn="e", name="me.1").replies
    assert (reply.status, reply.change) == (STALE, "me.1")


def test_a_change_is_not_made_after_one_that_its_asker_did_not_know() -> None:
    member = settled()
    change(member, learn="e", name="you.1")
    member.settle()
    out = change(member, remove="c")
    assert "somebody else changed the members" in reason(out, STALE)
    assert out.replies[0].change == "you.1"
    assert change(member, remove="c", known="you.1").replies == ()


def test_the_same_change_asked_for_again_is_answered_and_not_made_again() -> None:
    member = settled()
    change(member, learn="e")
    assert change(member, learn="e", attempt=2).replies == ()
    (reply,) = member.accept("b").replies
    assert (reply.attempt, reply.status) == (2, DONE)
    last = member.raft.log.last_index
    assert status(change(member, learn="e", attempt=3)) == DONE
    assert member.raft.log.last_index == last


def test_a_late_copy_of_a_change_does_not_undo_a_later_one() -> None:
    member = settled()
    change(member, demote="c")
    member.settle()
    change(member, promote="c", name="me.2", known="me.1")
    member.settle()
    assert status(change(member, demote="c")) == STALE
    assert member.raft.configuration.voters == ("a", "b", "c")


def test_the_next_leader_goes_on_with_a_change_when_it_is_asked_again() -> None:
    joint = replace(of("abc", "d"), change="me.1")
    member = settled(joint)
    out = change(member, add="d", remove="c", attempt=2, known="")
    assert steps(out) == [of("abd", "", "abc")]


def test_a_change_of_another_member_is_answered_to_it() -> None:
    member = settled()
    change(member, learn="e", by="b")
    out = member.accept("b")
    assert sent(out, OperationReply) == [OperationReply("me.1", 1, DONE, "", 4, "me.1")]
    assert out.replies == ()


def test_a_second_change_waits_until_the_first_is_committed_and_left() -> None:
    member = settled()
    change(member, promote="d", name="you.1")
    assert "another change" in reason(change(member, remove="c", known="you.1"), LATER)
    member.accept("b")
    member.accept("d")
    assert "another change" in reason(change(member, remove="c", known="you.1"), LATER)
    member.settle()
    assert change(member, remove="c", known="you.1").replies == ()


def test_nothing_is_changed_before_the_start_of_the_term_is_committed() -> None:
    member = Member([1]).lead()
    assert "start of this leader's term" in reason(change(member, remove="c"), LATER)


def test_who_does_not_lead_asks_who_does() -> None:
    member = follower()
    out = change(member, remove="c")
    assert [send.to for send in out.sends] == [("b",)]
    assert sent(out, ForwardedChange)[0].name == "me.1"
    assert out.replies == ()


def test_who_knows_no_leader_says_so() -> None:
    assert status(change(Member(), remove="c")) == NOWHERE


def test_who_is_taken_for_the_leader_and_does_not_lead_says_so() -> None:
    (reply,) = sent(change(follower(), remove="c", by="c"), OperationReply)
    assert (reply.status, reply.sentence) == (LATER, "a does not lead")


def test_the_leaders_word_reaches_who_asked() -> None:
    reply = OperationReply("me.1", 1, DONE, "", 4, "me.1")
    assert follower().receive("b", reply).replies == [reply]
