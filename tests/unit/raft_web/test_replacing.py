"""A member is put in a lost one's place, or removed: what is offered, asked, done and said."""

import anyio
import anyio.lowlevel
import pytest

from raft_core.errors import (
    ConfigurationRefused,
    NoLeader,
    OutcomeUnknown,
    RaftError,
    Removed,
)
from raft_web.replacing import Action, Replacing, actions, question, refusal, success
from tests.unit.raft_web.conftest import MakeStatus

REPLACE = Action("replace", "c", "x")
REMOVE = Action("remove", "c")

# --- what is offered ----------------------------------------------------------------------------


def test_all_well_nothing_is_offered(make_status: MakeStatus) -> None:
    assert actions(make_status(connected=("b", "c", "x"), learners=("x",))) == {}


def test_a_lost_voter_can_be_replaced_or_removed(make_status: MakeStatus) -> None:
    status = make_status(connected=("b", "x"), learners=("x",))
    assert actions(status) == {"c": (REPLACE, REMOVE)}


def test_with_nobody_to_take_the_place_it_can_be_removed_only(make_status: MakeStatus) -> None:
    assert actions(make_status(connected=("b",))) == {"c": (REMOVE,)}


def test_a_learner_goes_before_a_stranger_for_it_has_the_log(make_status: MakeStatus) -> None:
    status = make_status(connected=("b", "first", "x"), learners=("x",))
    assert actions(status)["c"][0] == REPLACE
    status = make_status(connected=("b", "x"))
    assert actions(status)["c"][0] == REPLACE


def test_several_lost_ones_get_a_newcomer_each(make_status: MakeStatus) -> None:
    status = make_status(
        voters=("a", "b", "c", "d", "e"), connected=("b", "c", "x", "y"), learners=("x", "y")
    )
    offered = actions(status)
    assert {lost: offered[lost][0].by for lost in offered} == {"d": "x", "e": "y"}


def test_this_window_may_be_the_newcomer(make_status: MakeStatus) -> None:
    status = make_status(node_id="x", leader="a", learners=("x",), connected=("a", "b"))
    assert actions(status)["c"][0] == REPLACE


def test_who_was_removed_is_no_newcomer(make_status: MakeStatus) -> None:
    assert actions(make_status(connected=("b", "x"), excluded=("x",))) == {"c": (REMOVE,)}


def test_a_learner_that_is_away_can_be_removed(make_status: MakeStatus) -> None:
    assert actions(make_status(learners=("x",))) == {"x": (Action("remove", "x"),)}


@pytest.mark.parametrize(
    "changes",
    [
        {"leader": None},
        {"outgoing": ("a", "b", "old")},
        {"problem": "stopped"},
    ],
)
def test_when_nobody_could_do_it_nothing_is_offered(
    make_status: MakeStatus, changes: dict[str, object]
) -> None:
    assert actions(make_status(connected=("b", "x"), **changes)) == {}


# --- what is asked ------------------------------------------------------------------------------


def test_the_question_says_that_it_is_for_ever_and_what_stays(make_status: MakeStatus) -> None:
    text = " ".join(question(REPLACE, make_status()).lines)
    assert "x gets all that the cluster has" in text
    assert "there are still 3 voters" in text
    assert "c is out for ever" in text


@pytest.mark.parametrize(
    "voters, meaning",
    [
        (("a", "c"), "has 1 voter. If it fails, writes stop."),
        (("a", "b", "c"), "has 2 voters. None of them may fail"),
        (("a", "b", "c", "d"), "has 3 voters. Any 1 of them may fail"),
        (("a", "b"), "c has no vote."),
    ],
)
def test_to_remove_one_says_how_many_may_fail_then(
    make_status: MakeStatus, voters: tuple[str, ...], meaning: str
) -> None:
    text = " ".join(question(REMOVE, make_status(voters=voters)).lines)
    assert meaning in text
    assert "c is out for ever" in text


# --- what is done and said ----------------------------------------------------------------------


class Cluster:
    """Does what it is asked for when it is told to, or refuses it."""

    def __init__(self, error: RaftError | None = None) -> None:
        self.asked: list[tuple[tuple[str, ...], dict[str, str] | None]] = []
        self.goes_on = anyio.Event()
        self._error = error

    async def change_members(
        self, *, remove: tuple[str, ...] = (), replace: dict[str, str] | None = None
    ) -> int:
        self.asked.append((remove, replace))
        await self.goes_on.wait()
        if self._error is not None:
            raise self._error
        return 9


@pytest.mark.parametrize(
    "action, asked", [(REPLACE, ((), {"c": "x"})), (REMOVE, (("c",), None))], ids=str
)
async def test_one_thing_is_done_at_a_time_and_its_end_is_said(
    action: Action, asked: tuple[tuple[str, ...], dict[str, str] | None]
) -> None:
    cluster, said, seen = Cluster(), list[tuple[str, bool]](), list[Action | None]()
    replacing = Replacing(
        cluster,
        lambda text, well: said.append((text, well)),
        lambda: seen.append(replacing.under_way),
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(replacing.do, action)
        while not cluster.asked:
            await anyio.lowlevel.checkpoint()
        await replacing.do(Action("remove", "b"))
        assert seen == [action]
        cluster.goes_on.set()
    assert cluster.asked == [asked]
    assert (said, seen) == ([(success(action), True)], [action, None])


async def test_a_refusal_is_said_and_another_try_is_possible() -> None:
    cluster, said = Cluster(ConfigurationRefused("x did not catch up")), list[tuple[str, bool]]()
    cluster.goes_on.set()
    replacing = Replacing(cluster, lambda text, well: said.append((text, well)), lambda: None)
    await replacing.do(REPLACE)
    await replacing.do(REPLACE)
    assert said == [("The members were not changed: x did not catch up.", False)] * 2


@pytest.mark.parametrize(
    "error, words",
    [
        (ConfigurationRefused("no."), "were not changed: no."),
        (NoLeader("none"), "no leader was found in time"),
        (OutcomeUnknown("late"), "nobody knows whether the members were changed"),
        (Removed("out"), "were not changed: out."),
    ],
)
def test_every_refusal_has_a_sentence(error: RaftError, words: str) -> None:
    assert words in refusal(error)


def test_buttons_say_what_they_do_and_that_it_goes_on() -> None:
    assert (REPLACE.label, REPLACE.busy_label) == (
        "Put x in its place",
        "Putting x in its place…",
    )
    assert (REMOVE.label, REMOVE.busy_label) == ("Remove", "Removing…")
    assert REPLACE.description == "Put x in the place of c"
    assert REMOVE.description == "Remove c"
