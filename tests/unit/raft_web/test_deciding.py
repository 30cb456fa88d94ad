"""What a person sees of how the cluster stands, and what comes of their clicks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from raft_core import Status
from raft_web.asking import Asking, Question
from raft_web.deciding import LOOK_EVERY, MOMENT, Button, Deciding, Then, World
from raft_web.keeping import Keeping
from raft_web.messages import MessageBar
from raft_web.panel import MemberRow
from raft_web.recovering import ASK_EVERY, PATIENCE, Recovery
from raft_web.replacing import Action
from tests.unit.raft_web.conftest import MakeStatus

REPLACE = Action("replace", "c", "x")


class Screen:
    """Notes what is shown, and plays the dialog, too."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[MemberRow, Sequence[Button]]] = {}
        self.offer: Recovery | None = None
        self.is_removed = self.opened = self.offers_to_ask = False
        self.warning = ""
        self.question: Question | None = None

    def members(self, rows: Sequence[tuple[MemberRow, Sequence[Button]]]) -> None:
        self.rows = {row.node_id: (row, buttons) for row, buttons in rows}

    def recovery(self, offer: Recovery | None) -> None:
        self.offer = offer

    def open_recovery(self) -> None:
        self.opened = True

    def removed(self, *, shown: bool) -> None:
        self.is_removed = shown

    def tight(self, warning: str) -> None:
        self.warning = warning

    def may_ask_to_keep(self, *, shown: bool) -> None:
        self.offers_to_ask = shown

    def ask(self, question: Question) -> None:
        self.question = question

    def close_question(self) -> None:
        self.question = None


class Node:
    """A member that is as a test says, and does a change when it is told to."""

    def __init__(self, status: Status) -> None:
        self.now = status
        self.asked_others = 0
        self.changes: list[dict[str, str] | None] = []
        self.goes_on = anyio.Event()

    def status(self) -> Status:
        return self.now

    def ask_what_others_have(self) -> None:
        self.asked_others += 1

    async def change_members(
        self, *, remove: tuple[str, ...] = (), replace: dict[str, str] | None = None
    ) -> int:
        self.changes.append(replace)
        await self.goes_on.wait()
        return 1


class Window:
    """All of it in one window, and what the page around it was told to do."""

    def __init__(self, status: Status, *, local_room: int | None = None) -> None:
        self.node = Node(status)
        self.screen = Screen()
        self.time = 100.0
        self.works: list[Coroutine[Any, Any, None]] = []
        self.later: list[tuple[float, Callable[[], None]]] = []
        self.marks = 0
        self.stopped: list[Then] = []
        self.asked_to_keep = 0
        self.messages = MessageBar(lambda: None)
        self.asking = Asking(self.screen)
        self.keeping = Keeping(None, None)
        self.deciding = Deciding(
            self.node,
            self.screen,
            messages=self.messages,
            asking=self.asking,
            keeping=self.keeping,
            world=World(
                clock=lambda: self.time,
                spawn=self.works.append,
                later=lambda seconds, what: self.later.append((seconds, what)),
                mark=self._mark,
                stop=self.stopped.append,
                ask_to_keep=self._ask_to_keep,
                local_room=lambda: local_room,
            ),
        )

    def _mark(self) -> None:
        self.marks += 1

    def _ask_to_keep(self) -> None:
        self.asked_to_keep += 1

    def wait(self, seconds: float) -> None:
        """As long, looking twice a second."""
        for _ in range(int(seconds * 2)):
            self.time += 0.5
            self.deciding.now_and_then(self.node.now)
        self.deciding.draw(self.node.now)

    def click(self, name: str, **facts: str) -> None:
        self.deciding.act(name, facts.__getitem__)

    async def work(self) -> None:
        for work in self.works:
            await work
        self.works.clear()

    def asks(self) -> bool:
        """Whether a question waits for its answer."""
        return self.screen.question is not None

    def offers_to_ask(self) -> bool:
        """Whether there is a button to have the browser asked."""
        self.deciding.draw(self.node.now)
        return self.screen.offers_to_ask

    @property
    def said(self) -> list[str]:
        return [message.text for message in self.messages.messages]


@pytest.fixture
def alone(make_status: MakeStatus) -> Window:
    """One of three, the others gone for long enough."""
    window = Window(make_status(leader=None, connected=()))
    window.wait(PATIENCE + 1)
    for work in window.works:
        work.close()
    window.works.clear()
    return window


# --- a lost majority ----------------------------------------------------------------------------


def test_a_choice_is_offered_when_the_majority_stays_away(alone: Window) -> None:
    assert alone.screen.offer is not None
    assert alone.deciding.offers
    assert alone.node.asked_others == int((PATIENCE + 1 - 0.5) / ASK_EVERY)
    alone.click("recovery")
    assert alone.screen.opened


def test_nothing_happens_before_a_person_has_confirmed_it(alone: Window) -> None:
    alone.wait(100.0)
    alone.click("recover")
    assert alone.asks()
    alone.asking.answer(yes=False)
    assert alone.stopped == []
    alone.click("recover")
    alone.asking.answer(yes=True)
    assert alone.stopped == [Then.RECOVER]
    for work in alone.works:
        work.close()


