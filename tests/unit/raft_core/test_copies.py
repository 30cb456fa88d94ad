"""A member that runs from an older copy of its journal, and the leader that frees it."""

from raft_core.codec import Standing
from raft_core.config import Config
from raft_core.io import Copied, PeersChanged, ReadRequested, Received, SnapshotTaken, Write
from raft_core.membership import Configuration
from raft_core.messages import (
    NOOP,
    Acknowledged,
    AppendEntries,
    AppendReply,
    Freed,
    RequestVote,
    VoteReply,
)
from tests.unit.raft_core.support import Member, append, sent

NONCES = ("d" * 16, "0000002222222222")
LIFE = 8
"""That of a copy that was in its fifth start: the sixth, and two more by the start's nonce."""
STANDING = Standing(0, False, 1, start=5, nonces=NONCES)
HEARTBEAT = Config().heartbeat_interval


def started(log: list[int] | None = None, *, configuration: Configuration | None = None) -> Member:
    """A member in its fifth start."""
    if configuration is None:
        return Member(log or [1, 1], standing=STANDING)
    return Member(log or [1, 1], standing=STANDING, configuration=configuration)


def copied() -> Member:
    """It has been shown that it is a copy."""
    member = started()
    member.step(Copied())
    return member


def leading() -> Member:
    """A leader of a, b and c; everybody has all of its log, up to entry 4."""
    return Member([1, 1]).lead().settle()


def says(member: Member, match: int, *, accepted: bool = True, read_round: int = 0) -> AppendReply:
    """What a peer answers that is a copy."""
    memory = LIFE, True, True
    return AppendReply(member.raft.term, accepted, match, 0, 0, read_round, *memory)


# --- the member ---------------------------------------------------------------------------------


def test_a_copy_begins_a_new_life_and_writes_it_down_before_it_says_anything() -> None:
    member = Member([1, 1], standing=STANDING, slow=True)
    out = member.step(Copied())
    assert isinstance(out.write, Write)
    assert out.write.vital
    expected = Standing(LIFE, True, 1, 5, nonces=NONCES, copied=True)
    assert out.write.standing == expected
    out = member.receive("b", append(1, 3, 1))
    (send,) = out.sends
    assert send.after == member.raft.unsaved.last_write
    assert send.message == AppendReply(1, True, 3, 0, 0, 0, LIFE, True, True)


def test_its_life_is_later_than_any_that_the_original_began_at_a_start() -> None:
    member = Member([1, 1], standing=Standing(9, False, 1, start=5))
    member.step(Copied())
    assert member.raft.life == 10


def test_two_copies_of_one_journal_do_not_begin_the_same_life() -> None:
    """What one of them has, or is told, the leader would take for the other's."""
    lives = set()
    for digit in "0123456789abcdef":
        member = Member([1], standing=Standing(0, False, 1, start=5, nonces=(digit * 16,)))
        member.step(Copied())
        lives.add(member.raft.life)
    assert len(lives) == 16


def test_a_copy_begins_a_later_life_than_any_that_a_leader_has_heard_of() -> None:
    """One that was brought up to date ran from the same journal before, or from a later one."""
    for member in (started(), copied()):
        member.follow("b", term=1)
        member.receive("b", Acknowledged(1, 0, 0, LIFE + 100))
        raft = member.raft
        assert (raft.life > LIFE + 100, raft.suspect, raft.copied) == (True, True, True)
        life = raft.life
        member.receive("b", Acknowledged(1, 0, 0, LIFE + 100), Acknowledged(1, 0, 0, life))
        assert raft.life == life


def test_who_is_in_the_life_that_the_leader_has_heard_of_is_no_copy() -> None:
    member = Member([1, 1], standing=Standing(7, False, 1, start=5))
    member.follow("b", term=1)
    member.receive("b", Acknowledged(1, 0, 0, 7))
    assert not member.raft.copied


def test_what_it_was_to_say_before_it_knew_what_it_is_it_does_not_say() -> None:
    member = started()
    out = member.step(Received("b", RequestVote(2, 9, 1, False)), Copied())
    assert out.sends == []


def test_a_copy_votes_for_nobody_and_does_not_campaign() -> None:
    member = copied()
    out = member.receive("b", RequestVote(2, 9, 1, False))
    assert sent(out, VoteReply) == [VoteReply(2, False, False, suspect=True)]
    member.wait()
    assert member.raft.role == "follower"


def test_a_leader_that_is_a_copy_leads_no_more() -> None:
    member = leading()
    member.step(Copied())
    assert (member.raft.role, member.raft.leader, member.raft.suspect) == ("follower", None, True)


