"""The waiting room: when it ends, how far it is, what it advises."""

import pytest

from raft_web.waiting import is_over, people, waiting
from tests.unit.raft_web.conftest import MakeStatus


@pytest.mark.parametrize(
    "voters, target, over",
    [((), 3, False), (("a",), 3, False), (("a", "b", "c"), 3, True), (("a",), 1, True)],
)
def test_it_ends_with_the_clusters_size_and_connections_do_not_matter(
    make_status: MakeStatus, voters: tuple[str, ...], target: int, over: bool
) -> None:
    for connected in ((), ("b", "c")):
        status = make_status(voters=voters, target_size=target, connected=connected, leader=None)
        assert is_over(status) is over


def test_a_cluster_that_was_recovered_had_its_size_before(make_status: MakeStatus) -> None:
    assert is_over(make_status(voters=("a",), generation=1))


def test_it_ends_for_a_learner_of_a_full_cluster(make_status: MakeStatus) -> None:
    assert is_over(make_status(node_id="d", learners=("d",)))


def test_the_founder_is_told_to_open_the_links(make_status: MakeStatus) -> None:
    status = make_status(voters=("a",), connected=())
    found = waiting(status, founder=True, more_hosts=True)
    assert (found.progress, found.here, found.wanted) == ("1 of 3", 1, 3)
    assert found.advice.startswith("Open each of the links below in a window of its own")


def test_on_an_unknown_host_another_browser_is_advised(make_status: MakeStatus) -> None:
    status = make_status(voters=("a",), connected=("b",))
    found = waiting(status, founder=True, more_hosts=False)
    assert found.progress == "2 of 3"
    assert "another browser or on another machine" in found.advice


def test_who_joins_and_finds_nobody_is_asked_about_the_first_window(
    make_status: MakeStatus,
) -> None:
    status = make_status(voters=(), connected=(), leader=None)
    assert "Nobody else is here" in waiting(status, founder=False, more_hosts=True).advice


def test_when_all_are_here_nothing_is_to_be_done(make_status: MakeStatus) -> None:
    status = make_status(voters=("a",), connected=("b", "c", "d"))
    found = waiting(status, founder=True, more_hosts=True)
    assert found.progress == "3 of 3"
    assert found.advice.startswith("All are here.")


def test_people_are_named_with_what_they_are(make_status: MakeStatus) -> None:
    status = make_status(voters=("a",), learners=("c",), connected=("c", "b"))
    assert people(status) == ["a (this window, leader)", "b", "c (catching up)"]
    assert people(make_status(node_id="b", leader="a", connected=("a",))) == [
        "b (this window)",
        "a (leader)",
    ]
