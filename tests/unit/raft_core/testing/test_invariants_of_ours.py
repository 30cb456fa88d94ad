"""Each invariant sees a history that breaks it, and lets its subtle neighbour pass.

Here those that figure 3 of the paper does not name.
"""

import pytest

from raft_core.codec import Standing, Step
from raft_core.log import Log
from raft_core.membership import Configuration, encode_configuration
from raft_core.messages import (
    CONFIGURATION,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardReply,
    Message,
    RequestVote,
    VoteReply,
)
from raft_core.snapshot import Snapshot
from raft_core.testing.invariants import (
    Invariants,
    InvariantViolated,
    LeaderCompleteness,
    Majorities,
    Monotonic,
    SentAfterWrite,
    Suspicion,
    VoteStability,
)
from raft_core.testing.invariants.exactly_once import ExactlyOnce
from raft_core.testing.invariants.linearizable_reads import LinearizableReads
from raft_core.testing.view import Durable
from raft_core.types import Role
from tests.unit.raft_core.testing.histories import (
    ABC,
    NOTHING,
    Fake,
    durable,
    entry,
    leader,
    log,
    wrote,
)

# --- monotonic -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "after,why",
    [
        (Fake(term=2, commit_index=1, durable_index=1, log=log(1)), "goes back from 3 to 2"),
        (Fake(term=3, commit_index=0, durable_index=1, log=log(1)), "goes back from 1 to 0"),
        (Fake(term=3, commit_index=2, durable_index=1, log=log(1)), "its log ends at 1"),
        (Fake(term=3, commit_index=1, durable_index=2, log=log(1)), "its log ends at 1"),
    ],
)
def test_what_goes_back(after: Fake, why: str) -> None:
    invariant = Monotonic()
    before = Fake(term=3, commit_index=1, durable_index=1, log=log(1))
    invariant.started(before, durable("a"))
    invariant.stepped(before, NOTHING)
    with pytest.raises(InvariantViolated, match=why):
        invariant.stepped(after, NOTHING)


@pytest.mark.parametrize(
    "message",
    [
        AppendEntries(3, 0, 0, 0, ()),
        AppendReply(3, True, 0),
        ForwardReply(3, 0, ()),
        RequestVote(3, 0, 0, False),
    ],
)
def test_a_term_that_was_told_is_not_forgotten(message: Message) -> None:
    invariant = Monotonic()
    invariant.transmitted(durable("a", term=3), "b", message)
    invariant.started(Fake(term=3), durable("a"))
    with pytest.raises(InvariantViolated, match="has spoken in term 3"):
        invariant.started(Fake(term=2), durable("a"))


def test_a_term_that_was_only_asked_about_may_be_forgotten() -> None:
    invariant = Monotonic()
    invariant.transmitted(durable("a", term=2), "b", RequestVote(3, 0, 0, True))
    invariant.started(Fake(term=2), durable("a"))


# --- vote stability --------------------------------------------------------------------------


def test_a_vote_that_changes_in_memory() -> None:
    invariant = VoteStability()
    invariant.started(Fake(voted_for=None), durable("a"))
    invariant.stepped(Fake(voted_for="b"), NOTHING)
    with pytest.raises(InvariantViolated, match="from b to c"):
        invariant.stepped(Fake(voted_for="c"), NOTHING)


def test_two_votes_told_over_a_crash() -> None:
    invariant = VoteStability()
    invariant.transmitted(durable("a"), "b", VoteReply(1, True, False))
    invariant.transmitted(durable("a"), "b", VoteReply(1, True, False))
    invariant.started(Fake(), durable("a"))
    with pytest.raises(InvariantViolated, match="a voted for b and for c in term 1"):
        invariant.transmitted(durable("a"), "c", VoteReply(1, True, False))


@pytest.mark.parametrize("asks", [True, False])
def test_a_candidates_own_vote_counts(asks: bool) -> None:
    invariant = VoteStability()
    invariant.started(Fake(voted_for="a"), durable("a"))
    if asks:
        invariant.transmitted(durable("a"), "b", RequestVote(1, 0, 0, False))
    else:
        invariant.stepped(leader("a", 1), NOTHING)
    with pytest.raises(InvariantViolated, match="a voted for a and for c"):
        invariant.transmitted(durable("a"), "c", VoteReply(1, True, False))


def test_pre_votes_and_refusals_bind_nobody() -> None:
    invariant = VoteStability()
    for to in "bc":
        invariant.transmitted(durable("a"), to, VoteReply(1, True, True))
        invariant.transmitted(durable("a"), to, VoteReply(1, False, False))
    invariant.transmitted(durable("a"), "b", RequestVote(1, 0, 0, True))


# --- nothing sent before its write -----------------------------------------------------------

BEFORE = durable("a", 1, 1, term=2, vote="b")


