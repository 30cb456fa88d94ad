"""Both ends of the control socket together: what is asked is answered, whoever fails."""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import anyio.to_thread
import msgspec
import pytest

from raft_node.control.client import CallFailed, ControlClient
from raft_node.control.requests import (
    Answer,
    AskState,
    AskStatus,
    Done,
    GetValue,
    Propose,
    Refused,
    Request,
    TakeSnapshot,
)
from raft_node.control.server import ControlServer
from raft_node.errors import FolderRefused
from raft_node.exits import Exit
from raft_node.folder import Identity


class Answering:
    """Answers with what was asked; some requests it refuses, or keeps waiting."""

    def __init__(self) -> None:
        self.waiting = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, request: Request) -> Answer:
        if isinstance(request, GetValue):
            return Refused(Exit.NO_LEADER, "NoLeader", "nobody leads")
        if isinstance(request, TakeSnapshot):
            self.waiting.set()
            await self.go_on.wait()
        return Done(msgspec.Raw(msgspec.json.encode(request)))


@pytest.fixture
def answering() -> Answering:
    return Answering()


@pytest.fixture
async def server(tmp_path: Path, answering: Answering) -> AsyncIterator[ControlServer]:
    made = ControlServer(tmp_path, answering)
    await made.start()
    yield made
    await made.end(0)


async def ask(folder: Path, *requests: Request) -> list[bytes]:
    """From a thread, over one connection: the client blocks."""

    def work() -> list[bytes]:
        with ControlClient(folder) as client:
            return [client.ask(request) for request in requests]

    return await anyio.to_thread.run_sync(work)


async def test_requests_are_answered_in_order_on_one_connection(
    tmp_path: Path, server: ControlServer
) -> None:
    answers = await ask(
        tmp_path,
        AskState(1, local=True),
        Propose(msgspec.Raw(b'{"any":["json"]}'), 1),
    )
    assert answers == [
        b'{"type":"state","timeout":1.0,"local":true}',
        b'{"type":"propose","command":{"any":["json"]},"timeout":1.0}',
    ]


async def test_a_refusal_is_raised_with_its_code(tmp_path: Path, server: ControlServer) -> None:
    with pytest.raises(CallFailed, match="nobody leads") as caught:
        await ask(tmp_path, GetValue("k", 1))
    assert (caught.value.code, caught.value.error) == (Exit.NO_LEADER, "NoLeader")


async def test_only_the_user_may_use_the_socket(tmp_path: Path, server: ControlServer) -> None:
    assert stat.S_IMODE((tmp_path / "control.sock").stat().st_mode) == 0o600


async def raw(folder: Path, data: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(folder / "control.sock")
    writer.write(data)
    try:
        return await reader.readline()
    finally:
        writer.close()


@pytest.mark.parametrize(
    "line",
    [
        b"rubbish\n",
        b'{"type":"dance"}\n',
        b'{"type":"get"}\n',
        b'{"type":"propose","timeout":1,"command":' + b"[" * 100_000 + b"\n",
        b"\n",
    ],
    ids=["rubbish", "unknown", "incomplete", "too deep", "empty"],
)
async def test_what_is_no_request_is_refused(
    tmp_path: Path, server: ControlServer, line: bytes
) -> None:
    answer = msgspec.json.decode(await raw(tmp_path, line), type=Answer)
    assert isinstance(answer, Refused)
    assert "is it of another version?" in answer.message


async def test_a_request_without_end_is_refused(
    tmp_path: Path, server: ControlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("raft_node.control.server.LONGEST_REQUEST", 1000)
    await server.end(0)
    small = ControlServer(tmp_path, Answering())
    await small.start()
    answer = msgspec.json.decode(await raw(tmp_path, b"x" * 5000), type=Answer)
    assert isinstance(answer, Refused)
    assert answer.error == "TooLarge"
    await small.end(0)


async def test_who_asks_and_goes_away_harms_nobody(tmp_path: Path, server: ControlServer) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(tmp_path / "control.sock"))
        caller.sendall(b'{"type":"sta')
    assert await ask(tmp_path, AskStatus()) == [b'{"type":"status"}']


async def test_a_dead_members_socket_is_replaced(tmp_path: Path, answering: Answering) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "control.sock"))
    made = ControlServer(tmp_path, answering)
    await made.start()
    assert await ask(tmp_path, AskStatus()) == [b'{"type":"status"}']
    await made.end(0)
    assert not (tmp_path / "control.sock").exists()


async def test_what_is_under_way_is_answered_before_the_end(
    tmp_path: Path, answering: Answering, server: ControlServer
) -> None:
    asked = asyncio.create_task(ask(tmp_path, TakeSnapshot(1)))
    await answering.waiting.wait()
    server.stop_listening()
    with pytest.raises(CallFailed) as caught:
        await ask(tmp_path, AskStatus())
    assert caught.value.code == Exit.NOT_RUNNING
    answering.go_on.set()
    await server.end(60)
    assert await asked == [b'{"type":"snapshot","timeout":1.0}']


async def test_a_read_without_an_answer_changed_nothing(tmp_path: Path) -> None:
    asked_for: asyncio.Queue[Request] = asyncio.Queue()

    async def never(request: Request) -> Answer:
        asked_for.put_nowait(request)
        await asyncio.Event().wait()
        raise AssertionError

    server = ControlServer(tmp_path, never)
    await server.start()
    for request in (AskStatus(), AskState(1), GetValue("k", 1)):
        asked = asyncio.create_task(ask(tmp_path, request))
        assert await asked_for.get() == request
        await server.end(0)
        with pytest.raises(CallFailed, match=r"ended before it answered$") as caught:
            await asked
        assert caught.value.code == Exit.NOT_RUNNING
        await server.start()
    await server.end(0)


async def test_without_an_answer_the_outcome_is_unknown(
    tmp_path: Path, answering: Answering, server: ControlServer
) -> None:
    asked = asyncio.create_task(ask(tmp_path, TakeSnapshot(1)))
    await answering.waiting.wait()
    await server.end(0)
    with pytest.raises(CallFailed, match="it may have been done, or not") as caught:
        await asked
    assert caught.value.code == Exit.OUTCOME_UNKNOWN


async def test_a_folder_that_takes_no_socket_is_refused(
    tmp_path: Path, answering: Answering
) -> None:
    (tmp_path / "control.sock").mkdir()
    with pytest.raises(FolderRefused, match="there can be no control socket in"):
        await ControlServer(tmp_path, answering).start()


def test_nobody_there_is_told_apart_from_nobody_running(tmp_path: Path) -> None:
    with pytest.raises(CallFailed, match="holds no member") as caught:
        ControlClient(tmp_path)
    assert caught.value.code == Exit.NOT_RUNNING
    identity = Identity(node_id="a", session="s", state="m:S", found=True)
    (tmp_path / "member.json").write_bytes(msgspec.json.encode(identity))
    with pytest.raises(CallFailed, match="does not run: `raft-node run --data"):
        ControlClient(tmp_path)
