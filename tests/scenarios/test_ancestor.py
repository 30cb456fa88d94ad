"""What the ancestor of this project got wrong in consensus and storage, shown right here.

The ancestor is WRaft, in Rust and WebAssembly (github.com/shosti/wraft). Its faults have numbers:
1 to 10 are of consensus, 11 and 14 of storage; each test names its own, and what happened there.
Items 9 to 11 need whole members and are in ``test_ancestor_members``.
What is of the browser, the transport or the introducer is tested where those are.
"""

from collections.abc import Iterator

import pytest

from raft_core.codec import Identity, Step, decode_record
from raft_core.errors import JournalDamaged, UnsupportedVersion
from raft_core.interfaces import Journal
from raft_core.io import Received
from raft_core.journal import restore
from raft_core.messages import (
    AppendEntries,
    AppendReply,
    Entry,
    RequestVote,
    VoteReply,
)
from raft_core.testing.theatre import Theatre
from raft_core.types import Index, NodeId, Role, Term


def led(members: str = "abc") -> Theatre:
    """The first member leads in term 2, and nothing is under way."""
    theatre = Theatre(members)
    theatre.elect(members[0])
    theatre.settle()
    return theatre


# --- 1 ------------------------------------------------------------------------------------------


def test_item_1_after_a_full_restart_new_writes_commit() -> None:
    """There nothing committed ever again: it had no no-op, and stopped at entries of old terms."""
    theatre = led()
    theatre.propose("a", b"old")
    theatre.settle()
    theatre.cut("a", "b")
    theatre.cut("a", "c")
    theatre.propose("a", b"not committed yet")
    theatre.crash(*"abc")
    theatre.heal()
    theatre.restart(*"abc")
    theatre.elect("a")
    theatre.settle()
    write = theatre.propose("a", b"new")
    theatre.settle()
    assert theatre.answer("a", write) is not None
    theatre.wait(theatre.config.heartbeat_interval)
    assert theatre.applied("b") == [b"old", b"not committed yet", b"new"]


# --- 2 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "voter, candidate, elected",
    [
        ([1, 2, 2], [1, 2], False),  # as new a term, but shorter
        ([1, 2, 2], [1, 1, 1, 1], False),  # longer, but of an older term
        ([1, 2, 2], [1, 3], True),  # shorter, but of a newer term
        ([1, 2, 2], [1, 2, 2], True),
        ([1, 2], [1, 2, 2], True),
    ],
)
def test_item_2_a_vote_needs_the_logs_last_term_and_then_its_index(
    voter: list[Term], candidate: list[Term], elected: bool
) -> None:
    """There `last_log_index >= commit_index` was enough, without any term: committed data was lost.

    And the commit index was 0 after a restart, so that an empty log could win.
    """
    theatre = Theatre("abc", logs={"a": candidate, "b": voter}, seen=dict.fromkeys("abc", 3))
    theatre.crash("c")
    assert theatre.campaign("a") is elected


def test_item_2_what_is_committed_survives_a_full_restart_whoever_wins() -> None:
    """There the member that had missed the write could win after it, and deleted it everywhere."""
    theatre = led()
    theatre.crash("c")
    theatre.propose("a", b"committed")
    theatre.settle()
    theatre.crash("a", "b")
    theatre.restart(*"abc")
    assert not theatre.campaign("c")
    theatre.wait(4 * theatre.config.election_timeout_max)
    assert [theatre.applied(member) for member in "abc"] == [[b"committed"]] * 3


# --- 3 ------------------------------------------------------------------------------------------


def test_item_3_a_leader_with_one_entry_meets_an_empty_follower() -> None:
    """There the leader crashed: it reckoned with an index below the first."""
    theatre = Theatre("abc", logs={"a": [1], "b": [], "c": []})
    theatre.elect("a")
    theatre.settle()
    assert theatre.terms("b") == theatre.terms("c") == theatre.terms("a") == [1, 2]


