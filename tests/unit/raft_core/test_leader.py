"""A leader replicates, commits, answers and steps down. Its members are in test_leader_members."""

import pytest

from raft_core.config import Config
from raft_core.io import (
    Applied,
    PeersChanged,
    Persisted,
    Proposed,
    Resolved,
    Unreachable,
)
from raft_core.membership import Configuration
from raft_core.messages import (
    APPLIED,
    OVERLOADED,
    UNKNOWN,
    Answer,
    AppendEntries,
    AppendReply,
    Forward,
    ForwardedProposal,
    ForwardReply,
)
from raft_core.progress import PROBE, REPLICATE
from raft_core.types import NodeId, Role
from tests.unit.raft_core.support import Member, append, indexes, only, sent, terms

HEARTBEAT = Config().heartbeat_interval
NOTICE = Config().commit_notice_delay


def leader(
    log: list[int] | None = None, config: Config | None = None, *, slow: bool = False
) -> Member:
    """Of "abc", in term 3, with its no-op as the last entry; nobody has answered yet."""
    return Member(log or [1, 2], config=config, slow=slow).lead()


def settled(config: Config | None = None) -> Member:
    """The same, and everybody has everything."""
    member = leader(config=config).settle()
    member.step(after=NOTICE)
    return member


def replicated(member: Member) -> dict[NodeId, list[list[int]]]:
    """The indexes of the entries in each message of the last output, by peer."""
    found: dict[NodeId, list[list[int]]] = {}
    for send in member.out.sends:
        assert isinstance(send.message, AppendEntries)
        for peer in send.to:
            found.setdefault(peer, []).append(indexes(send.message.entries))
    return found


def propose(member: Member, count: int = 1, size: int = 1) -> None:
    """As many proposals in one step; ``out`` is what came of it before anything was durable."""
    member.slow = True
    first = member.raft.log.last_index
    member.step(*(Proposed(number, bytes(size)) for number in range(first, first + count)))


# --- replication --------------------------------------------------------------------------------


def test_a_new_leader_asks_each_for_the_entry_before_its_noop() -> None:
    member = leader()
    assert {peer: progress.next_index for peer, progress in member.raft.progress.items()} == {
        "b": 4,
        "c": 4,
    }
    assert {progress.state for progress in member.raft.progress.values()} == {PROBE}


def test_peers_at_the_same_place_share_a_message() -> None:
    member = settled()
    propose(member, 2)
    assert [send.to for send in member.out.sends] == [("b", "c")]
    assert only(member.out, AppendEntries) == AppendEntries(
        3, 4, 3, 4, tuple(member.raft.log.slice(5, 7))
    )


def test_peers_at_different_places_get_messages_of_their_own() -> None:
    member = leader()
    member.accept("b")
    propose(member)
    assert replicated(member) == {"b": [[5]]}
    member.step(after=HEARTBEAT)
    assert replicated(member) == {"b": [[]], "c": [[]]}
    member.accept("c", 3)
    assert replicated(member) == {"c": [[4, 5]]}


def test_a_write_does_not_wait_for_the_answer_to_the_one_before() -> None:
    # The ancestor let it wait for the next heartbeat.
    member = settled()
    for index in (5, 6, 7):
        propose(member)
        assert replicated(member) == {"b": [[index]], "c": [[index]]}


def test_a_probe_waits_for_its_answer_and_heartbeats_ask_again_without_entries() -> None:
    member = leader()
    propose(member)
    assert replicated(member) == {}
    member.step(after=HEARTBEAT)
    assert replicated(member) == {"b": [[]], "c": [[]]}
    member.step(Proposed(9, b""))
    assert replicated(member) == {}
    member.accept("b", 3)
    assert replicated(member) == {"b": [[4, 5, 6]]}


def test_an_answer_opens_the_window_and_all_that_is_missing_follows() -> None:
    member = leader()
    propose(member, 3)
    member.accept("b", 4)
    assert replicated(member) == {"b": [[5, 6, 7]]}


def test_the_window_bounds_messages() -> None:
    member = settled(Config(max_inflight_messages=3, max_append_entries=2))
    propose(member, 10)
    assert replicated(member)["b"] == [[5, 6], [7, 8], [9, 10]]
    member.accept("b", 6)
    assert replicated(member)["b"] == [[11, 12]]
    member.accept("b", 10)
    assert replicated(member)["b"] == [[13, 14]]


def test_the_window_bounds_bytes() -> None:
    member = settled(Config(max_inflight_bytes=100, max_append_bytes=80))
    propose(member, 10, size=50)
    assert replicated(member)["b"] == [[5], [6]]
    member.accept("b", 5)
    assert replicated(member)["b"] == [[7]]