def test_who_comes_back_while_a_person_thinks_makes_it_unnecessary(
    alone: Window, make_status: MakeStatus
) -> None:
    alone.click("recover")
    alone.node.now = make_status()
    alone.asking.answer(yes=True)
    assert alone.stopped == []
    assert alone.said == ["Enough members are here again: nothing was given up."]
    alone.wait(0.5)
    assert (alone.screen.offer, alone.deciding.offers) == (None, False)


def test_who_was_given_up_meanwhile_hears_so_and_gives_up_nobody(
    alone: Window, make_status: MakeStatus
) -> None:
    """Somebody was quicker in another window: that survivor has dismissed this member."""
    alone.click("recover")
    alone.node.now = make_status(leader=None, removed=True, problem="it was removed")
    alone.asking.answer(yes=True)
    assert alone.stopped == []
    assert alone.said == ["This member does not run any more: nothing was given up."]


# --- a removed member ---------------------------------------------------------------------------


def test_a_removed_member_says_so_and_begins_anew_with_one_click(make_status: MakeStatus) -> None:
    window = Window(make_status(leader=None, removed=True, problem="it was removed"))
    window.deciding.draw(window.node.now)
    assert window.screen.is_removed
    window.click("begin-anew")
    assert window.stopped == [Then.BEGIN_ANEW]


# --- another member in its place ----------------------------------------------------------------


async def test_a_lost_member_is_replaced_with_a_click_and_a_confirmation(
    make_status: MakeStatus,
) -> None:
    window = Window(make_status(connected=("b", "x"), learners=("x",)))
    deciding, screen = window.deciding, window.screen
    deciding.draw(window.node.now)
    (button, _) = screen.rows["c"][1]
    assert button.label == "Put x in its place"
    window.click("replace", member="c", by="x")
    assert window.asks()
    window.asking.answer(yes=True)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(window.work)
        while not window.node.changes:
            await anyio.lowlevel.checkpoint()
        deciding.draw(window.node.now)
        assert [one.label for one in screen.rows["c"][1]] == ["Putting x in its place…", "Remove"]
        window.click("remove", member="c", by="")
        assert not window.asks(), "one change at a time"
        window.node.goes_on.set()
    assert window.node.changes == [{"c": "x"}]
    assert window.said[-1] == "x votes in the place of c now."
    deciding.draw(window.node.now)
    assert screen.rows["c"][1][0].label == "Put x in its place"


@pytest.mark.parametrize("name, by", [("replace", "x"), ("remove", "")])
def test_a_lost_member_that_comes_back_while_a_person_thinks_stays(
    make_status: MakeStatus, name: str, by: str
) -> None:
    window = Window(make_status(connected=("b", "x"), learners=("x",)))
    window.click(name, member="c", by=by)
    window.node.now = make_status(connected=("b", "c", "x"), learners=("x",))
    window.asking.answer(yes=True)
    assert window.works == []
    assert window.said == ["c is here again: the members were not changed."]


def test_good_news_is_over_after_a_moment(alone: Window, make_status: MakeStatus) -> None:
    alone.click("recover")
    alone.node.now = make_status()
    alone.asking.answer(yes=True)
    ((seconds, then),) = alone.later
    assert seconds == MOMENT
    then()
    assert alone.said == []


# --- members that may have forgotten something --------------------------------------------------


def test_doubts_are_noted_while_they_last(make_status: MakeStatus) -> None:
    window = Window(make_status())
    window.deciding.status_changed(make_status(suspects=("b",)))
    assert window.said[0].startswith("Member b may have forgotten")
    window.deciding.draw(make_status(suspects=("b",)))
    assert window.screen.rows["b"][0].doubt == "may have forgotten something"
    window.deciding.status_changed(make_status())
    assert window.said == ["Member b has everything again, and votes."]


# --- storage ------------------------------------------------------------------------------------


async def test_the_browser_is_asked_now_and_then_and_a_warning_goes_away(
    make_status: MakeStatus,
) -> None:
    window = Window(make_status(), local_room=10)
    window.wait(LOOK_EVERY - 1)
    assert len(window.works) == 1
    await window.work()
    window.deciding.draw(window.node.now)
    assert "almost full" in window.screen.warning
    window.deciding._world = window.deciding._world._replace(local_room=lambda: None)
    window.wait(LOOK_EVERY)
    assert len(window.works) == 1
    await window.work()
    window.deciding.draw(window.node.now)
    assert window.screen.warning == ""


async def test_it_is_asked_to_keep_what_it_has_not_promised_to_keep(
    make_status: MakeStatus,
) -> None:
    window = Window(make_status())
    assert not window.offers_to_ask(), "not before it is known"

    async def no() -> bool:
        return False

    window.keeping._manager = SimpleNamespace(persisted=no)
    await window.keeping.look()
    assert window.offers_to_ask()
    assert [row.name for row in window.deciding.rows()] == ["site-storage", "promise"]
    window.click("keep")
    assert window.asked_to_keep == 1


def test_what_it_does_not_know_it_leaves_alone(make_status: MakeStatus) -> None:
    window = Window(make_status())
    window.click("something of the app's")
    assert (window.stopped, window.said, window.screen.question) == ([], [], None)
