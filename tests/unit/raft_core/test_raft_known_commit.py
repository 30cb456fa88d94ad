"""What is known to be committed is remembered, so that a member that starts alone can show it."""

from random import Random

from raft_core.config import Config
from raft_core.interfaces import Journal
from raft_core.io import Write
from raft_core.journal import first_record, restore, write_record
from raft_core.raft import Raft
from tests.unit.raft_core.support import Member, append, indexes

DELAY = Config().commit_save_delay


def restarted(member: Member) -> Raft:
    """The same member after a stop, from the records of all its writes."""
    records = [first_record("a")]
    for number, write in enumerate(member.writes, 2):
        assert isinstance(write, Write)
        records.append(write_record(number, write))
    return Raft(Config(), restore(Journal(records), "a"), rng=Random(0), now=0.0)


def test_a_write_takes_along_what_is_committed_by_then() -> None:
    member = Member(configuration=None)
    member.receive("b", append(1, new=[1, 1, 1], commit=2))
    assert member.writes[-1].commit_index == 2


def test_a_member_that_starts_alone_applies_what_it_knew_to_be_committed() -> None:
    member = Member(configuration=None)
    member.receive("b", append(1, new=[1, 1, 1], commit=2))
    again = restarted(member)
    assert indexes(again.step(0.0, ()).apply) == [1, 2]
    assert again.leader is None


def test_news_that_no_write_takes_along_are_written_for_their_own_sake() -> None:
    member = Member(configuration=None)
    member.receive("b", append(1, new=[1, 1, 1]))
    out = member.receive("b", append(1, 3, 1, commit=3))
    assert out.write is None
    assert out.deadline == member.now + DELAY
    write = member.step(after=DELAY).write
    assert isinstance(write, Write)
    assert (write.commit_index, write.entries, write.vital) == (3, [], False)
    assert member.step(after=DELAY).write is None
    assert restarted(member).commit_index == 3


def test_under_steady_writes_none_is_made_for_the_commit_index_alone() -> None:
    member = Member(configuration=None)
    for index in range(10):
        out = member.receive(
            "b", append(1, index, min(index, 1), [1], commit=index), after=DELAY / 3
        )
        assert isinstance(out.write, Write)
        assert len(out.write.entries) == 1
