"""What a window shows of writes that are under way, late, lost or refused."""

import asyncio
from typing import Any

import pytest
from anyio import wait_all_tasks_blocked
from hypothesis import given
from hypothesis import strategies as st

from raft_core.errors import (
    NoLeader,
    OutcomeUnknown,
    Overloaded,
    ProposalTooLarge,
    StorageFailed,
)
from todo.state import (
    Add,
    ClearCompleted,
    Command,
    Remove,
    Result,
    Retitle,
    SetAllCompleted,
    SetCompleted,
    TodoState,
)
from todo.writes import DELETED, NOT_ACCEPTED, NOT_CONFIRMED, NOT_SAVED, Item, Writes, new_id

A, B, C = "000000000000000a", "000000000000000b", "000000000000000c"


class FakeMember:
    """A follower: the leader elsewhere answers when the test says so, the replica comes later."""

    status: Any = None
    route = "/"
    can_write = True

    def __init__(self, *history: Command) -> None:
        self.state = TodoState()
        self.leader = TodoState()
        self.asked: list[tuple[Command, asyncio.Future[Result]]] = []
        self._committed: list[Command] = []
        self.elsewhere(*history)
        self.catch_up()

    async def propose(self, command: Command) -> Result:
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.asked.append((command, answer))
        return await answer

    def link(self, route: str) -> str:
        return f"#{route}"

    def elsewhere(self, *commands: Command) -> None:
        """Other windows have these commands committed."""
        for command in commands:
            self._committed.append(command)
            self.leader.apply(command)

    async def answer(self) -> Command:
        """The leader commits the oldest proposal and answers; the replica does not know yet."""
        await wait_all_tasks_blocked()
        command, answer = self.asked.pop(0)
        self._committed.append(command)
        answer.set_result(self.leader.apply(command))
        await wait_all_tasks_blocked()
        return command

    async def fail(self, error: Exception, position: int = 0) -> Command:
        """A proposal raises this."""
        await wait_all_tasks_blocked()
        command, answer = self.asked.pop(position)
        answer.set_exception(error)
        await wait_all_tasks_blocked()
        return command

    async def lose(self, position: int = 0, *, committed: bool = False) -> None:
        """A proposal ends without an answer, committed or not."""
        command = await self.fail(OutcomeUnknown("no answer in time"), position)
        if committed:
            self.elsewhere(command)

    def catch_up(self) -> None:
        """The replica gets all that is committed."""
        for command in self._committed:
            self.state.apply(command)
        self._committed = []


def start(*history: Command) -> tuple[FakeMember, Writes]:
    member = FakeMember(*history)
    return member, Writes(member, lambda: None)


def rows(writes: Writes) -> list[tuple[str, str, str]]:
    """Id, title, and what is said of each item shown."""
    return [
        (item.id, item.title, item.problem or ("pending" if item.pending else ""))
        for item in writes.view().items
    ]


async def test_without_writes_the_replica_is_shown() -> None:
    _, writes = start(Add(A, "one"), Add(B, "two"), SetCompleted(A, completed=True))
    view = writes.view()
    assert view.items == [Item(A, "one", completed=True), Item(B, "two")]
    assert (view.active_count, view.completed_count) == (1, 1)


async def test_an_added_item_is_pending_until_the_replica_has_it() -> None:
    member, writes = start(Add(A, "one"))
    writes.submit(Add(B, "two"))
    assert rows(writes) == [(A, "one", ""), (B, "two", "pending")]
    assert writes.view().active_count == 2
    await member.answer()
    # The leader has answered, this replica is behind: the item must not vanish for a moment.
    assert rows(writes) == [(A, "one", ""), (B, "two", "pending")]
    member.catch_up()
    assert rows(writes) == [(A, "one", ""), (B, "two", "")]


async def test_what_another_window_did_since_wins_over_an_answered_write() -> None:
    member, writes = start(Add(A, "one"))
    writes.submit(SetCompleted(A, completed=True))
    await member.answer()
    member.elsewhere(SetCompleted(A, completed=False))
    member.catch_up()
    assert writes.view().items == [Item(A, "one", completed=False)]


async def test_an_item_added_and_removed_elsewhere_before_the_replica_shows_it_is_gone() -> None:
    member, writes = start()
    writes.submit(Add(A, "one"))
    await member.answer()
    member.elsewhere(Remove(A))
    member.catch_up()
    assert rows(writes) == []


async def test_items_of_others_come_before_one_that_is_not_through() -> None:
    member, writes = start()
    writes.submit(Add(A, "mine"))
    member.elsewhere(Add(B, "theirs"))
    member.catch_up()
    assert rows(writes) == [(B, "theirs", ""), (A, "mine", "pending")]


