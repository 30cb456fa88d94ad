"""The configurations in a log: which is in force, what is settled, and who stands for election."""

from msgspec.structs import replace

from raft_core._configured import Configured
from raft_core.membership import Configuration
from raft_core.snapshot import Snapshot
from tests.unit.raft_core.support import configured, entry

of = Configuration.of
WITHOUT_A = replace(of("bc"), excluded=("a",))


def member(*configurations: Configuration, commit: int = 0) -> Configured:
    """ "a", with these from entry 1 on."""
    made = Configured()
    made.node_id = "a"
    made.commit_index = commit
    entries = [configured(index, 1, each) for index, each in enumerate(configurations, 1)]
    made.begin_configurations(None, entries)
    return made


def test_the_latest_is_in_force_committed_or_not() -> None:
    made = member(of("a"), of("abc", "", "a"))
    assert (made.configuration, made.configuration_index) == (of("abc", "", "a"), 2)
    made.adopt_configurations([entry(3, 1), configured(4, 1, of("abc"))])
    assert (made.configuration, made.configuration_index, made.unsettled) == (of("abc"), 4, 4)


def test_when_its_entry_is_cut_off_the_one_before_is_in_force_again() -> None:
    made = member(of("a"), of("abc", "", "a"))
    made.forget_configurations(3)
    assert made.configuration_index == 2
    made.forget_configurations(2)
    assert (made.configuration, made.unsettled) == (of("a"), 1)


def test_a_log_may_begin_with_a_snapshot_and_entries_from_before_it() -> None:
    made = member()
    snapshot = Snapshot(7, 1, 5, of("abc"), b"")
    made.begin_configurations(snapshot, [configured(5, 1, of("abc")), configured(8, 1, of("ab"))])
    assert made.configurations == [(5, of("abc")), (8, of("ab"))]
    made.begin_configurations(snapshot, ())
    assert made.unsettled == 5


def test_who_is_excluded_is_out_once_that_is_settled_and_not_while_joint() -> None:
    joint = replace(WITHOUT_A, outgoing=("a", "b", "c"))
    made = member(joint)
    made.settle()
    assert made.excluded == frozenset()
    made.adopt_configurations([configured(2, 1, WITHOUT_A)])
    made.settle()
    assert made.excluded == {"a"}


def test_voters_campaign_and_who_leaves_until_that_is_committed() -> None:
    assert member(of("ab")).campaigns()
    assert not member(of("bc", "a")).campaigns()
    assert member(of("abc"), WITHOUT_A, commit=1).campaigns()
    assert not member(of("abc"), WITHOUT_A, commit=2).campaigns()
    assert not member(of("bc"), WITHOUT_A, commit=1).campaigns()


def test_one_that_knows_that_it_is_removed_does_not() -> None:
    made = member(of("abc"))
    made.removed = True
    assert not made.campaigns()


def test_who_may_have_forgotten_something_stands_for_no_election() -> None:
    made = member(of("abc"))
    assert made.campaigns()
    made.suspect = True
    assert not made.campaigns()
