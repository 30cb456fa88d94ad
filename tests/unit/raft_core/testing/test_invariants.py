"""Each invariant sees a history that breaks it, and lets its subtle neighbour pass."""

from math import inf

import pytest
from msgspec import Struct

from raft_core.codec import Step
from raft_core.io import Output, Write
from raft_core.log import Log
from raft_core.membership import Configuration, encode_configuration
from raft_core.messages import (
    COMMAND,
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
from raft_core.testing.invariants import (
    ElectionSafety,
    Invariants,
    InvariantViolated,
    LeaderAppendOnly,
    LeaderCompleteness,
    LogMatching,
    Majorities,
    Monotonic,
    SentAfterWrite,
    StateMachineSafety,
    VoteStability,
)
from raft_core.testing.invariants.exactly_once import ExactlyOnce
from raft_core.testing.view import Durable
from raft_core.types import Role

ABC = Configuration.of("abc")


class Fake(Struct):
    """A member as invariants see it, in whatever state a test wants."""

    node_id: str = "a"
    role: Role = Role.FOLLOWER
    term: int = 1
    voted_for: str | None = None
    commit_index: int = 0
    durable_index: int = 0
    log: Log = Log()
    configuration: Configuration = ABC


def entry(index: int, term: int, data: bytes = b"x", kind: int = COMMAND) -> Entry:
    return Entry(index, term, kind, data)  # type: ignore[arg-type]


def log(*terms: int) -> Log:
    return Log([entry(index, term) for index, term in enumerate(terms, 1)])


def durable(node_id: str, *terms: int, term: int = 0, vote: str | None = None) -> Durable:
    made = Durable(node_id)
    entries = tuple(entry(index, of) for index, of in enumerate(terms, 1))
    made.add(Step(2, term or max(terms, default=0), vote, 0, entries))
    return made


def wrote(*entries: Entry, truncate_from: int = 0) -> Output:
    return Output(inf, write=Write(1, 1, None, truncate_from, entries, False))


NOTHING = Output(inf)


def leader(node_id: str, term: int, **state: object) -> Fake:
    return Fake(node_id, Role.LEADER, term, node_id, **state)  # type: ignore[arg-type]


# --- election safety -------------------------------------------------------------------------


def test_two_leaders_in_a_term() -> None:
    invariant = ElectionSafety()
    invariant.stepped(leader("a", 1), NOTHING)
    invariant.stepped(leader("b", 2), NOTHING)
    invariant.stepped(leader("a", 1), NOTHING)
    with pytest.raises(InvariantViolated, match="a and b both lead in term 1"):
        invariant.stepped(leader("b", 1), NOTHING)


# --- leader append-only ----------------------------------------------------------------------


@pytest.mark.parametrize("after", [log(1), log(1, 1)])
def test_a_leader_that_loses_entries(after: Log) -> None:
    invariant = LeaderAppendOnly()
    invariant.stepped(leader("a", 2, log=log(1, 2)), NOTHING)
    invariant.stepped(leader("a", 2, log=log(1, 2, 2)), NOTHING)
    with pytest.raises(InvariantViolated, match="had entry 3 of term 2"):
        invariant.stepped(leader("a", 2, log=after), NOTHING)


def test_a_leader_whose_journal_truncates() -> None:
    invariant = LeaderAppendOnly()
    invariant.stepped(leader("a", 2, log=log(1, 2)), NOTHING)
    with pytest.raises(InvariantViolated, match="truncates its journal from entry 2"):
        invariant.stepped(leader("a", 2, log=log(1, 2)), wrote(entry(2, 2), truncate_from=2))


def test_a_deposed_leader_may_truncate_and_lead_again() -> None:
    invariant = LeaderAppendOnly()
    invariant.stepped(leader("a", 2, log=log(1, 2)), NOTHING)
    invariant.stepped(Fake("a", term=3, log=log(1)), NOTHING)
    invariant.stepped(leader("a", 4, log=log(1)), wrote(truncate_from=2))
    invariant.started(Fake("a"), durable("a"))
    invariant.stepped(leader("a", 4, log=log()), NOTHING)


# --- log matching ----------------------------------------------------------------------------


def test_two_entries_with_one_index_and_term() -> None:
    invariant = LogMatching()
    for name in "ab":
        invariant.started(Fake(name), durable(name))
    one, other = entry(1, 1, b"one"), entry(1, 1, b"other")
    invariant.stepped(Fake("a", log=Log([one])), wrote(one))
    with pytest.raises(InvariantViolated, match="entry 1 of term 1"):
        invariant.stepped(Fake("b", log=Log([other])), wrote(other))


def test_two_prefixes_of_one_entry() -> None:
    invariant = LogMatching()
    invariant.started(Fake("a", log=log(1, 3)), durable("a", 1, 3))
    with pytest.raises(InvariantViolated, match="before entry 2 of term 3 stands term 2"):
        invariant.started(Fake("b", log=log(2, 3)), durable("b", 2, 3))


def test_a_write_that_does_not_tell_all() -> None:
    invariant = LogMatching()
    invariant.started(Fake("a"), durable("a"))
    with pytest.raises(InvariantViolated, match="by its writes it ends with 0"):
        invariant.stepped(Fake("a", log=log(1)), NOTHING)


def test_a_write_with_a_gap() -> None:
    invariant = LogMatching()
    invariant.started(Fake("a"), durable("a"))
    with pytest.raises(InvariantViolated, match="a gap or a rewrite"):
        invariant.stepped(Fake("a", log=log(1, 1)), wrote(entry(2, 1)))


def test_another_term_may_stand_at_the_same_index() -> None:
    invariant = LogMatching()
    invariant.started(Fake("a", log=log(1, 1)), durable("a", 1, 1))
    invariant.started(Fake("b", log=log(1, 2)), durable("b", 1, 2))
    invariant.stepped(Fake("a", log=log(1, 2)), wrote(entry(2, 2), truncate_from=2))


# --- leader completeness ---------------------------------------------------------------------


def completeness(*members: Fake) -> LeaderCompleteness:
    made = LeaderCompleteness({member.node_id: member for member in members})
    for member in members:
        made.started(member, durable(member.node_id))
    return made


def test_a_new_leader_without_a_committed_entry() -> None:
    a, b = leader("a", 1, log=log(1, 1), commit_index=2), Fake("b", log=log(1))
    invariant = completeness(a, b)
    invariant.stepped(a, NOTHING)
    b.role, b.term = Role.LEADER, 2
    with pytest.raises(InvariantViolated, match="without entry 2 of term 1"):
        invariant.stepped(b, NOTHING)


def test_a_commit_that_the_leader_of_a_later_term_lacks() -> None:
    a, b = leader("a", 1, log=log(1, 1)), leader("b", 2, log=log(1, 2))
    invariant = completeness(a, b)
    invariant.stepped(a, NOTHING)
    invariant.stepped(b, NOTHING)
    a.commit_index = 2
    with pytest.raises(InvariantViolated, match="b leads term 2 without entry 2 of term 1"):
        invariant.stepped(a, NOTHING)


def test_a_late_leader_of_an_older_term_need_not_have_it() -> None:
    a, b = leader("a", 3, log=log(1, 3), commit_index=2), Fake("b", log=log(1))
    invariant = completeness(a, b)
    invariant.stepped(a, NOTHING)
    b.role, b.term = Role.LEADER, 2
    invariant.stepped(b, NOTHING)


def test_two_entries_committed_at_one_index() -> None:
    a, b = Fake("a", log=log(1), commit_index=1), Fake("b", log=log(2), commit_index=1)
    invariant = completeness(a, b)
    invariant.stepped(a, NOTHING)
    with pytest.raises(InvariantViolated, match="committed with term 1"):
        invariant.stepped(b, NOTHING)


# --- state machine safety --------------------------------------------------------------------


def applies(*entries: Entry) -> Output:
    return Output(inf, apply=entries)


def state_machines() -> StateMachineSafety:
    made = StateMachineSafety()
    for name in "ab":
        made.started(Fake(name), durable(name))
    return made


def ready(name: str, index: int = 1) -> Fake:
    return Fake(name, commit_index=index, durable_index=index)


def test_two_members_apply_two_entries_at_one_index() -> None:
    invariant = state_machines()
    invariant.stepped(ready("a"), applies(entry(1, 1, b"one")))
    with pytest.raises(InvariantViolated, match="was applied before"):
        invariant.stepped(ready("b"), applies(entry(1, 1, b"other")))


def test_an_entry_applied_twice_or_skipped() -> None:
    invariant = state_machines()
    invariant.stepped(ready("a"), applies(entry(1, 1)))
    with pytest.raises(InvariantViolated, match="applies entry 1 where 2 is due"):
        invariant.stepped(ready("a", 2), applies(entry(1, 1)))
    with pytest.raises(InvariantViolated, match="applies entry 2 where 1 is due"):
        invariant.stepped(ready("b", 2), applies(entry(2, 1)))


@pytest.mark.parametrize(
    "member,why",
    [
        (Fake("a", commit_index=0, durable_index=1), "only 0 committed"),
        (Fake("a", commit_index=1, durable_index=0), "durable here is only 0"),
    ],
)
def test_applied_too_early(member: Fake, why: str) -> None:
    with pytest.raises(InvariantViolated, match=why):
        state_machines().stepped(member, applies(entry(1, 1)))


def test_a_new_life_applies_from_the_start() -> None:
    invariant = state_machines()
    invariant.stepped(ready("a"), applies(entry(1, 1)))
    invariant.started(Fake("a"), durable("a"))
    invariant.stepped(ready("a"), applies(entry(1, 1)))


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
    assert len({each.name for each in invariants.all}) == len(invariants.all) == 9


def test_a_restart_that_forgets() -> None:
    invariants = Invariants({}, {})
    with pytest.raises(InvariantViolated, match="restart"):
        invariants.started(Fake(term=1, voted_for=None), durable("a", term=1, vote="b"))
