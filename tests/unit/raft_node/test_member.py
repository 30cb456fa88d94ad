"""A member as a program uses it: put together, run, and taken apart."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from raft_core import InvalidState
from raft_core.keyvalue import KeyValue, KeyValueCommand, Put
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_node import member as member_module
from raft_node.errors import FolderInUse, FolderRefused
from raft_node.member import Member
from transport_webrtc.session import InvalidInvitationError, session_name

KEY = "0123456789abcdef0123456789abcdef"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the condition is others' business
            await asyncio.sleep(0.005)


async def test_members_in_memory_become_a_cluster_of_three() -> None:
    network = MemoryNetwork()
    async with AsyncExitStack() as stack:
        one, two, three = [
            await stack.enter_async_context(
                Member(
                    KeyValue(),
                    f"http://localhost:8000/todo/#{KEY}/",
                    transport=network.transport(),
                    found=number == 0,
                )
            )
            for number in range(3)
        ]
        await until(lambda: one.node.status().may_fail == 1)
        assert set(one.node.status().voters) == {one.node_id, two.node_id, three.node_id}
        await three.node.propose(Put("colour", "red"))
        assert await two.node.read(lambda state: state.items) == {"colour": "red"}
    assert one.founds
    assert not two.founds
    assert two.session == session_name(KEY)
    assert two.meeting is None
    assert two.links() == {}
    assert two.command_type == KeyValueCommand
    assert two.state_place == "raft_core.keyvalue:KeyValue"


async def test_with_the_same_storage_and_id_it_is_the_same_member() -> None:
    storage = MemoryStorage()

    def make(*, found: bool) -> Member[Any, Any]:
        return Member(
            KeyValue(),
            KEY,
            transport=MemoryNetwork().transport(),
            storage=storage,
            node_id="a" * 16,
            found=found,
        )

    async with make(found=True) as first:
        await first.node.propose(Put("k", "v"))
    async with make(found=False) as again:
        assert await again.node.read(lambda state: state.items) == {"k": "v"}
        assert again.node_id == "a" * 16


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[Path, MemoryStorage]:
    """Journals by their path, which live as long as a test."""
    storages: dict[Path, MemoryStorage] = {}

    def storage(path: Path, *, session: str, node_id: str) -> MemoryStorage:
        path.touch()
        return storages.setdefault(path, MemoryStorage())

    monkeypatch.setattr(member_module, "sqlite_storage", storage)
    return storages


def in_folder(path: Path, key: str = KEY, *, found: bool = False) -> Member[Any, Any]:
    transport = MemoryNetwork().transport()
    return Member(KeyValue(), key, transport=transport, folder=path, found=found)


async def test_a_data_directory_makes_it_the_same_member_which_need_not_found_again(
    tmp_path: Path, kept: dict[Path, MemoryStorage]
) -> None:
    async with in_folder(tmp_path, found=True) as first:
        await first.node.propose(Put("k", "v"))
        with pytest.raises(FolderInUse):
            async with in_folder(tmp_path):
                pass
    async with in_folder(tmp_path) as again:
        assert again.node_id == first.node_id
        assert again.founds
        assert await again.node.read(lambda state: state.items) == {"k": "v"}
    assert set(kept) == {tmp_path / "journal.sqlite"}


async def test_who_began_by_joining_founds_nothing_later(
    tmp_path: Path, kept: dict[Path, MemoryStorage]
) -> None:
    async with in_folder(tmp_path):
        pass
    async with in_folder(tmp_path, found=True) as again:
        assert not again.founds
        assert again.node.status().voters == ()


async def test_the_directory_of_another_session_is_refused_and_let_go(
    tmp_path: Path, kept: dict[Path, MemoryStorage]
) -> None:
    async with in_folder(tmp_path, found=True):
        pass
    with pytest.raises(FolderRefused, match="another session"):
        async with in_folder(tmp_path, key=KEY[::-1]):
            pass
    async with in_folder(tmp_path):
        pass


class Untyped:
    def apply(self, command):  # type: ignore[no-untyped-def]  # the point of the test
        return command


def test_a_state_that_cannot_be_driven_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    with pytest.raises(InvalidState):
        Member(Untyped(), KEY, transport=MemoryNetwork().transport(), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "parts, sentence",
    [
        ({}, "give the introducer's address, or a transport"),
        (
            {"introducer": "ws://h/v1", "transport": MemoryNetwork().transport()},
            "not both",
        ),
        ({"folder": Path("x"), "storage": MemoryStorage()}, "says itself who lives there"),
        ({"folder": Path("x"), "node_id": "a"}, "says itself who lives there"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(parts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Member(KeyValue(), KEY, **parts)


def test_what_is_no_invitation_is_refused() -> None:
    with pytest.raises(InvalidInvitationError):
        Member(KeyValue(), "hello", transport=MemoryNetwork().transport())
