"""Each invariant sees a history that breaks it, and lets its subtle neighbour pass.

Here those of figure 3 of the paper; the others are in ``test_invariants_of_ours``.
"""

from math import inf

import pytest

from raft_core.io import Output
from raft_core.log import Log
from raft_core.messages import (
    Entry,
)
from raft_core.testing.invariants import (
    ElectionSafety,
    InvariantViolated,
    LeaderAppendOnly,
    LeaderCompleteness,
    LogMatching,
    StateMachineSafety,
)
from raft_core.types import Role
from tests.unit.raft_core.testing.histories import (
    NOTHING,
    Fake,
    durable,
    entry,
    leader,
    log,
    wrote,
)

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