@pytest.mark.parametrize("conflicting", [1, 2, 3, 20])
def test_item_3_a_follower_with_a_conflict_of_many_entries(conflicting: int) -> None:
    """There a follower crashed on a conflict of two entries or more."""
    theirs = [1, *[2] * conflicting]
    theatre = Theatre("abc", logs={"a": [1, 3, 3], "b": theirs, "c": theirs[:2]})
    theatre.elect("a")
    theatre.settle()
    assert theatre.terms("b") == theatre.terms("c") == theatre.terms("a") == [1, 3, 3, 4]
    theatre.crash("b")
    theatre.restart("b")
    assert theatre.terms("b") == [1, 3, 3, 4]


# --- 4 ------------------------------------------------------------------------------------------


def test_item_4_a_second_write_in_flight_does_not_wait_for_a_heartbeat() -> None:
    """There it waited 100 ms for it."""
    theatre = led()
    before = theatre.now
    writes = [theatre.propose("a", b"1"), theatre.propose("a", b"2")]
    theatre.settle()
    assert all(theatre.answer("a", write) is not None for write in writes)
    assert theatre.now == before


# --- 5 ------------------------------------------------------------------------------------------


def test_item_5_an_isolated_leader_steps_down() -> None:
    """There it led on for ever."""
    theatre = led()
    theatre.isolate("a")
    theatre.wait(2 * theatre.config.election_timeout)
    assert theatre.raft("a").role is not Role.LEADER
    assert theatre.raft("a").leader is None


def test_item_5_a_strangers_vote_does_not_count() -> None:
    """There votes were counted, whoever sent them."""
    theatre = Theatre("abcxy", voters="abc")
    theatre.crash("b", "c")
    assert not theatre.campaign("a")
    for stranger in "xy":
        theatre.step("a", Received(stranger, VoteReply(2, granted=True, pre=True)))
    assert theatre.raft("a").role is Role.PRE_CANDIDATE
    theatre.step("a", Received("b", VoteReply(2, granted=True, pre=True)))
    for stranger in "xy":
        theatre.step("a", Received(stranger, VoteReply(2, granted=True, pre=False)))
    assert theatre.raft("a").role is Role.CANDIDATE


# --- 6 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["a", "b"])
def test_item_6_a_crash_at_any_point_finds_a_term_with_its_vote(who: NodeId) -> None:
    """There they were separate writes, the vote erased first: a crash between let it vote twice.

    Here they are one record. ``a`` stood for election, ``b`` voted for it.
    """
    theatre = Theatre("abc")
    theatre.elect("a")
    records = theatre.records(who)
    states = [
        restore(Journal(tuple(records[:number])), who) for number in range(2, len(records) + 1)
    ]
    votes = {(state.term, state.voted_for) for state in states}
    assert votes == {(1, None), (2, "a")}, "no state has the term without the vote"


def test_item_6_before_the_record_is_durable_nobody_hears_of_the_vote() -> None:
    """There the vote could be told, and forgotten."""
    theatre = Theatre("abc")
    theatre.crash("c")
    theatre.slow("b")
    assert not theatre.campaign("a")
    assert theatre.raft("b").voted_for == "a"
    theatre.crash("b")
    theatre.restart("b")
    assert theatre.raft("b").voted_for is None
    assert theatre.raft("a").role is Role.CANDIDATE, "it was not told of a vote that is forgotten"


# --- 7 ------------------------------------------------------------------------------------------


def stale(theatre: Theatre) -> AppendEntries:
    """What a leader of term 1 would send."""
    return AppendEntries(1, 1, 1, 9, (Entry(2, 1, 1, b"stale"),))


def memory(theatre: Theatre, who: NodeId) -> tuple[object, ...]:
    raft = theatre.raft(who)
    return (
        *(raft.role, raft.term, raft.voted_for, raft.leader, raft.commit_index),
        *(raft.election_deadline, raft.leader_heard, theatre.terms(who)),
    )


def test_item_7_a_stale_append_entries_changes_nothing_timers_included() -> None:
    """There it reset the timer."""
    theatre = led()
    before = memory(theatre, "b")
    theatre.now += theatre.config.election_timeout / 2
    theatre.step("b", Received("c", stale(theatre)))
    assert memory(theatre, "b") == before


def test_item_7_nor_does_it_demote_a_candidate() -> None:
    """There it did."""
    theatre = led()
    theatre.crash("a")
    theatre.slow("b")
    assert not theatre.campaign("b")
    assert theatre.raft("b").role is Role.CANDIDATE
    before = memory(theatre, "b")
    theatre.step("b", Received("a", stale(theatre)))
    assert memory(theatre, "b") == before


