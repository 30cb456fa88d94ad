"""Notes on members that may have forgotten something."""

from raft_core import Role
from raft_web.doubts import ALONE, Doubts, Notes
from tests.unit.raft_web.conftest import MakeStatus


def test_a_leader_tells_of_a_peer_and_when_it_is_free(make_status: MakeStatus) -> None:
    doubts = Doubts()
    assert doubts.look(make_status()) == Notes()
    told = doubts.look(make_status(suspects=("b",)))
    (note,) = told.new
    assert note.startswith("Member b may have forgotten")
    assert doubts.look(make_status(suspects=("b",))) == Notes()
    free = doubts.look(make_status())
    assert free == Notes(passing=("Member b has everything again, and votes.",), over=(note,))


def test_a_member_tells_of_itself_whoever_leads(make_status: MakeStatus) -> None:
    doubts = Doubts()
    follows = {"node_id": "b", "role": Role.FOLLOWER}
    told = doubts.look(make_status(suspect=True, suspects=("b",), **follows))
    assert told.new[0].startswith("This member may have forgotten")
    free = doubts.look(make_status(**follows))
    assert free.passing == ("This member has everything again, and votes.",)
    assert free.over == told.new


def test_who_ceases_to_lead_knows_no_more_of_peers(make_status: MakeStatus) -> None:
    doubts = Doubts()
    told = doubts.look(make_status(suspects=("b",)))
    after = doubts.look(make_status(role=Role.FOLLOWER, leader="c"))
    assert after == Notes(over=told.new)


def test_without_a_leader_it_is_shown_elsewhere_and_its_end_is_told_all_the_same(
    make_status: MakeStatus,
) -> None:
    doubts = Doubts()
    waits = make_status(role=Role.FOLLOWER, leader=None, suspect=True, suspects=("a", "b"))
    assert doubts.look(waits) == Notes()
    led = make_status(role=Role.FOLLOWER, leader="c", suspect=True, suspects=("a",))
    assert doubts.look(led) == Notes()
    free = doubts.look(make_status(role=Role.FOLLOWER, leader="c"))
    assert free.passing == ("This member has everything again, and votes.",)


def test_a_note_is_over_when_the_member_has_stopped(make_status: MakeStatus) -> None:
    doubts = Doubts()
    told = doubts.look(make_status(suspects=("b",)))
    assert doubts.look(make_status(problem="it was removed")) == Notes(over=told.new)


def test_the_only_member_says_once_that_it_goes_on_all_the_same(make_status: MakeStatus) -> None:
    doubts, status = Doubts(), make_status(voters=("a",), freed_alone=True)
    assert doubts.look(status) == Notes(passing=(ALONE,))
    assert doubts.look(status) == Notes()