@pytest.mark.parametrize(
    "to,message",
    [
        ("b", AppendEntries(3, 0, 0, 0, ())),
        ("b", ForwardReply(3, 0, ())),
        ("b", AppendReply(3, False, 0)),
        ("b", AppendReply(2, True, 3)),
        ("b", VoteReply(3, False, False)),
        ("b", VoteReply(3, True, False)),
        ("c", VoteReply(2, True, False)),
        ("b", VoteReply(3, False, True)),
        ("b", RequestVote(2, 2, 1, False)),
        ("b", RequestVote(3, 2, 1, False)),
    ],
)
def test_a_message_that_speaks_of_what_is_not_durable(to: str, message: Message) -> None:
    with pytest.raises(InvariantViolated, match="durable is term 2, vote b, last entry 2"):
        SentAfterWrite().transmitted(BEFORE, to, message)


@pytest.mark.parametrize(
    "message",
    [
        AppendEntries(2, 2, 1, 0, (entry(3, 2),)),
        AppendReply(2, True, 2),
        AppendReply(2, False, 9),
        VoteReply(2, True, False),
        VoteReply(3, True, True),
        RequestVote(3, 2, 1, True),
        Forward(()),
    ],
)
def test_a_message_that_may_leave(message: Message) -> None:
    SentAfterWrite().transmitted(BEFORE, "b", message)


# --- a configuration's majorities ------------------------------------------------------------


def majorities(*states: Durable) -> Majorities:
    return Majorities({state.node_id: state for state in states})


def test_a_leader_that_a_minority_elected() -> None:
    states = durable("a", term=2, vote="a"), durable("b", term=1), durable("c", term=1)
    invariant = majorities(*states)
    invariant.started(Fake(term=1), states[0])
    with pytest.raises(InvariantViolated, match=r"durable votes of \['a'\] alone"):
        invariant.stepped(leader("a", 2), NOTHING)


def test_votes_of_strangers_and_learners_do_not_count() -> None:
    states = [durable(name, term=2, vote="a") for name in "axyz"]
    invariant = majorities(*states)
    member = Fake(configuration=Configuration.of("abc", "x"))
    invariant.started(member, states[0])
    with pytest.raises(InvariantViolated, match="leads term 2"):
        invariant.stepped(leader("a", 2, configuration=member.configuration), NOTHING)


def committing(having: str, configuration: Configuration, *, term: int = 2) -> None:
    states = [
        durable(name, *((1, term) if name in having else (1,)), term=2, vote="a")
        for name in "abcdef"
    ]
    invariant = majorities(*states)
    invariant.started(Fake(configuration=configuration), states[0])
    before = leader("a", 2, log=log(1, term), configuration=configuration)
    invariant.stepped(before, NOTHING)
    after = leader("a", 2, log=log(1, term), configuration=configuration, commit_index=2)
    invariant.stepped(after, NOTHING)


def test_a_commit_needs_a_durable_majority_of_each_half() -> None:
    joint = Configuration.of("ade", (), "abc")
    committing("ab", ABC)
    committing("abd", joint)
    for having, configuration in (("a", ABC), ("ade", ABC), ("ab", joint), ("ade", joint)):
        with pytest.raises(InvariantViolated, match="without a majority"):
            committing(having, configuration)


def leaving(*, compacted: bool) -> None:
    """The leader, a, leaves the joint configuration of entry 1, which b and c have not."""
    joint = Configuration.of("c", (), "abc")
    states = [durable(name, 2, 2, 2, term=2, vote="a") for name in "abc"]
    for state in states[1:]:
        state.entries[0] = entry(1, 1)
    entries = [entry(index, 2) for index in (1, 2, 3)]
    begin = Log(entries[2:], base_index=2, base_term=2) if compacted else Log(entries)
    if compacted:
        states[0].snapshot = Snapshot(2, 2, 1, joint, b"")
    else:
        states[0].entries[0] = changes(joint, 1)
    invariant = majorities(*states)
    invariant.started(Fake(configuration=joint), states[0])
    invariant.stepped(leader("a", 2, log=begin, configuration=joint), NOTHING)
    left = Configuration.of("c", "ab")
    invariant.stepped(leader("a", 2, log=begin, configuration=left, commit_index=3), NOTHING)


def test_a_joint_configuration_is_left_when_both_majorities_have_it() -> None:
    with pytest.raises(InvariantViolated, match="whose entry 1 both majorities do not have"):
        leaving(compacted=False)


def test_what_the_leader_has_compacted_was_looked_at_when_it_was_committed() -> None:
    leaving(compacted=True)


def test_an_old_entry_does_not_commit_by_counting() -> None:
    with pytest.raises(InvariantViolated, match="figure 8"):
        committing("abc", ABC, term=1)


def changes(configuration: Configuration, index: int) -> Entry:
    return entry(index, 2, encode_configuration(configuration), CONFIGURATION)


