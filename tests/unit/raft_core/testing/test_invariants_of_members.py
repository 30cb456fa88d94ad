"""The invariants of changes of members and of hand-overs: what breaks each, and what does not."""

from collections.abc import Sequence
from math import inf

import pytest
from msgspec.structs import replace

from raft_core.io import Checkpoint, Output, Send
from raft_core.membership import Configuration, encode_configuration
from raft_core.messages import (
    CONFIGURATION,
    AppendEntries,
    AppendReply,
    Entry,
    Message,
    Removal,
    RequestVote,
    TimeoutNow,
    VoteReply,
)
from raft_core.snapshot import Snapshot
from raft_core.testing.invariants import ConfigurationSafety, InvariantViolated, Transfers
from raft_core.types import Role
from tests.unit.raft_core.testing.histories import Fake, durable, leader, log, wrote

of = Configuration.of


def change(index: int, configuration: Configuration) -> Entry:
    return Entry(index, 1, CONFIGURATION, encode_configuration(configuration))


def begun(*configurations: Configuration) -> ConfigurationSafety:
    """A history in which "a" has these in its log."""
    invariant = ConfigurationSafety()
    invariant.started(Fake(), durable("a"))
    invariant.stepped(Fake(), wrote(*map(change, range(1, 9), configurations)))
    return invariant


# --- members change step by step -----------------------------------------------------------------


@pytest.mark.parametrize(
    "steps",
    [
        [of("a"), of("a", "bc"), of("abc", "", "a"), of("abc"), of("abc", "d")],
        [of("abc"), of("ab", "", "abc", "c"), of("ab", "c")],
        [replace(of("abc"), change="x.1"), replace(of("abc", "d"), change="x.1")],
        [of("abc"), replace(of("ab", "", "abc"), excluded=("c",))],
    ],
)
def test_steps_whose_majorities_overlap(steps: Sequence[Configuration]) -> None:
    begun(*steps)


@pytest.mark.parametrize(
    "steps,why",
    [
        ([of("a"), of("abc")], "majorities do not overlap"),
        ([of("abc"), of("cde", "", "ab")], "majorities do not overlap"),
        ([of("abc", "", "a"), of("abcde", "", "abc")], "majorities do not overlap"),
        ([of("abc", "", "a"), of("a")], "majorities do not overlap"),
        ([replace(of("ab"), excluded=("c",)), of("ab")], "takes back who was excluded"),
        ([replace(of("abc"), excluded=("c",))], "excludes its own members"),
        (
            [replace(of("a"), change=name) for name in ("x.1", "y.1", "x.1")],
            "the change x.1 is made once more",
        ),
    ],
)
def test_steps_that_break_it(steps: Sequence[Configuration], why: str) -> None:
    with pytest.raises(InvariantViolated, match=why):
        begun(*steps)


def test_after_a_truncation_the_earlier_one_counts() -> None:
    invariant = begun(of("a"), of("abc", "", "a"))
    invariant.stepped(Fake(), wrote(change(2, of("ade", "", "a")), truncate_from=2))


def test_a_checkpoint_begins_with_the_configuration_of_its_snapshot() -> None:
    invariant = begun(of("a"))
    snapshot = Snapshot(7, 1, 5, of("xyz"), b"")
    written = Checkpoint(2, 1, None, snapshot, 7, 1, (change(8, of("x", "", "xyz")),), 7)
    invariant.stepped(Fake(), Output(inf, written))
    with pytest.raises(InvariantViolated, match="majorities"):
        invariant.stepped(Fake(), wrote(change(9, of("z"))))


# --- those who are out ---------------------------------------------------------------------------

WITHOUT_C = replace(of("ab"), excluded=("c",))


JOINT = replace(of("ab", "", "abc"), excluded=("c",))


