"""A member that may have forgotten, and the leader that frees it."""

import pytest

from raft_core._suspicion import is_first_company, meet
from raft_core.codec import Standing
from raft_core.io import PeersChanged, Proposed, Write
from raft_core.membership import Configuration
from raft_core.messages import Acknowledged, AppendReply, Freed
from raft_core.progress import PROBE, REPLICATE, PeerProgress
from tests.unit.raft_core.support import Member, append, sent

SUSPECT = Standing(2, suspect=True, configuration_index=1)
ALONE = Configuration.of("a")


def suspect(log: list[int] | None = None, *, standing: Standing = SUSPECT) -> Member:
    return Member(log or [1, 1], standing=standing)


def says(
    member: Member, match: int, *, life: int, suspect: bool = True, accepted: bool = True
) -> AppendReply:
    """What a peer answers."""
    return AppendReply(member.raft.term, accepted, match, life=life, suspect=suspect)


def leading(log: list[int] | None = None) -> Member:
    """The leader; its own first entry and all before it are committed with the word of b and c."""
    return Member(log or [1, 1]).lead().settle()


# --- the member ---------------------------------------------------------------------------------


def test_a_member_that_never_forgot_anything_is_in_life_0_and_writes_nothing_down() -> None:
    member = Member([1])
    raft = member.raft
    assert (raft.life, raft.suspect, raft.freed_alone) == (0, False, False)
    assert member.step().write is None
    assert raft.standing() == Standing(0, False, 1)


def test_the_log_says_what_comes_of_a_doubt() -> None:
    assert "votes for nobody until" in suspect().raft.doubt
    alone = Member([1], configuration=ALONE, standing=SUSPECT)
    assert "goes on with what it has" in alone.raft.doubt


def test_a_new_life_is_written_down_before_anything_is_said_in_it() -> None:
    member = Member([1, 1], standing=SUSPECT, slow=True)
    out = member.receive("b", append(1, 3, 1))
    assert isinstance(out.write, Write)
    assert (out.write.vital, out.write.standing) == (True, SUSPECT)
    (send,) = out.sends
    assert send.after == out.write.id
    assert isinstance(send.message, AppendReply)
    assert (send.message.life, send.message.suspect) == (2, True)


def test_a_suspect_member_does_not_campaign_and_forgets_a_leader_that_is_silent() -> None:
    member = suspect()
    member.follow("b", term=1)
    member.wait()
    assert (member.raft.role, member.raft.leader) == ("follower", None)


@pytest.mark.parametrize("life,free", [(2, True), (1, False), (3, False)])
def test_the_leader_frees_one_life(life: int, free: bool) -> None:
    member = suspect()
    member.follow("b", term=1)
    out = member.receive("b", Freed(1, life))
    assert member.raft.suspect is not free
    if free:
        assert isinstance(out.write, Write)
        assert (out.write.vital, out.write.standing) == (True, Standing(2, False, 1))
    else:
        assert out.write is None


def test_who_is_free_is_not_freed_again() -> None:
    member = Member([1], standing=Standing(2, False, 1))
    member.follow("b", term=1)
    assert member.receive("b", Freed(1, 2)).write is None


def test_a_freedom_of_an_older_term_is_none() -> None:
    member = Member([1, 1], term=3, standing=SUSPECT)
    member.receive("b", Freed(2, 2))
    assert member.raft.suspect


def test_the_only_member_goes_on_by_itself() -> None:
    member = Member([1], configuration=ALONE, standing=SUSPECT)
    assert (member.raft.suspect, member.raft.freed_alone) == (False, True)
    out = member.step()
    assert member.raft.role == "leader"
    assert isinstance(out.write, Write)
    assert out.write.standing == Standing(2, False, 1)


@pytest.mark.parametrize(
    "configuration,standing",
    [
        (ALONE, Standing(1, True, 4)),
        (Configuration.of("a", "b"), SUSPECT),
        (Configuration.of("abc"), SUSPECT),
        (Configuration(), Standing(1, True, 0)),
    ],
    ids=["it forgot that others came", "learners may have more", "others vote", "in no cluster"],
)
def test_any_other_waits(configuration: Configuration, standing: Standing) -> None:
    member = Member([1], configuration=configuration, standing=standing)
    assert (member.raft.suspect, member.raft.freed_alone) == (True, False)


def test_while_it_is_suspect_it_keeps_in_mind_that_there_was_a_later_configuration() -> None:
    member = Member([1], configuration=ALONE, standing=Standing(1, True, 4))
    assert member.raft.standing() == Standing(1, True, 4)
    member.follow("b", term=1)
    member.receive("b", Freed(1, 1))
    assert member.raft.standing() == Standing(1, False, 1)


# --- the leader ---------------------------------------------------------------------------------


def test_a_leader_that_hears_of_a_new_life_forgets_what_the_one_before_acknowledged() -> None:
    member = leading()
    progress = member.raft.progress["b"]
    assert (progress.match_index, progress.state) == (4, REPLICATE)
    member.receive("b", says(member, 4, life=1, accepted=False))
    assert (progress.life, progress.match_index, progress.state) == (1, 0, PROBE)
    assert member.raft.suspects == {"b"}
    assert member.raft.lives == {"b": 1}


