"""`raft-node recover` is loud, asks, and changes nothing unless it was told to."""

import asyncio
import io
import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from raft_core.keyvalue import KeyValue, Put
from raft_core.memory import MemoryNetwork
from raft_node.cli import main
from raft_node.exits import Exit
from raft_node.folder import Folder, read_identity
from raft_node.member import Member

KEY = "0123456789abcdef0123456789abcdef"


async def three_lives(folder: Path) -> None:
    """Leave the data directories of three voters that were stopped after a write."""
    network = MemoryNetwork()
    async with AsyncExitStack() as stack:
        members = [
            await stack.enter_async_context(
                Member(
                    KeyValue(),
                    KEY,
                    transport=network.transport(),
                    folder=folder / name,
                    found=name == "a",
                )
            )
            for name in "abc"
        ]
        async with asyncio.timeout(60):
            while members[0].node.status().may_fail < 1:  # noqa: ASYNC110 - of three others
                await asyncio.sleep(0.005)
            await members[0].node.propose(Put("k", "v"))
            while members[2].node.state != KeyValue({"k": "v"}):  # noqa: ASYNC110
                await asyncio.sleep(0.005)


class Terminal(io.StringIO):
    """A person who types this."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def survivor(tmp_path: Path) -> Path:
    asyncio.run(three_lives(tmp_path))
    return tmp_path / "c"


def node_id(folder: Path) -> str:
    identity = read_identity(folder)
    assert identity is not None
    return identity.node_id


def test_who_types_the_word_has_a_cluster_of_one(
    survivor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("recover\n"))
    assert main(["recover", "--data", str(survivor)]) == Exit.DONE
    said = capsys.readouterr().err
    for words in (
        f"Member {node_id(survivor)} has",
        "must NEVER come back",
        "is LOST",
        'Type "recover" to go on:',
        "is the only voter of generation 1",
        f"raft-node run --data {survivor}",
    ):
        assert words in said
    for other in "ab":
        assert node_id(survivor.with_name(other)) in said

    async def life() -> None:
        transport = MemoryNetwork().transport()
        async with Member(KeyValue(), KEY, transport=transport, folder=survivor) as member:
            assert await member.node.propose(Put("k", "w")) == "v"
            assert member.node.status().generation == 1

    asyncio.run(life())


@pytest.mark.parametrize("typed", ["\n", "yes\n", ""])
def test_who_types_anything_else_changes_nothing(
    survivor: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert main(["recover", "--data", str(survivor)]) == Exit.USAGE
    assert "nothing was changed" in capsys.readouterr().err
    assert main(["recover", "--data", str(survivor), "--yes", "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out)["generation"] == 1


def test_a_member_that_runs_is_not_recovered(
    survivor: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = Folder.hold(survivor, create=False)
    assert main(["recover", "--data", str(survivor), "--yes"]) == Exit.FAILED
    assert "runs the member in" in capsys.readouterr().err
    held.release()


def test_an_empty_directory_is_no_survivor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recover", "--data", str(tmp_path), "--yes"]) == Exit.FAILED
    assert "holds no member: there is nothing to recover" in capsys.readouterr().err