def committed(*more: Configuration) -> ConfigurationSafety:
    """A leader has committed that "c" is out, in entry 3, and perhaps appended more at once."""
    invariant = begun(of("abc"), JOINT, WITHOUT_C, *more)
    in_force = more[-1] if more else WITHOUT_C
    invariant.stepped(leader("a", 1, commit_index=3, configuration=in_force), wrote())
    return invariant


def test_nobody_is_out_before_a_leader_has_it_committed() -> None:
    with pytest.raises(InvariantViolated, match="takes itself for removed"):
        begun(of("abc")).stepped(Fake(removed=True), wrote())
    with pytest.raises(InvariantViolated, match="for out too early"):
        begun(of("abc")).stepped(Fake(excluded=frozenset("c")), wrote())
    half_way = begun(of("abc"), JOINT)
    half_way.stepped(leader("a", 1, commit_index=2, configuration=JOINT), wrote())
    with pytest.raises(InvariantViolated, match="for out too early"):
        half_way.stepped(Fake(excluded=frozenset("c")), wrote())
    for history in (committed(), committed(replace(WITHOUT_C, learners=("d",)))):
        history.started(Fake("c"), durable("c"))
        history.stepped(Fake("c", removed=True), wrote())


def test_a_leader_may_have_it_committed_and_resign_in_one_step() -> None:
    after = Fake("a", commit_index=3, configuration=WITHOUT_C, excluded=frozenset("c"))
    with pytest.raises(InvariantViolated, match="for out too early"):
        begun(of("abc"), JOINT, WITHOUT_C).stepped(after, wrote())
    history = begun(of("abc"), JOINT, WITHOUT_C)
    history.stepped(leader("a", 1, commit_index=2, configuration=WITHOUT_C), wrote())
    history.stepped(after, wrote())


@pytest.mark.parametrize(
    "message,holds",
    [(VoteReply(1, True, False), False), (AppendReply(1, True, 1), False), (Removal(1), True)],
)
def test_who_is_out_is_not_heard_but_told(message: Message, holds: bool) -> None:
    invariant = committed()
    member = Fake(excluded=frozenset("c"))
    out = Output(inf, sends=[Send(("c",), message)])
    if holds:
        invariant.stepped(member, out)
        return
    invariant.stepped(replace(member, leader="c"), out)  # one that leaves, and leads until then
    with pytest.raises(InvariantViolated, match="heeds"):
        invariant.stepped(member, out)


# --- hand-overs ----------------------------------------------------------------------------------


def hand_over(commit_index: int, *terms: int) -> Transfers:
    """ "a" leads term 1; "b" has entries of these terms."""
    members = {"a": Fake("a", Role.LEADER, 1, "a", commit_index=commit_index, log=log(1, 1))}
    return Transfers(members, {"a": durable("a", 1, 1), "b": durable("b", *terms)})


def test_a_successor_has_what_is_committed() -> None:
    hand_over(1, 1).transmitted(durable("a", 1, 1), "b", TimeoutNow(1))
    with pytest.raises(InvariantViolated, match="committed is all up to 2"):
        hand_over(2, 1).transmitted(durable("a", 1, 1), "b", TimeoutNow(1))


def test_who_claims_the_leaders_wish_was_told_so_by_the_leader_of_the_term_before() -> None:
    vote = RequestVote(2, 1, 1, False, True)
    invariant = hand_over(1, 1)
    with pytest.raises(InvariantViolated, match="was never told"):
        invariant.transmitted(durable("b", 1), "c", vote)
    invariant.transmitted(durable("a", 1, 1), "b", TimeoutNow(1))
    invariant.transmitted(durable("b", 1), "c", vote)
    with pytest.raises(InvariantViolated, match="was never told"):
        invariant.transmitted(durable("b", 1), "c", replace(vote, term=3))
    invariant.transmitted(durable("b", 1), "c", RequestVote(9, 1, 1, True))
    invariant.transmitted(durable("b", 1), "c", AppendEntries(2, 0, 0, 0, ()))