def test_a_message_holds_entries_up_to_a_limit_of_bytes() -> None:
    member = settled(Config(max_append_bytes=3 * (10 + 25)))
    propose(member, 7, size=10)
    assert replicated(member)["b"] == [[5, 6, 7], [8, 9, 10], [11]]


def test_a_single_entry_over_that_limit_goes_alone() -> None:
    member = settled(Config(max_append_bytes=100))
    propose(member, 3, size=500)
    assert replicated(member)["b"] == [[5], [6], [7]]


def test_a_refused_probe_goes_on_from_the_hint() -> None:
    member = leader([1, 1, 2, 2, 2])
    member.receive("b", AppendReply(3, False, 6, 4, 1))
    assert replicated(member) == {"b": [[4, 5, 6, 7]]}


def test_a_refusal_out_of_date_is_passed_over() -> None:
    member = leader()
    member.receive("b", AppendReply(3, False, 1, 0, 0))
    assert replicated(member) == {}
    member = settled()
    member.receive("b", AppendReply(3, False, 2, 0, 0))
    assert sent(member.out, AppendEntries) == []
    assert member.raft.progress["b"].state is REPLICATE


def test_an_answer_of_more_than_there_is_is_passed_over() -> None:
    member = leader()
    member.accept("b", 99)
    assert member.raft.progress["b"].match_index == 0
    assert member.raft.commit_index == 0


@pytest.mark.parametrize("accepted", [True, False])
def test_a_strangers_answer_is_passed_over(accepted: bool) -> None:
    member = leader()
    member.receive("x", AppendReply(3, accepted, 4))
    assert member.raft.progress.keys() == {"b", "c"}
    assert member.raft.commit_index == 0


