"""`raft_node.testing.Cluster`: what its users may do, over real data channels."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import anyio
import msgspec
import pytest

from raft_core import NoLeader, RaftError
from raft_core.keyvalue import KeyValue, Put
from raft_node.testing import Cluster, NotInTime


class Counter(msgspec.Struct):
    value: int = 0

    def apply(self, add: int) -> int:
        self.value += add
        return self.value


def sockets() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_it_is_complete_when_the_block_begins(tmp_path: Path) -> None:
    async with Cluster(Counter, folder=tmp_path) as cluster:
        assert await cluster.leader.propose(5) == 5
        assert [len(cluster[number].status().voters) for number in range(3)] == [3, 3, 3]
        await cluster.wait_until_equal()
        assert [await cluster[number].read(lambda state: state.value) for number in range(3)] == [
            5,
            5,
            5,
        ]


async def fail_in_a_cluster(folder: Path) -> None:
    async with Cluster(Counter, folder=folder) as cluster:
        cluster.partition([0], [1, 2])
        await cluster.kill(1)
        raise ZeroDivisionError


async def test_it_leaves_no_task_socket_or_thread(tmp_path: Path) -> None:
    async with Cluster(Counter, folder=tmp_path / "once"):
        pass  # what is loaded and opened once for good is there now
    tasks, opened = asyncio.all_tasks(), sockets()
    with pytest.raises(ZeroDivisionError):
        await fail_in_a_cluster(tmp_path / "again")
    assert asyncio.all_tasks() == tasks
    assert sockets() == opened


async def test_what_is_given_up_leaves_nothing_either(tmp_path: Path) -> None:
    async with Cluster(Counter, folder=tmp_path / "once", size=1):
        pass
    tasks, opened, threads = asyncio.all_tasks(), sockets(), threading.enumerate()
    with anyio.move_on_after(0.05):  # which cancels again and again until the block has ended
        await Cluster(Counter, folder=tmp_path / "cluster").__aenter__()
    assert (asyncio.all_tasks(), sockets(), threading.enumerate()) == (tasks, opened, threads)
    async with Cluster(Counter, folder=tmp_path / "again", size=1) as cluster:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await cluster.add()
        assert cluster.running == [0]
        await cluster.restart(1)
        with anyio.move_on_after(0):
            await cluster.kill(1)
        assert cluster.running == [0]
        await cluster.restart(1)
    assert (asyncio.all_tasks(), sockets(), threading.enumerate()) == (tasks, opened, threads)


async def test_a_killed_leader_is_replaced_and_comes_back_with_its_journal(tmp_path: Path) -> None:
    async with Cluster(Counter, folder=tmp_path) as cluster:
        await cluster.leader.propose(1)
        killed = cluster.leader_number
        identity = cluster[killed].node_id
        await cluster.kill(killed)
        assert killed not in cluster.running
        leader = await cluster.wait_for_leader()
        assert leader.node_id != identity
        assert await leader.propose(10) == 11
        await cluster.restart(killed)
        assert cluster[killed].node_id == identity
        assert await cluster[killed].read(lambda state: state.value) == 11


async def test_a_stopped_leader_hands_over(tmp_path: Path) -> None:
    async with Cluster(Counter, folder=tmp_path) as cluster:
        term, number = cluster.leader.status().term, cluster.leader_number
        await cluster.stop(number)
        leader = await cluster.wait_for_leader()
        assert leader.status().term == term + 1


async def test_all_may_be_killed_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    async with Cluster(Counter, folder=tmp_path) as cluster:
        await cluster.leader.propose(7)
        for number in range(3):
            await cluster.kill(number)
        for number in range(3):
            await cluster.restart(number)
        assert await cluster[0].read(lambda state: state.value) == 7


async def test_a_leader_cut_off_acknowledges_nothing_and_follows_after_healing(
    tmp_path: Path,
) -> None:
    async with Cluster(KeyValue, folder=tmp_path) as cluster:
        number = cluster.leader_number
        others = [other for other in range(3) if other != number]
        cluster.partition([number], others)
        with pytest.raises(RaftError):
            await cluster[number].propose(Put("cut", "off"), timeout=1)
        await cluster.wait_for(
            lambda: cluster.leader_number in others, "a leader on the larger side"
        )
        await cluster.leader.propose(Put("large", "side"))
        cluster.heal()
        assert await cluster[number].read(lambda state: state.items["large"]) == "side"
        await cluster.wait_until_equal()
        states = [cluster[one].state for one in range(3)]
        assert states[0] == states[1] == states[2]


async def test_a_member_that_is_added_learns(tmp_path: Path) -> None:
    async with Cluster(Counter, folder=tmp_path, size=1) as cluster:
        await cluster.leader.propose(3)
        number = await cluster.add()
        assert number == 1
        assert await cluster[number].read(lambda state: state.value) == 3
        assert cluster[number].status().learners == (cluster[number].node_id,)


async def test_what_cannot_be_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="an odd number of voters: 2"):
        Cluster(Counter, folder=tmp_path, size=2)
    async with Cluster(Counter, folder=tmp_path, size=1, timeout=0.2) as cluster:
        with pytest.raises(ValueError, match="member 0 runs"):
            await cluster.restart(0)
        with pytest.raises(ValueError, match="on one side"):
            cluster.partition([0], [0])
        with pytest.raises(NotInTime, match=r"the moon did not come within 0.2 s: 0: leader"):
            await cluster.wait_for(lambda: False, "the moon")
        await cluster.kill(0)
        with pytest.raises(LookupError, match="member 0 does not run"):
            cluster[0]
        with pytest.raises(NoLeader, match="wait_for_leader"):
            _ = cluster.leader


async def test_who_never_was_a_member_is_named(tmp_path: Path) -> None:
    async with Cluster(Counter, folder=tmp_path, size=1) as cluster:
        for number in (1, -1):  # a negative one counts from no end
            with pytest.raises(LookupError, match=f"no member {number}: the last one is 0"):
                await cluster.restart(number)
            with pytest.raises(LookupError, match=f"no member {number}: the last one is 0"):
                cluster.partition([0], [number])
        assert cluster.running == [0]


async def test_an_async_condition_is_refused_and_not_taken_for_true(tmp_path: Path) -> None:
    async def condition() -> bool:
        return False

    async with Cluster(Counter, folder=tmp_path, size=1) as cluster:
        with pytest.raises(TypeError, match="wait_for takes a plain function"):
            await cluster.wait_for(condition)


def test_a_state_in_place_of_what_makes_states_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="give the class Counter, or a function"):
        Cluster(Counter(), folder=tmp_path)  # type: ignore[arg-type] # the mistake
