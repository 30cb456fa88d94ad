"""docs/testing.md can be followed: its code runs, its script goes so, its tables are whole."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from raft_core.testing import Profile
from raft_core.testing.invariants import Invariants, recovery
from raft_core.testing.invariants.exactly_once import ExactlyOnce
from raft_core.testing.invariants.linearizability import Linearizability
from raft_core.testing.invariants.linearizable_reads import LinearizableReads
from raft_core.testing.scripts import COMMANDS, run

DOCUMENT = (Path(__file__).resolve().parents[4] / "docs/testing.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("code", blocks("python")[1:])  # the first one is tests, run elsewhere
def test_the_code_runs(code: str, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    if "picture_of" in code:
        assert "no place for bob: Get(key='x') -> '1'" in result.stdout
        assert "<svg" in (tmp_path / "violation.html").read_text()


def test_the_script_goes_as_it_says() -> None:
    (script,) = blocks("script")
    assert run(script) == script


@pytest.mark.parametrize("line", blocks("sh")[0].splitlines())
def test_the_commands_run(line: str) -> None:
    words = line.partition("#")[0].replace("1000", "10").split()
    result = subprocess.run(
        [sys.executable, *words[1:]], check=False, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr


def table(heading: str) -> str:
    found = re.search(rf"^\| {heading} \|.*?(?=\n\n|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0]


def test_every_command_is_in_the_table() -> None:
    assert re.findall(r"`(\w+)`", table("about")) == list(COMMANDS)


def test_every_invariant_is_in_the_table() -> None:
    names = {invariant.name for invariant in Invariants({}, {}).all}
    names |= {ExactlyOnce.name, LinearizableReads.name, Linearizability.name, recovery.NAME}
    assert set(re.findall(r"`([a-z' -]+)`", table("invariant"))) == names


def test_every_kind_of_trouble_is_in_the_table() -> None:
    named = set(re.findall(r"`(\w+)`", table("fault"))) - {"Profile"}
    settings = set(Profile.__struct_fields__)
    assert named <= settings
    assert {name for name in settings if name.endswith("_every")} <= named