@pytest.mark.parametrize(
    "theirs",
    [
        [1, 1, 1, 4, 4, 5, 5, 6, 6],
        [1, 1, 1, 4],
        [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
        [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
        [1, 1, 1, 4, 4, 4, 4],
        [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
        [1],
    ],
    ids=[*"abcdef", "new"],
)
def test_a_leader_repairs_every_log_of_figure_7_in_few_round_trips(theirs: list[int]) -> None:
    ours = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6]
    leading = Member(ours[1:], term=7).lead()
    following = Member(theirs[1:], node_id="b", term=7)
    out, trips = leading.step(after=HEARTBEAT), 0
    while terms(following.raft) != [*ours, 8]:
        (message,) = [send.message for send in out.sends if "b" in send.to]
        (reply,) = [send.message for send in following.receive("a", message).sends]
        out = leading.receive("b", reply)
        trips += 1
    assert trips <= 3
    assert leading.raft.progress["b"].match_index == 11


# --- commit -------------------------------------------------------------------------------------


def test_an_entry_commits_once_a_majority_has_it_durable() -> None:
    member = settled()
    propose(member)
    member.accept("b")
    assert member.raft.commit_index == 4  # two have it, but this one's disk is slow
    member.accept("c")
    assert member.raft.commit_index == 5  # two others have it


def test_its_own_disk_counts_as_one() -> None:
    member = settled()
    propose(member)
    member.accept("b")
    out = member.persist()
    assert member.raft.commit_index == 5
    assert indexes(out.apply) == [5]
    assert out.resolved == [Resolved(5, "", 4)]


def test_what_is_committed_by_others_is_applied_once_it_is_durable_here() -> None:
    member = settled()
    propose(member)
    assert member.accept("b").apply == ()
    assert member.accept("c").apply == ()
    out = member.persist()
    assert (indexes(out.apply), out.resolved) == ([5], [Resolved(5, "", 4)])


def test_entries_of_older_terms_commit_only_with_one_of_this_term() -> None:
    # Figure 8: what a majority has of an older term may still be overwritten.
    member = leader()
    member.accept("b", 3)
    member.accept("c", 3)
    assert member.raft.commit_index == 0
    out = member.accept("b", 4)
    assert member.raft.commit_index == 4
    assert indexes(out.apply) == [1, 2, 3, 4]


def test_after_a_full_restart_the_noop_commits_all_that_was_there() -> None:
    member = Member([1, 2, 2, 2], term=5)
    assert member.raft.commit_index == 0
    member.lead().settle()
    assert member.raft.applied_index == 6


def test_followers_hear_of_a_commit_with_the_next_entries() -> None:
    member = settled()
    propose(member)
    member.persist()
    member.accept("b")
    propose(member)
    assert only(member.out, AppendEntries).commit_index == 5


def test_or_by_a_message_of_its_own_if_there_are_none_soon() -> None:
    member = settled()
    propose(member)
    member.persist()
    out = member.accept("b")
    assert out.deadline == pytest.approx(member.now + NOTICE)
    out = member.step(after=NOTICE)
    assert [send.to for send in out.sends] == [("b", "c")]
    assert only(out, AppendEntries) == AppendEntries(3, 5, 3, 5, ())
    assert out.deadline > member.now + NOTICE


def test_who_knows_already_gets_no_such_message() -> None:
    member = settled()
    propose(member)
    member.persist()
    member.accept("b")
    member.step(Applied((("b", Answer(1, APPLIED)),)))
    out = member.step(after=NOTICE)
    assert [send.to for send in out.sends] == [("c",)]


def test_who_is_not_known_to_follow_gets_no_such_message() -> None:
    member = leader()
    member.accept("b")
    assert member.raft.commit_index == 4
    out = member.step(after=NOTICE)
    assert [send.to for send in out.sends] == [("b",)]


# --- proposals and answers ----------------------------------------------------------------------


def test_proposals_get_places_in_their_order() -> None:
    member = settled()
    member.slow = True
    out = member.step(Proposed(7, b"x"), Proposed(8, b"y"))
    assert out.write is not None
    assert [(entry.index, entry.data) for entry in out.write.entries] == [(5, b"x"), (6, b"y")]


def test_the_proposer_is_named_when_its_entry_is_applied() -> None:
    member = settled()
    member.receive("b", Forward((ForwardedProposal(70, b"x"),)))
    member.step(Proposed(7, b"y"))
    out = member.accept("c")
    assert indexes(out.apply) == [5, 6]
    assert out.resolved == [Resolved(5, "b", 70), Resolved(6, "", 7)]


def test_the_results_go_to_the_proposers_with_what_is_committed() -> None:
    member = settled()
    member.receive("b", Forward((ForwardedProposal(70, b"x"),)))
    member.accept("c", 5)
    out = member.step(
        Applied(
            (
                ("b", Answer(70, APPLIED, b"r")),
                ("x", Answer(9, APPLIED)),
                ("b", Answer(71, APPLIED)),
            )
        )
    )
    assert [(send.to, send.after) for send in out.sends] == [(("b",), 0), (("x",), 0)]
    # b has not answered for entry 5, and x is no member: neither may count on it.
    assert sent(out, ForwardReply) == [
        ForwardReply(3, 4, (Answer(70, APPLIED, b"r"), Answer(71, APPLIED))),
        ForwardReply(3, 0, (Answer(9, APPLIED),)),
    ]


def test_results_that_do_not_fit_into_one_message_go_in_more() -> None:
    member = settled(Config(max_append_bytes=100))
    results = tuple(("b", Answer(number, APPLIED, bytes(60))) for number in range(3))
    out = member.step(Applied(results))
    assert [len(reply.answers) for reply in sent(out, ForwardReply)] == [1, 1, 1]


def test_over_the_limit_of_what_may_be_uncommitted_proposals_are_refused() -> None:
    member = settled(Config(max_uncommitted_bytes=100, max_proposal_bytes=100))
    member.slow = True
    out = member.step(*(Proposed(number, bytes(40)) for number in range(4)), Proposed(9, bytes(20)))
    assert indexes(member.raft.log.slice(5, 99)) == [5, 6, 7]
    assert out.answers == [Answer(2, OVERLOADED), Answer(3, OVERLOADED)]
    out = member.receive("b", Forward((ForwardedProposal(70, b"x"),)))
    assert sent(out, ForwardReply) == [ForwardReply(3, 0, (Answer(70, OVERLOADED),))]
    member.persist()
    member.accept("b")
    assert member.raft.uncommitted_bytes == 0
    assert member.step(Proposed(10, bytes(100))).answers == ()


def test_a_new_leader_reckons_with_what_it_found_uncommitted() -> None:
    member = leader([1, 2, 2])
    configuration_bytes = len(member.raft.log.entry(1).data)
    assert member.raft.uncommitted_bytes == configuration_bytes + 3
    member.settle()
    assert member.raft.uncommitted_bytes == 0


@pytest.mark.parametrize("size,appended", [(1000, True), (1001, False)])
def test_a_peers_proposal_over_the_limit_is_refused(size: int, appended: bool) -> None:
    # An entry too large for the transport would stop whoever leads, one leader after the other.
    member = settled(Config(max_proposal_bytes=1000))
    out = member.receive("b", Forward((ForwardedProposal(70, bytes(size)),)))
    assert (member.raft.log.last_index == 5) is appended
    refusals = [] if appended else [ForwardReply(3, 0, (Answer(70, OVERLOADED),))]
    assert sent(out, ForwardReply) == refusals


# --- heartbeats, check-quorum, the end ------------------------------------------------------------


def test_each_hears_of_it_at_every_heartbeat() -> None:
    member = settled()
    for _ in range(3):
        out = member.step(after=HEARTBEAT)
        assert out.deadline == pytest.approx(member.now + HEARTBEAT)
        assert [send.to for send in out.sends] == [("b", "c")]
        assert only(out, AppendEntries) == AppendEntries(3, 4, 3, 4, ())


def test_a_full_window_is_no_reason_for_silence() -> None:
    member = settled(Config(max_inflight_messages=1))
    propose(member)
    propose(member)
    member.step(after=HEARTBEAT)
    assert replicated(member) == {"b": [[]], "c": [[]]}


def test_a_heartbeat_to_one_that_is_probed_is_a_question_too() -> None:
    member = settled()
    member.step(PeersChanged(frozenset("bc")))
    member.step(after=HEARTBEAT)
    assert replicated(member) == {"b": [[]], "c": [[]]}
    member.accept("b")
    assert member.raft.progress["b"].state is REPLICATE


def test_without_answers_it_leads_no_longer_than_an_election_timeout() -> None:
    # The ancestor's leader led on for ever, alone.
    member = settled()
    led = 0.0
    while member.raft.role is Role.LEADER:
        member.step(after=HEARTBEAT)
        led += HEARTBEAT
    assert led <= Config().election_timeout + HEARTBEAT
    assert (member.raft.leader, member.raft.term, member.raft.progress) == (None, 3, {})
    assert member.raft.election_deadline > member.now


@pytest.mark.parametrize("reply", [AppendReply(3, True, 1), AppendReply(3, False, 9)])
def test_any_answer_of_a_majority_is_enough(reply: AppendReply) -> None:
    member = settled()
    for _ in range(30):
        member.receive("b", reply, after=HEARTBEAT)
    assert member.raft.role is Role.LEADER


def test_learners_do_not_hold_it_up() -> None:
    member = Member([1], configuration=Configuration.of("abc", "l")).lead().settle()
    for _ in range(20):
        member.accept("l")
        member.step(after=HEARTBEAT)
    assert member.raft.role is Role.FOLLOWER


def test_a_window_that_slept_counts_what_came_first() -> None:
    member = settled()
    assert member.receive("b", AppendReply(3, True, 4), after=3600.0).role is None
    assert member.step(after=3600.0).role is Role.FOLLOWER


def test_a_leader_that_goes_says_of_its_own_proposals_that_the_outcome_is_unknown() -> None:
    member = settled()
    member.slow = True
    member.step(Proposed(7, b"x"))
    member.receive("b", Forward((ForwardedProposal(70, b"y"), ForwardedProposal(71, b"z"))))
    out = member.receive("c", append(9))
    assert out.answers == [Answer(7, UNKNOWN)]
    assert sent(out, ForwardReply) == []
    assert member.raft.pending == {}


def test_results_of_a_leader_that_went_still_reach_their_proposers() -> None:
    member = settled()
    member.receive("c", append(9, 4, 3))
    member.slow = True
    out = member.step(Applied((("b", Answer(70, APPLIED, b"r")),)))
    assert sent(out, ForwardReply) == [ForwardReply(9, 0, (Answer(70, APPLIED, b"r"),))]


# --- links --------------------------------------------------------------------------------------


def test_what_was_not_sent_is_not_sent_again_before_the_next_heartbeat() -> None:
    member = settled()
    propose(member)
    member.step(Unreachable("b"))
    propose(member)
    assert replicated(member) == {"c": [[6]]}
    member.step(after=HEARTBEAT)
    assert replicated(member)["b"] == [[5, 6]]


def test_on_a_new_link_it_asks_at_once() -> None:
    member = settled()
    propose(member)
    member.step(Unreachable("b"))
    member.step(PeersChanged(frozenset("bc")))
    assert replicated(member) == {"b": [[5]], "c": [[5]]}


def test_on_a_new_link_nobody_is_asked_who_has_all() -> None:
    member = settled()
    member.step(PeersChanged(frozenset("bcx")))
    assert "b" not in replicated(member)
    assert member.raft.progress["b"].next_index == 5


def test_strangers_that_go_are_nothing_to_it() -> None:
    member = settled()
    member.step(Unreachable("x"))
    assert member.raft.progress.keys() == {"b", "c"}
    assert member.step(Persisted(0)).sends == []