def test_a_candidate_that_is_a_copy_is_none_any_more() -> None:
    member = started().stand()
    member.step(Copied())
    assert member.raft.role == "follower"


def test_shown_twice_it_begins_one_life() -> None:
    member = copied()
    assert member.step(Copied()).write is None
    assert member.raft.life == LIFE


def test_who_may_have_forgotten_and_is_a_copy_begins_another_life() -> None:
    member = Member([1], standing=Standing(7, True, 1, start=5))
    member.step(Copied())
    assert (member.raft.life, member.raft.copied) == (8, True)


def test_a_copy_that_starts_anew_is_one_still_in_the_same_life() -> None:
    member = Member([1], standing=Standing(LIFE, True, 1, 6, copied=True))
    assert (member.raft.life, member.raft.suspect, member.raft.copied) == (LIFE, True, True)


def test_a_copy_that_is_copied_in_its_turn_begins_another_life() -> None:
    """Its journal may lack what it has answered in the life that it knows."""
    member = Member([1], standing=Standing(LIFE, True, 1, 6, copied=True))
    member.step(Copied())
    assert member.raft.life == LIFE + 1
    assert member.step(Copied()).write is None


def test_the_only_member_that_is_a_copy_does_not_go_on_by_itself() -> None:
    """The original may have taken others in, and have promised them all it had."""
    alone = Configuration.of("a")
    member = Member([1], configuration=alone, standing=Standing(LIFE, True, 1, 6, copied=True))
    assert (member.raft.suspect, member.raft.freed_alone) == (True, False)
    member = started(configuration=alone)
    member.step()
    assert member.raft.role == "leader"
    member.step(Copied())
    assert member.raft.role == "follower"


def test_the_leader_that_frees_a_copy_has_its_vote_of_that_term() -> None:
    """The original may have given it, and must not be taken for free to give another."""
    member = copied()
    member.follow("b", term=3)
    out = member.receive("b", Freed(3, LIFE))
    raft = member.raft
    assert (raft.suspect, raft.copied, raft.voted_for) == (False, False, "b")
    assert isinstance(out.write, Write)
    expected = Standing(LIFE, False, 1, 5, nonces=NONCES)
    assert (out.write.voted_for, out.write.standing) == ("b", expected)


def test_a_vote_that_a_copy_knows_of_stays() -> None:
    member = Member([1, 1], term=3, voted_for="c", standing=STANDING)
    member.step(Copied())
    member.follow("b", term=3)
    member.receive("b", Freed(3, LIFE))
    assert member.raft.voted_for == "c"


def test_one_that_has_forgotten_only_entries_gets_no_vote_by_being_freed() -> None:
    member = Member([1, 1], standing=Standing(2, True, 1))
    member.follow("b", term=3)
    member.receive("b", Freed(3, 2))
    assert (member.raft.suspect, member.raft.voted_for) == (False, None)


def test_who_has_no_more_what_it_acknowledged_is_a_copy() -> None:
    member = started()
    member.follow("b", term=1)
    member.receive("b", Acknowledged(1, 4, 1))
    assert (member.raft.copied, member.raft.life) == (True, LIFE)


def test_who_has_another_entry_there_is_a_copy() -> None:
    member = started()
    member.follow("b", term=2)
    member.receive("b", Acknowledged(2, 3, 2))
    assert member.raft.copied


def test_who_still_has_it_is_none() -> None:
    member = started()
    member.follow("b", term=1)
    member.receive("b", Acknowledged(1, 3, 1), Acknowledged(1, 1, 1))
    assert not member.raft.copied


def test_who_has_compacted_it_is_none() -> None:
    member = Member([1, 1], standing=STANDING, config=Config(trailing_entries=0))
    member.follow("b", term=1, commit=3)
    member.step(SnapshotTaken(3, b""))
    assert member.raft.log.base_index == 3
    member.receive("b", Acknowledged(1, 2, 1))
    assert not member.raft.copied


def test_what_was_acknowledged_to_a_leader_of_an_older_term_may_be_gone() -> None:
    member = started()
    member.follow("b", term=3)
    member.receive("c", Acknowledged(2, 9, 2))
    assert not member.raft.copied


# --- the leader ---------------------------------------------------------------------------------


def test_a_leader_that_hears_of_a_copy_forgets_what_it_had_and_appends_an_entry() -> None:
    member = leading()
    member.receive("b", says(member, 4, accepted=False))
    raft = member.raft
    assert (raft.progress["b"].match_index, raft.progress["b"].goal) == (0, 5)
    assert raft.log.slice(5, 6)[0].kind == NOOP
    assert (raft.suspects, raft.copies) == ({"b"}, {"b"})
    member.receive("b", says(member, 4, accepted=False))
    assert raft.log.last_index == 5