def test_one_change_at_a_time() -> None:
    first, second = (
        changes(Configuration.of(names), index) for index, names in ((1, "a"), (2, "b"))
    )
    for commit_index in (0, 1):
        states = [durable(name, 2, term=2, vote="a") for name in "abc"]
        invariant = majorities(*states)
        invariant.started(Fake(), durable("a"))
        one = leader("a", 2, log=Log([first]), configuration=Configuration.of("a"))
        invariant.stepped(one, wrote(first))
        both = leader(
            "a",
            2,
            log=Log([first, second]),
            configuration=Configuration.of("b"),
            commit_index=commit_index,
        )
        if commit_index:
            invariant.stepped(both, wrote(second))
        else:
            with pytest.raises(InvariantViolated, match="while that of entry 1 is not committed"):
                invariant.stepped(both, wrote(second))


def test_the_latest_configuration_in_the_log_is_in_force() -> None:
    invariant = majorities(durable("a"))
    invariant.started(Fake(), durable("a"))
    first = changes(Configuration.of("a"), 1)
    with pytest.raises(InvariantViolated, match="the latest in its log is"):
        invariant.stepped(Fake(log=Log([first]), configuration=ABC), wrote(first))


# --- exactly once ----------------------------------------------------------------------------


def test_a_command_applied_twice() -> None:
    invariant = ExactlyOnce()
    invariant.applied("a", 7, 1)
    invariant.applied("b", 7, 1)
    with pytest.raises(InvariantViolated, match="a applies 7 at 1 and at 2"):
        invariant.applied("a", 7, 2)


@pytest.mark.parametrize("name,place,why", [(8, 1, "where 7 was"), (8, 3, "the place 3 after 1")])
def test_another_order(name: int, place: int, why: str) -> None:
    invariant = ExactlyOnce()
    invariant.applied("a", 7, 1)
    with pytest.raises(InvariantViolated, match=why):
        invariant.applied("b", name, place)


def test_an_acknowledgement_of_what_is_not_so() -> None:
    invariant = ExactlyOnce()
    invariant.applied("a", 7, 1)
    invariant.acknowledge(7, 1)
    assert invariant.acknowledged == {7: 1}
    with pytest.raises(InvariantViolated, match="told place 2, applied at 1"):
        invariant.acknowledge(7, 2)
    with pytest.raises(InvariantViolated, match="applied at None"):
        invariant.acknowledge(8, 1)


def test_a_denied_command_that_is_applied() -> None:
    invariant = ExactlyOnce()
    invariant.deny(7)
    with pytest.raises(InvariantViolated, match="told that it is not"):
        invariant.applied("a", 7, 1)
    invariant.applied("a", 8, 1)
    with pytest.raises(InvariantViolated, match="told that it is not"):
        invariant.deny(8)


# --- linearizable reads ----------------------------------------------------------------------


def test_a_read_that_does_not_see_what_was_acknowledged_before_it() -> None:
    invariant = LinearizableReads([7, 8, 9])
    early = invariant.called()
    invariant.acknowledged(2)
    late = invariant.called()
    invariant.answered("a", early, [7])
    with pytest.raises(InvariantViolated, match="a shows 1 commands to a read that must see 2"):
        invariant.answered("a", late, [7])


def test_a_read_that_goes_back_behind_another_one() -> None:
    invariant = LinearizableReads([7, 8, 9])
    at_the_same_time = invariant.called()
    invariant.answered("a", invariant.called(), [7, 8, 9])
    invariant.answered("b", at_the_same_time, [7])
    with pytest.raises(InvariantViolated, match="b shows 2 commands to a read that must see 3"):
        invariant.answered("b", invariant.called(), [7, 8])


def test_a_read_of_something_else() -> None:
    invariant = LinearizableReads([7, 8, 9])
    invariant.answered("a", 0, [])
    with pytest.raises(InvariantViolated, match="b shows 9 at 2: 8 is"):
        invariant.answered("b", 0, [7, 9])


# --- all of them -----------------------------------------------------------------------------


def test_all_are_told_everything() -> None:
    state = durable("a", term=1)
    member = Fake(term=1)
    members: dict[str, Fake] = {"a": member}
    invariants = Invariants(members, {"a": state})
    invariants.started(member, state)
    invariants.stepped(member, NOTHING)
    with pytest.raises(InvariantViolated, match="nothing sent before its write"):
        invariants.transmitted(state, "b", AppendEntries(2, 0, 0, 0, ()))
    assert len({each.name for each in invariants.all}) == len(invariants.all) == 13


def test_a_restart_that_forgets() -> None:
    invariants = Invariants({}, {})
    with pytest.raises(InvariantViolated, match="restart"):
        invariants.started(Fake(term=1, voted_for=None), durable("a", term=1, vote="b"))


