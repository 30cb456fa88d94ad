"""The fixture `raft_cluster` in a project of its own, as pytest finds it there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_documents import ROOT, blocks

CONFIGURATION = """
[pytest]
anyio_mode = auto
filterwarnings = error
"""
LEAVES_NOTHING = """
import asyncio
import pytest

@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"

@pytest.fixture(scope="module", autouse=True)
async def nothing_is_left(anyio_backend):
    before = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}
    yield
    assert {task.get_coro().__qualname__ for task in asyncio.all_tasks()} <= before
"""


def run_pytest(folder: Path, **files: str) -> subprocess.CompletedProcess[str]:
    """Pytest in a folder with these files."""
    (folder / "pytest.ini").write_text(CONFIGURATION)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
    )


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """How many tests ended how, by the last line."""
    last = done.stdout.strip().splitlines()[-1]
    return {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", last)}


def test_the_example_of_the_readme_passes(tmp_path: Path) -> None:
    (example,) = [
        code
        for code in blocks(ROOT / "packages/raft-node/README.md", "python")
        if "raft_cluster" in code
    ]
    done = run_pytest(tmp_path, test_example=example)
    assert done.returncode == 0, done.stdout + done.stderr
    assert outcomes(done)["passed"] >= 1


def test_clusters_end_with_their_test_however_it_ends(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        conftest=LEAVES_NOTHING,
        test_clusters="""
async def test_fails(raft_cluster):
    cluster = await raft_cluster(size=3)
    await cluster.kill(cluster.leader_number)
    assert cluster.running == []

async def test_has_two(raft_cluster):
    one, other = await raft_cluster(size=1), await raft_cluster(size=1)
    assert one.session != other.session
""",
    )
    assert outcomes(done) == {"failed": 1, "passed": 1}, done.stdout + done.stderr


def test_webrtc_is_not_loaded_until_it_is_asked_for(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        test_light="""
import sys

def test_light(pytestconfig):
    assert pytestconfig.pluginmanager.hasplugin("raft-node")
    assert "aiortc" not in sys.modules
""",
    )
    assert outcomes(done) == {"passed": 1}, done.stdout + done.stderr


@pytest.mark.parametrize("size", [0, 4])
def test_a_size_that_cannot_be_is_refused(tmp_path: Path, size: int) -> None:
    done = run_pytest(
        tmp_path,
        conftest=LEAVES_NOTHING,
        test_size=f"""
async def test_size(raft_cluster):
    await raft_cluster(size={size})
""",
    )
    assert outcomes(done) == {"failed": 1}
    assert f"an odd number of voters: {size}" in done.stdout
