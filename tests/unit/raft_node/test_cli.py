"""The command line: what it takes, and how it says that something failed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from raft_node.cli import main
from raft_node.exits import Exit


def test_it_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for code in Exit:
        assert f"{code.value} " in text.partition("Exit codes:")[2]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["get"],
        ["get", "k", "--timeout", "0"],
        ["get", "k", "--timeout", "soon"],
        ["get", "k", "--local", "--linearizable"],
        ["members"],
        ["members", "replace", "a"],
        ["run", "--ice-server", "example.org"],
    ],
)
def test_wrong_usage_is_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == Exit.USAGE
    assert "usage: raft-node" in capsys.readouterr().err


def test_a_command_wants_a_data_directory(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RAFT_NODE_DATA", raising=False)
    assert main(["get", "k"]) == Exit.USAGE
    assert "which member? Give --data DIR" in capsys.readouterr().err
    monkeypatch.setenv("RAFT_NODE_DATA", str(tmp_path))
    assert main(["get", "k"]) == Exit.NOT_RUNNING
    assert f"{tmp_path} holds no member" in capsys.readouterr().err


def test_with_json_a_failure_is_json_on_standard_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["get", "k", "--data", str(tmp_path), "--json"]) == Exit.NOT_RUNNING
    out, error = capsys.readouterr()
    assert out == ""
    said = json.loads(error)
    assert (said["error"], said["exit"]) == ("NotRunning", 3)


def test_recovering_nothing_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = main(["recover", "--yes", "--data", str(tmp_path / "nowhere")])
    assert code == Exit.FAILED
    assert "cannot be used: No such file" in capsys.readouterr().err


def test_it_is_a_module_too() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "raft_node", "new"], check=True, capture_output=True, text=True
    )
    assert len(ended.stdout.strip()) == 32


def test_a_command_that_only_asks_loads_neither_webrtc_nor_rich() -> None:
    """They would take most of its time."""
    code = (
        "import sys; import raft_node.cli; "
        "print([name for name in ('aiortc', 'rich') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ended.stdout.strip() == "[]"