# --- suspicion -----------------------------------------------------------------------------------


def suspicious(owed: int = 2) -> tuple[Suspicion, Durable]:
    """A member of term 3 that owes entries of terms 1 and 2, and has forgotten them."""
    completeness = LeaderCompleteness({})
    witness = Fake("w", term=2, commit_index=owed, log=log(*(1, 2)[:owed]))
    completeness.started(witness, durable("w"))
    completeness.stepped(witness, NOTHING)
    invariant = Suspicion(completeness)
    kept = durable("a", term=3)
    invariant.started(Fake("a", term=3, suspect=True, life=1), kept)
    return invariant, kept


def test_who_is_free_without_what_it_owes() -> None:
    invariant, _ = suspicious()
    invariant.stepped(Fake("a", term=3, suspect=True, life=1), NOTHING)
    with pytest.raises(InvariantViolated, match="without entry 2 of term 2"):
        invariant.stepped(Fake("a", term=3, life=1), NOTHING)


def test_who_has_it_again_is_free() -> None:
    invariant, kept = suspicious()
    kept.add(Step(2, 3, None, 0, (entry(1, 1), entry(2, 2))))
    for _ in range(2):
        invariant.stepped(Fake("a", term=3, life=1), NOTHING)


def test_what_a_later_leader_committed_is_not_owed() -> None:
    invariant, kept = suspicious()
    kept.add(Step(2, 1, None, 0, (entry(1, 1),)))
    with pytest.raises(InvariantViolated, match="without entry 2"):
        invariant.stepped(Fake("a", term=2, life=1), NOTHING)
    invariant, kept = suspicious()
    invariant.stepped(Fake("a", term=1, life=1), NOTHING)


def test_a_life_that_goes_on_owes_what_it_did_and_a_new_one_what_is_known_then() -> None:
    invariant, kept = suspicious(1)
    kept.add(Step(2, 3, None, 0, (entry(1, 1),)))
    completeness = invariant._committed
    witness = Fake("w", term=2, commit_index=2, log=log(1, 2))
    completeness.stepped(witness, NOTHING)
    again = Fake("a", term=3, suspect=True, life=1)
    invariant.started(again, kept)
    invariant.stepped(Fake("a", term=3, life=1), NOTHING)
    invariant.started(Fake("a", term=3, suspect=True, life=2), kept)
    with pytest.raises(InvariantViolated, match="without entry 2"):
        invariant.stepped(Fake("a", term=3, life=2), NOTHING)


@pytest.mark.parametrize("role", [Role.PRE_CANDIDATE, Role.CANDIDATE, Role.LEADER])
def test_who_may_have_forgotten_something_and_is_no_follower(role: Role) -> None:
    invariant, _ = suspicious()
    with pytest.raises(InvariantViolated, match="may have forgotten something, and is"):
        invariant.stepped(Fake("a", role, term=3, suspect=True, life=1), NOTHING)


def standing(life: int, suspect: bool) -> Durable:
    made = durable("a", 1)
    made.add(Step(3, 1, None, 0, (), standing=Standing(life, suspect, 1)))
    return made


@pytest.mark.parametrize(
    "message,suspect,right",
    [
        (VoteReply(1, granted=True, pre=False), True, False),
        (VoteReply(1, granted=True, pre=True), True, False),
        (VoteReply(1, granted=False, pre=False), True, True),
        (VoteReply(1, granted=True, pre=False), False, True),
        (RequestVote(1, 1, 1, pre=False), True, False),
        (RequestVote(1, 1, 1, pre=True), True, True),
        (AppendReply(1, True, 1, life=2, suspect=True), True, True),
        (AppendReply(1, True, 1, life=2, suspect=False), True, False),
        (AppendReply(1, True, 1, life=1, suspect=True), True, False),
        (AppendReply(1, True, 1, life=3, suspect=True), True, False),
    ],
)
def test_what_who_may_have_forgotten_something_says(
    message: Message, suspect: bool, right: bool
) -> None:
    invariant, _ = suspicious()
    if right:
        invariant.transmitted(standing(2, suspect), "b", message)
    else:
        with pytest.raises(InvariantViolated, match="suspicion"):
            invariant.transmitted(standing(2, suspect), "b", message)


def test_what_a_member_has_forgotten_counted_as_long_as_nobody_knew() -> None:
    states = {"a": durable("a", 1, 1), "b": durable("b", 1, 1), "c": durable("c", 1)}
    states["b"].forget(None, ())
    assert not states["b"].holds(2, 1)
    invariant = Majorities(states)
    before = leader("a", 1, log=log(1, 1), commit_index=1)
    invariant.started(before, states["a"])
    invariant.stepped(before, NOTHING)
    invariant.stepped(leader("a", 1, log=log(1, 1), commit_index=2), NOTHING)
