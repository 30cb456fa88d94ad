"""Whole runs on real members: what a result says is so, and every run ends in one."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import anyio.lowlevel
import msgspec
import pytest

from bench.load import Phase
from bench.plan import Plan
from bench.result import COLUMNS, Result
from bench.runner import AlreadyRunning, Runner, RunStatus
from bench.timeline import ELECTION, ERROR, HIDDEN, LEADER, VISIBLE
from bench.verdict import LINEARIZABLE
from raft_core.errors import Stopped
from raft_core.memory import MemoryNetwork
from tests.unit.bench.members import Member, alone, three
from tests.unit.raft_core.cluster import A, B, C, eventually


@pytest.mark.parametrize("place", [0, 1], ids=["leader", "follower"])
@pytest.mark.parametrize("outstanding", [1, 64])
async def test_a_result_agrees_with_the_replicated_state(place: int, outstanding: int) -> None:
    async with three() as pair:
        member = pair[place]
        before = member.state.writes
        result = await member.run(outstanding=outstanding, iterations=500, reads=0.2)
        assert result.ended == "iterations"
        assert result.writes.acknowledged + result.reads.acknowledged == 500
        assert result.writes.acknowledged == pair[0].state.writes - before
        assert (result.errors, result.unknown, result.unbegun) == ({}, 0, 0)
        assert (result.verdict.result, result.verdict.sentence) == (LINEARIZABLE, "")
        assert result.verdict.judged == result.verdict.of == 500
        assert result.writes.per_second * result.seconds == pytest.approx(
            result.writes.acknowledged
        )
        assert (result.before.node_id, result.before.role) == (
            member.node.node_id,
            "leader" if place == 0 else "follower",
        )
        assert result.after.voters == (A, B, C)
        assert result.before.writes == before
        assert result.settings["election_timeout"] == member.node.config.election_timeout
        assert member.told == [], "the shell has nothing to show"


async def test_a_cluster_of_one_takes_4096_at_a_time_and_the_loop_has_its_turns() -> None:
    turns = 0
    async with alone() as member:
        member.start(outstanding=4096, iterations=20_000)
        while not member.results:
            await anyio.lowlevel.checkpoint()
            turns += 1
        result = await member.result()
    assert result.writes.acknowledged == member.state.writes == 20_000
    # Nothing here is a duration: without yielding there would be one turn, or none.
    assert turns > 10


async def test_an_open_loop_on_real_members() -> None:
    async with three() as (_, follower):
        result = await follower.run(loop="open", rate=400.0, seconds=0.5, reads=0.5)
    assert result.ended == "time"
    assert result.verdict.of == result.lateness.count
    acknowledged = result.writes.acknowledged + result.reads.acknowledged
    outside = result.outside_writes + result.outside_reads
    assert acknowledged + outside + result.unknown == result.verdict.of
    assert result.verdict.of + result.unbegun == pytest.approx(result.seconds * 400, abs=2)


# --- what goes wrong ------------------------------------------------------------------------------


async def test_a_leader_that_is_lost_amid_a_run_is_marked_and_the_run_goes_on() -> None:
    network = MemoryNetwork()
    async with three(network) as (leader, follower):
        follower.start(outstanding=32, reads=0.2)
        load = follower.runner.load
        assert load is not None
        await eventually(lambda: load.measured.acknowledged > 0)
        for peer in {A, B, C} - {leader.node.node_id}:
            network.disconnect(leader.node.node_id, peer)
        await eventually(lambda: follower.node.status().leader not in {None, leader.node.node_id})
        known = load.measured.acknowledged
        await eventually(lambda: load.measured.acknowledged > known)
        follower.runner.stop()
        result = await follower.result()
    assert result.ended == "stopped"
    assert result.elections >= 1
    assert {ELECTION, LEADER} <= {mark.kind for mark in result.marks}
    assert result.after.term > result.before.term
    assert (result.verdict.result, result.verdict.sentence) == (LINEARIZABLE, "")
    assert result.verdict.judged > 0
    assert result.writes.latency.max > result.writes.latency.p50
    assert result.writes.acknowledged <= follower.state.writes


async def test_without_a_majority_a_run_ends_and_says_what_is_unknown() -> None:
    network = MemoryNetwork()
    async with three(network) as (leader, follower):
        for peer in {A, B, C} - {leader.node.node_id}:
            network.disconnect(leader.node.node_id, peer)
        result = await leader.run(outstanding=8, seconds=0.2)
        assert result.ended == "time"
        assert result.writes.acknowledged == 0
        assert result.unknown == 8
        assert result.verdict.result == LINEARIZABLE
        assert follower.results == []


async def test_a_storage_that_is_full_ends_the_run_with_the_reason() -> None:
    async with alone() as member:
        member.storage.quota = member.storage.size + 20_000
        result = await member.run(outstanding=16)
    assert "the storage is full" in result.ended
    assert "StorageFailed" in result.errors
    assert result.unknown == 0
    assert result.writes.acknowledged == member.state.writes > 0
    assert result.after.problem is not None
    assert any(mark.kind == ERROR and "full" in mark.text for mark in result.marks)


async def test_on_a_member_that_has_halted_a_run_ends_at_once() -> None:
    async with alone() as member:
        member.storage.quota = 0
        await member.run(outstanding=1)
        result = await member.run(outstanding=16)
    assert "takes no proposals" in result.ended
    assert result.writes.acknowledged == 0
    assert result.errors == {"Stopped": 16}


async def test_a_member_that_was_never_started_begins_no_run() -> None:
    member = Member(A, MemoryNetwork(), found=True)
    member.runner = Runner(member.window)
    with pytest.raises(Stopped):
        member.start()
    assert member.runner.load is None


# --- one run at a time ----------------------------------------------------------------------------


async def test_a_second_run_is_refused_until_the_first_has_ended() -> None:
    async with alone() as member:
        member.start()
        with pytest.raises(AlreadyRunning, match="stop it first"):
            member.start()
        member.runner.stop()
        with pytest.raises(AlreadyRunning):
            member.start()
        assert (await member.result()).ended == "stopped"
        assert (await member.run(iterations=10)).writes.acknowledged == 10


async def test_to_stop_without_a_run_is_nothing() -> None:
    async with alone() as member:
        member.runner.stop()
        assert member.runner.result is None


async def test_the_status_tells_how_far_it_is() -> None:
    async with alone() as member:
        assert member.runner.status() == RunStatus()
        member.start(outstanding=4)
        status = member.runner.status()
        assert (status.running, status.phase) == (True, Phase.MEASURING)
        await eventually(lambda: member.runner.status().acknowledged > 0)
        status = member.runner.status()
        assert status.seconds > 0
        member.runner.stop()
        result = await member.result()
        assert member.runner.status() == RunStatus()
        assert member.runner.result is result
        assert not member.node._event_observers, "nobody looks any more"


async def test_hidden_and_shown_again_are_marked_and_counted() -> None:
    async with alone() as member:
        member.runner.visibility_changed(hidden=True)
        member.start()
        member.runner.visibility_changed(hidden=False)
        member.runner.visibility_changed(hidden=True)
        member.runner.stop()
        result = await member.result()
    assert result.hidden_at_start
    assert result.visibility_changes == 2
    kinds = [mark.kind for mark in result.marks if mark.kind in {HIDDEN, VISIBLE}]
    assert kinds == [VISIBLE, HIDDEN]


# --- what is written ------------------------------------------------------------------------------


async def finished() -> Result:
    async with alone() as member:
        wall = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
        runner = Runner(member.window, wall=lambda: wall)
        runner.start(
            Plan(outstanding=3, seconds=0.6, warm_up=0.1, reads=0.5), member.results.append
        )
        return await member.result()


async def test_a_result_comes_back_from_its_json() -> None:
    result = await finished()
    text = result.to_json()
    assert msgspec.json.decode(text, type=Result) == result
    assert result.started == "2026-11-26T05:00:00.000+00:00"
    assert "\n" in text, "people read it, too"


async def test_a_table_has_a_row_a_point_and_all_the_rest_in_comments() -> None:
    result = await finished()
    lines = result.to_csv().splitlines()
    comments = [line for line in lines if line.startswith("# ")]
    header, *rows = list(csv.reader(line for line in lines if not line.startswith("# ")))
    assert tuple(header) == COLUMNS
    assert len(rows) == len(result.points)
    assert [int(row[3]) for row in rows] == [point.writes for point in result.points]
    assert sum(int(row[3]) for row in rows if row[2] == "1") == result.writes.acknowledged
    assert sum(row[-1].count("phase: ") for row in rows) == 2
    names = {comment[2:].partition(":")[0] for comment in comments}
    assert names == set(Result.__struct_fields__) - {"points", "marks"}
    assert f"# ended: {result.ended}" in comments


async def test_what_has_several_lines_has_one_in_a_comment_of_the_table() -> None:
    """A member that a bug halts says what was raised, in as many lines as that has."""
    result = await finished()
    result.ended = "a bug in this program:\nJsException: x\n"
    lines = result.to_csv().splitlines()
    assert "# ended: a bug in this program: JsException: x" in lines
    assert sum(not line.startswith("# ") for line in lines) == 1 + len(result.points)