def test_item_7_replies_carry_the_term_of_who_replies() -> None:
    """There they carried wrong terms, so that an old leader did not learn that it was one."""
    theatre = led()
    theatre.step("b", Received("c", stale(theatre)))
    assert theatre.waiting("b", "c") == [AppendReply(2, False, 1, 1, 1)]
    theatre.lose("b", "c")
    theatre.step("b", Received("c", RequestVote(1, 9, 9, pre=False)))
    assert theatre.waiting("b", "c") == [VoteReply(2, False, pre=False)]


def test_item_7_a_granted_vote_resets_the_timer_and_a_refused_one_does_not() -> None:
    """There it did not, and voters stood against those whom they had just elected."""
    theatre = Theatre("abc", logs={"b": [1, 1]})
    theatre.now += theatre.config.election_timeout / 2
    before = theatre.raft("b").election_deadline
    theatre.step("b", Received("a", RequestVote(2, 1, 1, pre=False)))
    assert theatre.raft("b").voted_for is None, "its log is the longer one"
    assert theatre.raft("b").election_deadline == before
    theatre.step("b", Received("a", RequestVote(2, 2, 1, pre=False)))
    assert theatre.raft("b").voted_for == "a"
    assert theatre.raft("b").election_deadline >= theatre.now + theatre.config.election_timeout


# --- 8 ------------------------------------------------------------------------------------------


def test_item_8_a_window_that_returns_does_not_raise_the_term() -> None:
    """There was no pre-vote: each window that came back deposed the leader."""
    theatre = led()
    theatre.isolate("c")
    theatre.wait(30 * theatre.config.election_timeout)
    theatre.heal()
    theatre.wait(3 * theatre.config.election_timeout)
    assert theatre.leaders() == ["a"]
    assert [theatre.raft(member).term for member in "abc"] == [2, 2, 2]


def test_item_8_a_log_far_behind_is_not_found_one_entry_at_a_time() -> None:
    """There the leader went back by one entry a round trip."""
    theatre = Theatre("abc", logs={"a": [1, *[2] * 200], "b": [1, *[2] * 200], "c": [1]})
    theatre.elect("a")
    theatre.delivered.clear()
    theatre.settle()
    assert theatre.terms("c") == theatre.terms("a")
    refused = [
        message
        for sender, _, message in theatre.delivered
        if sender == "c" and isinstance(message, AppendReply) and not message.accepted
    ]
    assert len(refused) == 1


# --- 14 -----------------------------------------------------------------------------------------


def flips(records: list[bytes]) -> Iterator[tuple[int, Index, list[bytes]]]:
    """Every journal that differs in one byte, with the places of its record and of the byte."""
    for number, record in enumerate(records):
        for place in range(len(record)):
            flipped = bytearray(record)
            flipped[place] ^= 0x10
            yield number, place, [*records[:number], bytes(flipped), *records[number + 1 :]]


def test_item_14_every_record_has_version_and_checksum_and_a_flipped_byte_is_found() -> None:
    """There was neither: damage was applied as if it were data."""
    theatre = led()
    theatre.propose("a", b"x")
    theatre.settle()
    records = theatre.records("b")
    assert len(records) >= 4
    kinds = [type(decode_record(record)) for record in records]
    assert kinds == [Identity, *[Step] * (len(records) - 1)]
    for number, place, damaged in flips(records):
        with pytest.raises((JournalDamaged, UnsupportedVersion)) as caught:
            restore(Journal(damaged), "b")
        assert f"record {number + 1} of {len(records)}" in str(caught.value), place


@pytest.mark.parametrize("change", ["missing", "doubled", "swapped"])
def test_item_14_so_are_records_that_are_missing_doubled_or_swapped(change: str) -> None:
    """There nothing told one record from the next."""
    theatre = led()
    for data in (b"1", b"2", b"3"):
        theatre.propose("a", data)
    records = theatre.records("a")
    if change == "missing":
        del records[3]
    elif change == "doubled":
        records.insert(3, records[3])
    else:
        records[3], records[4] = records[4], records[3]
    with pytest.raises(JournalDamaged, match=r"record (4|5) of"):
        restore(Journal(tuple(records)), "a")