def test_what_an_earlier_life_said_counts_no_more_when_the_new_one_is_known() -> None:
    member = leading()
    member.receive("b", says(member, 4, life=2, accepted=False))
    heard = member.raft.progress["b"].last_heard
    member.receive("b", says(member, 4, life=1, suspect=False), after=0.01)
    progress = member.raft.progress["b"]
    assert (progress.life, progress.match_index, progress.last_heard) == (2, 0, heard)
    assert member.raft.suspects == {"b"}


def test_a_suspect_peer_is_free_at_the_commit_index_of_the_moment_when_it_was_first_heard() -> None:
    member = leading()
    member.receive("b", says(member, 4, life=1, accepted=False))
    for index, freed in ((3, []), (4, [Freed(member.raft.term, 1)])):
        assert sent(member.receive("b", says(member, index, life=1)), Freed) == freed


def test_it_is_freed_again_as_long_as_it_says_that_it_is_suspect() -> None:
    member = leading()
    for _ in range(2):
        assert sent(member.receive("b", says(member, 4, life=1)), Freed) == [
            Freed(member.raft.term, 1)
        ]
    assert not sent(member.receive("b", says(member, 4, life=1, suspect=False)), Freed)
    assert not member.raft.suspects


def test_a_new_leader_frees_nobody_before_its_own_first_entry_is_there() -> None:
    member = Member([1, 1]).lead()
    start = member.raft.term_start
    assert (member.raft.commit_index, start) == (0, 4)
    assert not sent(member.receive("b", says(member, 3, life=1)), Freed)
    assert sent(member.receive("b", says(member, 4, life=1)), Freed)


def test_what_a_suspect_peer_acknowledges_counts() -> None:
    """It is true; and what it lacks of its earlier lives lies below."""
    member = Member([1, 1]).lead()
    member.receive("b", says(member, 4, life=1))
    assert member.raft.commit_index == 4


def test_what_is_committed_with_the_word_of_an_earlier_life_is_owed_by_the_new_one() -> None:
    member = leading()
    assert member.raft.progress["b"].goal == 4
    member.step(Proposed(1, b"x"))
    member.accept("b", 5)
    assert member.raft.commit_index == 5
    member.receive("b", says(member, 5, life=1, accepted=False))
    assert member.raft.progress["b"].goal == 5


def test_a_peer_that_is_taken_in_again_is_met_with_the_life_that_was_heard_of() -> None:
    member = leading()
    raft = member.raft
    member.receive("b", says(member, 4, life=3))
    raft.progress["b"] = PeerProgress(5, raft.now)
    meet(raft, "b", raft.progress["b"])
    member.receive("b", says(member, 4, life=2, suspect=False))
    assert (raft.progress["b"].life, raft.progress["b"].match_index) == (3, 0)


# --- what is known ------------------------------------------------------------------------------


def test_a_leader_knows_all_who_are_suspect_and_a_follower_only_itself() -> None:
    member = leading()
    member.receive("b", says(member, 4, life=1, accepted=False))
    assert member.raft.known_suspects == {"b"}
    member.receive("c", append(member.raft.term + 1, 4, member.raft.log.last_term))
    assert member.raft.known_suspects == frozenset()
    assert suspect().raft.known_suspects == {"a"}


def test_a_stranger_is_no_suspect() -> None:
    member = leading()
    member.raft.heard_of("x", suspect=True)
    assert member.raft.known_suspects == frozenset()


def test_who_was_alone_is_so_until_its_journal_shows_that_others_came() -> None:
    member = Member([1], configuration=ALONE)
    member.step()
    assert not is_first_company(member.raft)
    member.slow = True
    member.step(PeersChanged(frozenset("b")))
    assert member.raft.configuration.members == {"a", "b"}
    assert is_first_company(member.raft)
    member.persist()
    assert not is_first_company(member.raft)


def test_who_founds_has_no_first_company_yet() -> None:
    member = Member([], configuration=None, slow=True)
    member.receive("b", append(1, 0, 0, []))
    assert not is_first_company(member.raft)


# --- copies: see ``test_copies`` ----------------------------------------------------------------


def test_a_refusal_says_of_the_memory_what_all_answers_say() -> None:
    member = Member([1, 1], standing=Standing(2, True, 1, copied=True))
    out = member.receive("b", append(1, 9, 1))
    (refusal,) = sent(out, AppendReply)
    assert (refusal.accepted, refusal.life, refusal.suspect, refusal.copied) == (
        False,
        2,
        True,
        True,
    )


def test_a_copy_that_is_freed_has_given_its_vote_to_the_leader() -> None:
    member = Member([1, 1], standing=Standing(2, True, 1, copied=True))
    member.follow("b", term=3)
    member.receive("b", Freed(3, 2))
    assert member.raft.standing() == Standing(2, False, 1)
    assert member.raft.voted_for == "b"


def test_the_leaders_word_on_what_was_acknowledged_is_heard() -> None:
    member = Member([1, 1])
    member.follow("b", term=1)
    member.receive("b", Acknowledged(1, 9, 1))
    assert member.raft.copied


def test_a_leader_that_hears_of_a_copy_wants_others_to_confirm_it() -> None:
    member = leading()
    last = member.raft.log.last_index
    reply = AppendReply(member.raft.term, True, last, life=1, suspect=True, copied=True)
    out = member.receive("b", reply)
    assert member.raft.copies == {"b"}
    assert member.raft.progress["b"].goal == last + 1
    assert sent(out, Freed) == []