async def test_an_item_is_pending_as_long_as_any_write_to_it_is() -> None:
    member, writes = start(Add(A, "one"))
    writes.submit(SetCompleted(A, completed=True))
    writes.submit(SetCompleted(A, completed=False))
    assert rows(writes) == [(A, "one", "pending")]
    await member.answer()
    member.catch_up()
    assert rows(writes) == [(A, "one", "pending")]
    await member.answer()
    member.catch_up()
    assert rows(writes) == [(A, "one", "")]


async def test_an_item_on_its_way_out_stays_in_sight_and_is_not_counted() -> None:
    member, writes = start(Add(A, "one"), Add(B, "two"))
    writes.submit(Remove(A))
    view = writes.view()
    assert view.items == [Item(A, "one", pending=True), Item(B, "two")]
    assert view.active_count == 1
    await member.answer()
    member.catch_up()
    assert rows(writes) == [(B, "two", "")]


async def test_a_write_to_all_marks_those_that_it_changes() -> None:
    _, writes = start(Add(A, "one"), Add(B, "two"), SetCompleted(B, completed=True))
    writes.submit(SetAllCompleted(completed=True))
    assert writes.view().items == [
        Item(A, "one", completed=True, pending=True),
        Item(B, "two", completed=True),
    ]
    writes.submit(ClearCompleted())
    assert [item.pending for item in writes.view().items] == [True, True]


@pytest.mark.parametrize(
    "command",
    [SetCompleted(A, completed=True), SetAllCompleted(completed=True), Remove(A)],
)
async def test_a_lost_write_without_text_leaves_the_item_as_it_was(command: Command) -> None:
    member, writes = start(Add(A, "one"))
    writes.submit(command)
    await member.lose()
    assert writes.view().items == [Item(A, "one")]


async def test_a_lost_add_keeps_its_text_until_it_is_discarded() -> None:
    member, writes = start()
    writes.submit(Add(A, "one"))
    await member.lose()
    assert writes.view().items == [Item(A, "one", problem=NOT_CONFIRMED, missing=True)]
    assert writes.view().active_count == 0
    assert writes.has_failed(A)
    writes.discard(A)
    assert rows(writes) == []


@pytest.mark.parametrize(
    "error,problem",
    [
        (NoLeader("none was found"), NOT_SAVED),
        (Overloaded("proposals", 1), NOT_SAVED),
        (ProposalTooLarge(2, 1), NOT_SAVED),
        (OutcomeUnknown("no answer"), NOT_CONFIRMED),
        (StorageFailed("quota"), NOT_CONFIRMED),
        (ValueError("a bug"), NOT_CONFIRMED),
    ],
)
async def test_only_what_is_certain_is_said(error: Exception, problem: str) -> None:
    member, writes = start()
    writes.submit(Add(A, "one"))
    await member.fail(error)
    assert rows(writes) == [(A, "one", problem)]


async def test_a_lost_add_that_comes_through_after_all_is_an_item_like_others() -> None:
    member, writes = start()
    writes.submit(Add(A, "one"))
    await member.lose(committed=True)
    member.catch_up()
    assert rows(writes) == [(A, "one", "")]


async def test_a_lost_add_sent_again_is_there_once() -> None:
    member, writes = start()
    writes.submit(Add(A, "one"))
    await member.lose(committed=True)
    writes.retry(A)
    assert await member.answer() == Add(A, "one")
    assert await member.answer() == Retitle(A, "one")
    member.catch_up()
    assert rows(writes) == [(A, "one", "")]


@pytest.mark.parametrize("first_one_arrived", [False, True])
async def test_a_lost_add_can_be_sent_again_with_other_text(first_one_arrived: bool) -> None:
    member, writes = start()
    writes.submit(Add(A, "one"))
    await member.lose(committed=first_one_arrived)
    writes.retry(A, "uno")
    assert rows(writes) == [(A, "uno", "pending")]
    await member.answer()
    await member.answer()
    member.catch_up()
    assert rows(writes) == [(A, "uno", "")]


async def test_a_lost_add_sent_again_and_lost_again_keeps_its_id() -> None:
    member, writes = start()
    writes.submit(Add(A, "one"))
    await member.lose()
    writes.retry(A)
    await member.lose()
    await member.lose()
    assert rows(writes) == [(A, "one", NOT_CONFIRMED)]
    writes.retry(A)
    assert await member.answer() == Add(A, "one")


async def test_a_lost_title_keeps_its_text_over_the_old_one() -> None:
    member, writes = start(Add(A, "one"))
    writes.submit(Retitle(A, "uno"))
    await member.lose()
    assert writes.view().items == [Item(A, "uno", problem=NOT_CONFIRMED)]
    writes.retry(A)
    assert await member.answer() == Retitle(A, "uno")
    member.catch_up()
    assert rows(writes) == [(A, "uno", "")]


