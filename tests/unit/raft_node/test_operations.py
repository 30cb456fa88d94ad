"""What a running member does when it is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from raft_core import Config, State
from raft_core.keyvalue import Delete, KeyValue, Put
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_node.control.requests import (
    AskState,
    AskStatus,
    ChangeMembers,
    ChangeValue,
    Done,
    GetValue,
    Propose,
    Refused,
    Report,
    Request,
    TakeSnapshot,
    Transfer,
)
from raft_node.exits import Exit
from raft_node.member import Member
from raft_node.operations import Operations

KEY = "0123456789abcdef0123456789abcdef"
FAST = Config(heartbeat_interval=0.01, election_timeout=0.1, election_timeout_max=0.2)


def make(
    state: State[Any, Any], network: MemoryNetwork, *, found: bool = True, **parts: Any
) -> Member[Any, Any]:
    transport = network.transport()
    return Member(state, KEY, transport=transport, found=found, config=FAST, **parts)


@pytest.fixture
async def member() -> AsyncIterator[Member[Any, Any]]:
    """A key/value store of one member."""
    async with make(KeyValue(), MemoryNetwork()) as made:
        yield made


@pytest.fixture
def operations(member: Member[Any, Any], tmp_path: Path) -> Operations:
    return Operations(member, tmp_path)


async def done(operations: Operations, request: Request) -> Any:
    answer = await operations.answer(request)
    assert isinstance(answer, Done), answer
    return json.loads(bytes(answer.result))


async def refused(operations: Operations, request: Request) -> Refused:
    answer = await operations.answer(request)
    assert isinstance(answer, Refused), answer
    return answer


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


async def test_values_are_put_got_and_deleted(operations: Operations) -> None:
    assert await done(operations, ChangeValue(Put("k", "v"), 10)) is None
    assert await done(operations, GetValue("k", 10)) == "v"
    assert await done(operations, GetValue("k", 10, local=True)) == "v"
    assert await done(operations, ChangeValue(Delete("k"), 10)) == "v"
    assert await done(operations, GetValue("k", 10)) is None


async def test_a_command_in_json_gives_what_apply_returned(operations: Operations) -> None:
    put = raw({"type": "put", "key": "k", "value": "v"})
    assert await done(operations, Propose(put, 10)) is None
    assert await done(operations, Propose(put, 10)) == "v"
    assert await done(operations, AskState(10)) == {"items": {"k": "v"}}
    assert await done(operations, AskState(10, local=True)) == {"items": {"k": "v"}}


async def test_what_is_no_command_is_refused(operations: Operations) -> None:
    answer = await refused(operations, Propose(raw({"type": "fly"}), 10))
    assert answer.code == Exit.FAILED
    assert answer.message.startswith("this is no command of raft_core.keyvalue:KeyValue: ")


async def test_the_report_tells_how_the_member_is(
    operations: Operations, member: Member[Any, Any], tmp_path: Path
) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"x" * 100)
    (tmp_path / "journal.sqlite-wal").write_bytes(b"x" * 20)
    (tmp_path / "member.json").write_bytes(b"x" * 3)
    report = msgspec.convert(await done(operations, AskStatus()), Report)
    assert report.status.node_id == member.node_id
    assert report.safety == "1 of 3: nothing is safe yet."
    assert report.session == member.session
    assert report.found
    assert report.storage_bytes == 120
    assert report.introducer is None
    assert report.links == {}


class Ledger(msgspec.Struct):
    total: int = 0

    def apply(self, add: int) -> int:
        if add < 0:
            raise ValueError("never down")
        self.total += add
        return self.total


async def test_of_another_state_values_are_refused_and_the_rest_works(tmp_path: Path) -> None:
    async with make(Ledger(), MemoryNetwork()) as member:
        operations = Operations(member, tmp_path)
        for request in (GetValue("k", 10), ChangeValue(Put("k", "v"), 10)):
            answer = await refused(operations, request)
            assert "and no key/value store: use `raft-node propose`" in answer.message
        assert await done(operations, Propose(raw(5), 10)) == 5
        assert await done(operations, AskState(10)) == {"total": 5}
        failed = await refused(operations, Propose(raw(-1), 10))
        assert (failed.code, failed.error) == (Exit.FAILED, "CommandFailed")
        assert failed.message == "ValueError: never down"


class Opaque:
    def apply(self, command: int) -> int:
        return command

    def snapshot(self) -> bytes:
        return b""

    def restore(self, data: bytes) -> None:
        pass


async def test_a_state_that_json_cannot_show_is_refused(tmp_path: Path) -> None:
    async with make(Opaque(), MemoryNetwork()) as member:
        answer = await refused(Operations(member, tmp_path), AskState(10))
        assert "a state of Opaque cannot be shown in JSON" in answer.message


class Grid(msgspec.Struct):
    cells: dict[tuple[int, int], int] = {}

    def apply(self, command: int) -> dict[tuple[int, int], int]:
        self.cells[command, command] = command
        return self.cells


async def test_of_a_result_that_json_cannot_show_nobody_says_that_nothing_was_done(
    tmp_path: Path,
) -> None:
    grid = Grid()
    async with make(grid, MemoryNetwork()) as member:
        answer = await refused(Operations(member, tmp_path), Propose(raw(5), 10))
        assert grid.cells == {(5, 5): 5}
        assert answer.code == Exit.OUTCOME_UNKNOWN
        assert "it was done, but what it came to cannot be shown in JSON" in answer.message


async def test_without_a_leader_nothing_is_done_and_that_is_said(tmp_path: Path) -> None:
    async with make(KeyValue(), MemoryNetwork(), found=False) as member:
        operations = Operations(member, tmp_path)
        assert (await refused(operations, GetValue("k", 0.01))).code == Exit.NO_LEADER
        put = ChangeValue(Put("k", "v"), 0.01)
        assert (await refused(operations, put)).code == Exit.NO_LEADER
        assert await done(operations, GetValue("k", 0.01, local=True)) is None


async def test_a_member_that_stops_in_the_middle_leaves_the_outcome_unknown(
    tmp_path: Path,
) -> None:
    async with make(KeyValue(), MemoryNetwork(), found=False) as member:
        operations = Operations(member, tmp_path)
        asked = asyncio.create_task(operations.answer(ChangeValue(Put("k", "v"), 60)))
        await asyncio.sleep(0)
    answer = await asked
    assert isinstance(answer, Refused)
    assert answer.code == Exit.OUTCOME_UNKNOWN
    late = await refused(operations, ChangeValue(Put("k", "v"), 60))
    assert (late.code, late.error) == (Exit.FAILED, "Stopped")


async def test_members_and_leadership_change_as_asked(tmp_path: Path) -> None:
    network = MemoryNetwork()
    async with (
        make(KeyValue(), network) as a,
        make(KeyValue(), network, found=False) as b,
        make(KeyValue(), network, found=False) as c,
    ):
        operations = Operations(b, tmp_path)
        async with asyncio.timeout(60):
            while len(b.node.status().voters) < 3 or not b.node.status().settled:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert await done(operations, Transfer(10, c.node_id)) == c.node_id
        index = await done(operations, ChangeMembers(30, demote=(a.node_id,)))
        assert index > 0
        assert a.node_id in c.node.status().learners
        await done(operations, ChangeMembers(30, remove=(a.node_id,)))
        assert c.node.status().excluded == (a.node_id,)
        await done(operations, ChangeMembers(30, remove=(a.node_id,)))  # again does nothing
        answer = await refused(operations, ChangeMembers(30, remove=("0" * 16,)))
        assert answer.error == "ConfigurationRefused"
        assert "no member is named 0000000000000000" in answer.message


async def test_a_snapshot_is_answered_once_it_is_stored(tmp_path: Path) -> None:
    storage = MemoryStorage()
    async with make(KeyValue(), MemoryNetwork(), storage=storage) as member:
        operations = Operations(member, tmp_path)
        await done(operations, ChangeValue(Put("k", "v"), 10))
        index = await done(operations, TakeSnapshot(10))
        assert index == member.node.status().applied_index
        assert storage.stored_checkpoint is not None
        assert await done(operations, TakeSnapshot(10)) == index


class Unsaved:
    def apply(self, command: int) -> int:
        return command

    def snapshot(self) -> bytes:
        raise ValueError("not now")

    def restore(self, data: bytes) -> None:
        pass


async def test_a_snapshot_that_does_not_come_about_is_said(tmp_path: Path) -> None:
    async with make(Unsaved(), MemoryNetwork()) as member:
        operations = Operations(member, tmp_path)
        await done(operations, Propose(raw(1), 10))
        answer = await refused(operations, TakeSnapshot(0.01))
        assert "the member's log says why" in answer.message
    assert (await refused(operations, TakeSnapshot(10))).error == "Stopped"
