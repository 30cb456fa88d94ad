"""Sessions that are forgotten while proposals are under way: nothing applies twice."""

from raft_core.errors import SessionExpired
from raft_core.messages import (
    APPLIED,
    AppendEntries,
    AppendReply,
    Forward,
    ForwardedProposal,
)
from raft_core.sessions import Outcome, decode_session_commands
from tests.unit.raft_core.rig import Rig, command
from tests.unit.raft_core.support import entry


def forgotten() -> tuple[Rig, list[object], ForwardedProposal]:
    """A follower with a proposal under way, and what it was told of it.

    Two clients have come and gone before the proposal is in the log; here one session is kept.
    """
    rig = Rig("abc", max_clients=1).follow()
    told = rig.submit("mine", "v")
    (question,) = rig.to("b")
    assert isinstance(question, Forward)
    others = tuple(entry(index, 1, command(f"c{index}", 1, "k", born=9)) for index in (2, 3))
    rig.deliver("b", AppendEntries(1, 1, 1, 3, others))
    rig.sent.clear()
    return rig, told, question.proposals[0]


def test_a_proposal_whose_session_is_forgotten_is_made_again_and_applied_once() -> None:
    rig, told, first = forgotten()
    rig.deliver("b", AppendEntries(1, 3, 1, 4, (entry(4, 1, first.data),)))
    assert told == []
    assert "mine" not in rig.state.items
    _, question = rig.to("b")
    assert isinstance(question, Forward)
    (again,) = question.proposals
    assert again.request == first.request
    assert decode_session_commands(again.data).born == 2
    more = (entry(5, 1, again.data), entry(6, 1, first.data))
    rig.deliver("b", AppendEntries(1, 4, 1, 6, more))
    assert told == [Outcome(APPLIED, b"\xc0")]


def test_what_comes_up_again_after_it_was_answered_is_nobodys() -> None:
    rig, told, first = forgotten()
    rig.proposals.forget(first.request)
    rig.deliver("b", AppendEntries(1, 3, 1, 4, (entry(4, 1, first.data),)))
    assert [type(message) for message in rig.to("b")] == [AppendReply]
    assert told == []


def test_if_a_snapshot_took_the_place_of_entries_nobody_knows() -> None:
    rig, told, first = forgotten()
    rig.proposals.skipped()
    rig.deliver("b", AppendEntries(1, 3, 1, 4, (entry(4, 1, first.data),)))
    assert [type(error) for error in told] == [SessionExpired]
    assert "mine" not in rig.state.items
