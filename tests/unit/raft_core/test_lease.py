"""A leader's lease: when it holds, and what ends it. Voters' part is in ``test_lease_voters``."""

from collections.abc import Callable

import pytest

from raft_core.config import MAX_LEASE, Config
from raft_core.io import Asked, Output, PeersChanged, Proposed, ReadRequested, Received
from raft_core.lease import Lease
from raft_core.membership import Configuration
from raft_core.messages import (
    AppendEntries,
    AppendReply,
    ReadIndex,
    ReadIndexReply,
    TimeoutNow,
    TransferRequest,
)
from raft_core.progress import PeerProgress
from raft_core.types import NodeId, Role
from tests.unit.raft_core.support import Member, configured, only, sent

CONFIG = Config(read_lease=0.9)
HEARTBEAT = CONFIG.heartbeat_interval
READ = ReadRequested(7)
SHORT = 0.001


def answer(member: Member, peer: NodeId, number: int | None = None) -> Output:
    """``peer`` has the whole log, and answers that round, or the latest."""
    raft = member.raft
    number = raft.reads.round if number is None else number
    return member.receive(peer, AppendReply(raft.term, True, raft.log.last_index, 0, 0, number))


def leader(configuration: Configuration | None = None, config: Config = CONFIG) -> Member:
    """One with all committed, whose last round just began, and nobody has answered that."""
    configuration = configuration or Configuration.of("abc")
    member = Member([1, 1], configuration=configuration, config=config).lead().settle()
    member.step(after=HEARTBEAT)
    return member


def reads_at_once(member: Member) -> bool:
    """Whether a read is answered in its step."""
    return bool(member.step(READ).reads)


# --- when it holds ------------------------------------------------------------------------------


def test_a_round_that_a_quorum_answered_lets_reads_be_answered_at_once() -> None:
    member = leader()
    answer(member, "b")
    out = member.step(READ)
    assert out.reads == [7]
    assert out.sends == []


def test_without_an_answer_there_is_none() -> None:
    assert not reads_at_once(leader())


def test_it_ends_a_while_after_the_beginning_of_the_round() -> None:
    member = leader()
    began = member.now
    answer(member, "b")
    member.now = began + CONFIG.read_lease - SHORT
    assert reads_at_once(member)
    member.now = began + CONFIG.read_lease
    assert not reads_at_once(member)


def test_however_late_the_answer_comes() -> None:
    member = leader()
    began = member.now
    member.now = began + 0.5
    answer(member, "b", member.raft.reads.round)
    member.now = began + CONFIG.read_lease + SHORT
    assert not reads_at_once(member)


def test_each_heartbeat_renews_it_once_it_is_answered() -> None:
    member = leader()
    began = member.now
    for _ in range(30):
        answer(member, "b")
        member.step(after=HEARTBEAT)
        member.receive("c", AppendReply(member.raft.term, True, 0))  # heard, and no round
    assert reads_at_once(member)
    assert member.now > began + CONFIG.read_lease


def test_an_answer_to_an_earlier_round_counts_from_that_one_on() -> None:
    member = leader()
    began, number = member.now, member.raft.reads.round
    for _ in range(5):
        member.step(after=HEARTBEAT)
    answer(member, "c", number)
    member.now = began + CONFIG.read_lease - SHORT
    assert reads_at_once(member)
    member.now = began + CONFIG.read_lease
    assert not reads_at_once(member)


def test_an_answer_between_two_of_its_rounds_counts_from_the_first() -> None:
    member = leader()
    began = member.now
    member.step(READ, after=SHORT)  # a round of a read's own
    answer(member, "b")
    member.now = began + CONFIG.read_lease - SHORT / 2
    assert reads_at_once(member)
    member.now = began + CONFIG.read_lease
    assert not reads_at_once(member)


def test_it_begins_with_the_term() -> None:
    member = Member([1, 1], config=CONFIG).lead()
    began = member.now
    answer(member, "b")
    assert member.raft.commit_index == member.raft.term_start
    member.now = began + CONFIG.read_lease - SHORT
    assert reads_at_once(member)


def test_not_before_an_entry_of_the_term_is_committed() -> None:
    """What earlier leaders committed is known no earlier (paper, section 8)."""
    member = Member([1, 1], config=CONFIG).lead()
    raft = member.raft
    member.receive("b", AppendReply(raft.term, True, raft.term_start - 1, 0, 0, 1))
    assert raft.commit_index < raft.term_start
    assert not reads_at_once(member)


def test_what_is_not_applied_here_yet_is_waited_for() -> None:
    member = leader()
    answer(member, "b")
    member.slow = True
    member.step(Proposed(1, b"x"))
    answer(member, "b")
    answer(member, "c")  # committed, and not durable here
    assert not reads_at_once(member)
    member.persist()
    assert member.out.reads == [7]