async def test_a_discarded_title_gives_the_old_one_back() -> None:
    member, writes = start(Add(A, "one"))
    writes.submit(Retitle(A, "uno"))
    await member.lose()
    writes.discard(A)
    assert rows(writes) == [(A, "one", "")]


async def test_a_title_for_an_item_deleted_elsewhere_can_be_added_as_a_new_one() -> None:
    member, writes = start(Add(A, "one"))
    member.elsewhere(Remove(A))
    writes.submit(Retitle(A, "uno"))
    member.catch_up()
    assert rows(writes) == [(A, "uno", "pending")]
    await member.answer()
    member.catch_up()
    assert rows(writes) == [(A, "uno", DELETED)]
    writes.retry(A)
    added = await member.answer()
    assert isinstance(added, Add)
    assert added.id != A
    await member.answer()
    member.catch_up()
    assert rows(writes) == [(added.id, "uno", "")]


async def test_a_title_that_no_list_takes_stays_with_the_person() -> None:
    member, writes = start(Add(A, "one"))
    writes.submit(Retitle(A, "x" * 501))
    await member.answer()
    assert rows(writes) == [(A, "x" * 501, NOT_ACCEPTED)]


async def test_text_that_is_lost_while_newer_text_is_under_way_is_not_missed() -> None:
    member, writes = start(Add(A, "one"))
    writes.submit(Retitle(A, "two"))
    writes.submit(Retitle(A, "three"))
    await member.lose()
    assert rows(writes) == [(A, "three", "pending")]


async def test_text_that_is_lost_while_its_item_is_being_removed_is_not_missed() -> None:
    member, writes = start(Add(A, "one"))
    writes.submit(Retitle(A, "two"))
    writes.submit(Remove(A))
    await member.lose()
    await member.answer()
    member.catch_up()
    assert rows(writes) == []


async def test_newer_text_that_is_lost_first_is_the_text_that_stays() -> None:
    member, writes = start()
    writes.submit(Add(A, "one"))
    writes.submit(Retitle(A, "uno"))
    await member.lose(1)
    await member.lose()
    assert rows(writes) == [(A, "uno", NOT_CONFIRMED)]
    writes.retry(A)
    assert await member.answer() == Add(A, "uno")


async def test_new_text_takes_the_place_of_what_failed() -> None:
    member, writes = start(Add(A, "one"))
    writes.submit(Retitle(A, "two"))
    await member.lose()
    writes.submit(Retitle(A, "three"))
    assert rows(writes) == [(A, "three", "pending")]


async def test_every_start_and_end_of_a_write_is_told() -> None:
    member = FakeMember()
    calls: list[int] = []
    writes = Writes(member, lambda: calls.append(1))
    writes.submit(Add(A, "one"))
    assert len(calls) == 1
    await member.lose()
    assert len(calls) == 2
    writes.discard(A)
    assert len(calls) == 3


def test_new_ids_are_random_and_well_formed() -> None:
    made = {new_id() for _ in range(100)}
    assert len(made) == 100
    assert TodoState().apply(Add(made.pop(), "x")).outcome == "done"


keys = st.sampled_from([A, B, C])
titles = st.text("xyz", min_size=1)
steps = st.lists(
    st.one_of(
        st.builds(Add, keys, titles),
        st.builds(Retitle, keys, titles),
        st.builds(SetCompleted, keys, st.booleans()),
        st.builds(Remove, keys),
        st.builds(ClearCompleted),
        st.sampled_from(["answer", "lose", "lose_committed", "catch_up"]),
    )
)


@given(steps, steps)
def test_once_all_is_answered_the_window_shows_the_replica_and_what_failed(
    mine: list[Any], theirs: list[Any]
) -> None:
    async def run() -> None:
        member, writes = start(*(step for step in theirs if not isinstance(step, str)))
        for step in [*mine, *["answer"] * len(mine), "catch_up"]:
            if not isinstance(step, str):
                writes.submit(step)
            elif step == "catch_up":
                member.catch_up()
            elif step == "answer":
                await wait_all_tasks_blocked()
                if member.asked:
                    await member.answer()
            else:
                await wait_all_tasks_blocked()
                if member.asked:
                    await member.lose(committed=step == "lose_committed")
            writes.view()
        view = writes.view()
        assert member.state == member.leader
        assert not any(item.pending for item in view.items)
        settled = {item.id: item for item in view.items if not item.problem}
        for key, todo in member.state.todos.items():
            if key in settled:
                assert (settled[key].title, settled[key].completed) == (todo.title, todo.completed)
            else:
                assert writes.has_failed(key)
        assert (view.active_count, view.completed_count) == (
            member.state.active_count,
            member.state.completed_count,
        )

    asyncio.run(run())
