"""Reads of whole members: what is acknowledged is seen everywhere, and old state is never shown."""

import asyncio
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from raft_core.errors import NoLeader, Stopped
from raft_core.keyvalue import KeyValue, Put
from raft_core.memory import MemoryNetwork
from raft_core.types import Role
from tests.unit.raft_core.cluster import (
    PATIENCE,
    eventually,
    follower_of,
    leader_of,
    member,
    three,
)


def colour(store: KeyValue) -> str | None:
    return store.items.get("colour")


async def test_alone_a_member_reads_what_it_wrote() -> None:
    async with member(found=True) as one:
        await one.propose(Put("colour", "red"))
        assert await one.read(colour) == "red"


async def test_what_one_acknowledged_all_see_at_once() -> None:
    async with three() as members:
        for number in range(20):
            writer = members[number % 3]
            await writer.propose(Put("colour", str(number)))
            for one in members:
                assert await one.read(colour) == str(number)


async def test_reads_at_once_from_everywhere() -> None:
    async with three() as members:
        await members[0].propose(Put("colour", "red"))
        seen: list[str | None] = []

        async def read(index: int) -> None:
            seen.append(await members[index % 3].read(colour))

        async with anyio.create_task_group() as group:
            for index in range(300):
                group.start_soon(read, index)
        assert seen == ["red"] * 300


async def test_a_learner_reads_too() -> None:
    network = MemoryNetwork()
    async with three(network=network) as members, member("d" * 16, network=network) as learner:
        await eventually(lambda: learner.status().role is Role.LEARNER)
        await eventually(lambda: learner.status().leader is not None)
        await members[0].propose(Put("colour", "red"))
        assert await learner.read(colour) == "red"


async def test_what_the_query_raises_is_raised() -> None:
    async with member(found=True) as one:
        with pytest.raises(KeyError, match="shape"):
            await one.read(lambda store: store.items["shape"])
        assert one.status().problem is None


async def test_a_leader_that_is_cut_off_does_not_answer() -> None:
    network = MemoryNetwork()
    async with three(network=network) as members:
        leader = leader_of(members)
        others = [one for one in members if one is not leader]
        await leader.propose(Put("colour", "red"))
        for one in others:
            network.disconnect(leader.node_id, one.node_id)
        assert leader.status().role is Role.LEADER
        with pytest.raises(NoLeader) as caught:
            await leader.read(colour, timeout=0.01)
        assert caught.value.leader == leader.node_id
        await others[0].propose(Put("colour", "blue"), timeout=PATIENCE)
        with pytest.raises(NoLeader):
            await leader.read(colour, timeout=0.05)
        for one in others:
            network.connect(leader.node_id, one.node_id)
        assert await leader.read(colour, timeout=PATIENCE) == "blue"


async def test_a_read_under_way_survives_its_leader() -> None:
    network = MemoryNetwork()
    async with three(network=network) as members:
        leader = leader_of(members)
        await leader.propose(Put("colour", "red"))
        reader = follower_of(members)
        for one in members:
            if one is not leader:
                network.disconnect(leader.node_id, one.node_id)
        assert await reader.read(colour, timeout=PATIENCE) == "red"


async def test_a_read_that_is_cancelled_is_forgotten() -> None:
    async with member() as one:
        with anyio.move_on_after(0.01):
            await one.read(colour)
        with pytest.raises(NoLeader) as caught:
            await one.read(colour, timeout=0.01)
        assert caught.value.leader is None


async def test_a_stopped_member_answers_nothing() -> None:
    one = member()
    with pytest.raises(Stopped, match="not started"):
        await one.read(colour)
    errors: list[Exception] = []

    async def read() -> None:
        try:
            await one.read(colour)
        except Stopped as error:
            errors.append(error)

    async with anyio.create_task_group() as group, one:
        group.start_soon(read)
        await anyio.sleep(0.01)
    assert len(errors) == 1
    with pytest.raises(Stopped, match="answers no reads: this node was stopped"):
        await one.read(colour)


async def test_an_answer_that_comes_while_it_is_cancelled_finds_nobody() -> None:
    async with member() as one:
        task = asyncio.create_task(one.read(colour))
        await anyio.lowlevel.checkpoint()
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_read_needs_no_task() -> None:
    seen: list[object] = []
    async with three() as members:
        await members[0].propose(Put("colour", "red"))
        for one in members:
            one.submit_read(lambda store: seen.append(colour(store)))
        await eventually(lambda: len(seen) == len(members))
    assert seen == ["red"] * 3


async def test_a_read_without_a_task_says_why_nothing_was_read() -> None:
    seen: list[object] = []
    one = member()
    with pytest.raises(Stopped, match="not started"):
        one.submit_read(seen.append)
    async with one:
        one.submit_read(seen.append, timeout=0.01)
        await eventually(lambda: bool(seen))
        assert isinstance(seen.pop(), NoLeader)
        one.submit_read(seen.append)
    assert isinstance(seen.pop(), Stopped)
    assert seen == []


async def test_what_the_callback_of_a_read_raises_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_state: object) -> None:
        raise ZeroDivisionError

    async with member(found=True) as one:
        await one.propose(Put("colour", "red"))
        one.submit_read(fail)
        assert await one.read(colour) == "red"
    assert "a callback of submit_read failed" in caplog.text


async def test_where_nobody_founded_a_cluster_the_error_says_what_to_do() -> None:
    answers: list[Any] = []
    async with member() as node:
        with pytest.raises(NoLeader, match="one member founds it, with found=True"):
            await node.propose(Put("k", "1"), timeout=0.01)
        with pytest.raises(NoLeader, match="one member founds it, with found=True"):
            await node.read(lambda state: state, timeout=0.01)
        node.submit(Put("k", "1"), answers.append, timeout=0.01)
        node.submit_read(answers.append, timeout=0.01)
        await eventually(lambda: len(answers) == 2)
    assert all("found=True" in str(answer) for answer in answers)