def test_a_member_that_asks_is_answered_at_once() -> None:
    member = leader(Configuration.of("abc", "d"))
    answer(member, "b")
    out = member.receive("d", ReadIndex(9))
    assert only(out, ReadIndexReply) == ReadIndexReply(9, member.raft.commit_index)
    assert out.sends[0].to == ("d",)
    assert sent(out, AppendEntries) == []


def test_who_leads_alone_reads_at_once_for_ever() -> None:
    member = Member([1, 1], configuration=Configuration.of("a"), config=CONFIG)
    member.step()
    assert member.raft.role is Role.LEADER
    for _ in range(3):
        assert member.step(READ, after=5.0).reads == [7]


# --- whose answers count ------------------------------------------------------------------------


def test_a_learners_answer_counts_for_nothing() -> None:
    member = leader(Configuration.of("abc", "d"))
    answer(member, "d")
    assert not reads_at_once(member)


def test_of_five_two_others_must_answer() -> None:
    member = leader(Configuration.of("abcde"))
    answer(member, "b")
    assert not reads_at_once(member)
    answer(member, "e")
    assert reads_at_once(member)


def test_while_joint_both_majorities_must_answer() -> None:
    member = leader()
    answer(member, "b")
    answer(member, "c")
    raft = member.raft
    raft.append(
        (configured(raft.log.last_index + 1, raft.term, Configuration.of("ade", (), "abc")),)
    )
    for peer in "de":
        raft.progress[peer] = PeerProgress(1, member.now)
    assert not reads_at_once(member)
    answer(member, "d", raft.reads.round)
    assert reads_at_once(member)


def test_a_leader_that_is_no_voter_any_more_has_none() -> None:
    """The only voter that is left elects itself as soon as it starts, whatever it answered."""
    member = leader()
    answer(member, "b")
    raft = member.raft
    raft.append((configured(raft.log.last_index + 1, raft.term, Configuration.of("b", "ac")),))
    assert not reads_at_once(member)


# --- what ends it -------------------------------------------------------------------------------


def handing_over() -> Member:
    member = leader()
    member.step(PeersChanged(frozenset("bc")))
    answer(member, "b")
    answer(member, "c")
    out = member.step(Asked(TransferRequest("me.1", 1, "c")))
    assert sent(out, TimeoutNow)
    return member


def test_the_word_to_a_successor_ends_it() -> None:
    assert not reads_at_once(handing_over())


def test_for_all_of_the_term_for_the_word_may_be_late() -> None:
    member = handing_over()
    for _ in range(12):
        member.step(after=HEARTBEAT)
        answer(member, "b")
    assert member.raft.transfer is None, "it gave up"
    assert member.raft.role is Role.LEADER
    assert not reads_at_once(member)


def test_the_next_term_has_one_again() -> None:
    member = handing_over()
    member.receive("c", AppendReply(member.raft.term + 1, False, 0))
    member.lead()
    answer(member, "b")
    assert reads_at_once(member)


def test_rounds_of_an_earlier_term_count_for_nothing() -> None:
    member = leader()
    answer(member, "b")
    member.receive("c", AppendReply(member.raft.term + 1, False, 0))
    assert not member.step(READ).reads
    member.lead()
    raft = member.raft
    for peer in "bc":
        member.receive(peer, AppendReply(raft.term, True, raft.log.last_index))
    assert raft.commit_index == raft.term_start
    assert not reads_at_once(member)


def test_who_learns_of_a_newer_term_in_the_step_of_the_question_answers_no_more() -> None:
    member = leader()
    answer(member, "b")
    newer = AppendReply(member.raft.term + 1, False, 0)
    out = member.step(Received("c", newer), READ)
    assert not out.reads


# --- off ----------------------------------------------------------------------------------------


def test_without_the_setting_each_read_has_its_round() -> None:
    member = leader(config=Config())
    assert member.raft.reads.round == 0
    answer(member, "b", 0)
    for _ in range(3):
        assert not reads_at_once(member)
        answer(member, "b")


@pytest.mark.parametrize("make", [leader, handing_over])
def test_what_it_remembers_does_not_grow(make: Callable[[], Member]) -> None:
    member = make()
    for _ in range(100):
        member.step(after=HEARTBEAT)
        answer(member, "b", 0)
    assert member.raft.role is Role.LEADER
    assert len(member.raft.reads.lease._begun) <= CONFIG.read_lease / HEARTBEAT + 1


def test_the_longest_lease_ends_before_a_promise_does_if_clocks_differ_by_a_tenth() -> None:
    config = Config(read_lease=MAX_LEASE * Config().election_timeout)
    slow, fast = 1 / 0.95, 1 / 1.05
    assert config.read_lease * slow < config.election_timeout * fast


def test_a_lease_that_never_began_is_none() -> None:
    member = leader()
    lease = Lease()
    lease.begin(5, member.now, CONFIG.read_lease)
    assert not lease.holds(member.raft, 4)
    assert lease.holds(member.raft, 5)
