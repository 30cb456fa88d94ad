"""A leader whose peers may have forgotten what they acknowledged; see ``test_suspicion``."""

from raft_core.io import Proposed
from raft_core.messages import AppendReply, Freed
from tests.unit.raft_core.changes import HEARTBEAT, configurations, connect, founder, of
from tests.unit.raft_core.support import Member, sent


def test_what_an_earlier_life_of_a_peer_says_is_not_heard() -> None:
    member = Member([1]).lead().settle()
    term, last = member.raft.term, member.raft.log.last_index
    member.receive("b", AppendReply(term, False, last, life=2, suspect=True))
    heard = member.raft.progress["b"].last_heard
    member.receive("b", AppendReply(term, True, last, life=1), after=0.01)
    assert member.raft.progress["b"].match_index == 0
    assert member.raft.progress["b"].last_heard == heard


def test_a_peer_that_may_have_forgotten_is_told_when_it_has_all() -> None:
    member = Member([1]).lead().settle()
    term, last = member.raft.term, member.raft.log.last_index
    out = member.receive("b", AppendReply(term, True, last - 1, life=1, suspect=True))
    assert sent(out, Freed) == []
    out = member.receive("b", AppendReply(term, True, last, life=1, suspect=True))
    assert sent(out, Freed) == [Freed(term, 1)]
    out = member.receive("b", AppendReply(term, True, last, life=1))
    assert (sent(out, Freed), member.raft.suspects) == ([], set())


def test_one_that_was_alone_says_nothing_to_others_before_its_journal_knows_of_them() -> None:
    """What it forgets in a crash nobody else may have, or it would not be alone with it."""
    member = founder()
    member.slow = True
    out = connect(member, "b")
    assert out.write is not None
    assert configurations(out) == [of("a", "b")]
    assert [(send.to, send.after) for send in out.sends] == [(("b",), out.write.id)]
    again = member.step(after=HEARTBEAT)
    assert [(send.to, send.after) for send in again.sends] == [(("b",), out.write.id)]
    member.persist()
    member.accept("b")
    out = connect(member, "b", "c")
    assert [(send.to, send.after) for send in out.sends] == [(("b", "c"), 0)]


def test_what_a_copy_has_commits_as_soon_as_it_is_free() -> None:
    """Nothing new comes from it then, and perhaps from nobody else."""
    member = Member([1]).lead().settle()
    term, last = member.raft.term, member.raft.log.last_index
    member.receive("b", AppendReply(term, True, last, life=1, suspect=True, copied=True))
    goal = last + 1
    member.accept("c", goal)
    member.step(Proposed(1, b"x"))
    member.receive("b", AppendReply(term, True, goal + 1, life=1, suspect=True, copied=True))
    assert member.raft.commit_index == goal
    member.receive("b", AppendReply(term, True, goal + 1, life=1))
    assert member.raft.commit_index == goal + 1