def test_what_a_copy_acknowledges_commits_nothing() -> None:
    member = leading()
    member.receive("b", says(member, 5))
    assert member.raft.progress["b"].match_index == 5
    assert member.raft.commit_index == 4
    member.accept("c", 5)
    assert member.raft.commit_index == 5


def test_a_copy_is_free_when_others_have_committed_the_entry_and_it_has_it() -> None:
    member = leading()
    out = member.receive("b", says(member, 5))
    assert sent(out, Freed) == []
    member.accept("c", 5)
    out = member.receive("b", says(member, 5))
    assert sent(out, Freed) == [Freed(member.raft.term, LIFE)]


def test_what_another_copy_of_the_same_life_acknowledged_frees_nobody() -> None:
    """An image of a machine is restored twice, and the second one does not know of the first."""
    member = leading()
    member.receive("b", says(member, 5))
    member.accept("c", 5)
    assert sent(member.receive("b", says(member, 5, accepted=False)), Freed) == []
    assert sent(member.receive("b", says(member, 4)), Freed) == []
    out = member.receive("b", says(member, 5))
    assert sent(out, Freed) == [Freed(member.raft.term, LIFE)]


def test_one_that_was_free_and_is_a_copy_again_is_another_copy() -> None:
    member = leading()
    member.receive("b", says(member, 5))
    member.accept("c", 5)
    member.receive("b", AppendReply(member.raft.term, True, 5, life=LIFE))
    member.receive("b", says(member, 5, accepted=False))
    assert (member.raft.progress["b"].match_index, member.raft.progress["b"].goal) == (0, 6)
    assert member.raft.copies == {"b"}


def test_a_copy_that_lacks_it_is_not_free() -> None:
    member = leading()
    member.receive("b", says(member, 4, accepted=False))
    member.accept("c", 5)
    assert member.raft.commit_index == 5
    assert sent(member.receive("b", says(member, 4)), Freed) == []


def test_when_it_is_free_it_counts_again() -> None:
    member = leading()
    member.receive("b", says(member, 5))
    member.accept("c", 5)
    member.receive("b", AppendReply(member.raft.term, True, 5, life=LIFE))
    assert (member.raft.suspects, member.raft.copies) == (set(), set())


def test_a_peer_that_says_only_that_it_is_suspect_is_a_copy_still() -> None:
    """An answer to a request for a vote does not tell the one from the other."""
    member = leading()
    member.receive("b", says(member, 5))
    member.raft.heard_of("b", suspect=True)
    assert member.raft.copies == {"b"}


def test_a_leader_that_only_a_copy_answers_leads_no_more() -> None:
    member = leading()
    for _ in range(40):
        member.step(after=HEARTBEAT)
        if member.raft.role == "leader":
            member.receive("b", says(member, member.raft.log.last_index))
    assert member.raft.role != "leader"


def test_the_answer_of_a_copy_confirms_no_read() -> None:
    member = leading()
    member.receive("b", says(member, 5))
    out = member.step(ReadRequested(7))
    (asked,) = {message.read_round for message in sent(out, AppendEntries)}
    out = member.receive("b", says(member, 5, read_round=asked))
    assert out.reads == ()
    assert member.out.reads == ()
    out = member.receive("c", AppendReply(member.raft.term, True, 4, read_round=asked))
    assert list(out.reads) == [7]


def test_a_leader_reminds_who_refuses_what_it_acknowledged() -> None:
    member = leading()
    term = member.raft.term
    member.step(PeersChanged(frozenset("bc")))
    out = member.receive("b", AppendReply(term, False, 4, 2, 1))
    assert sent(out, Acknowledged) == [Acknowledged(term, 4, term)]


def test_who_refuses_what_comes_later_is_not_reminded() -> None:
    member = leading()
    out = member.receive("b", AppendReply(member.raft.term, False, 9, 4, member.raft.term))
    assert sent(out, Acknowledged) == []


def test_who_names_an_earlier_life_is_told_of_the_one_that_was_heard_of() -> None:
    """It comes late; or its journal is older than the copy's that named that life."""
    member = leading()
    term = member.raft.term
    member.receive("b", says(member, 4))
    earlier = AppendReply(term, True, 4)
    assert sent(member.receive("b", earlier), Acknowledged) == [Acknowledged(term, 0, 0, LIFE)]
    assert sent(member.receive("b", says(member, 4)), Acknowledged) == []
