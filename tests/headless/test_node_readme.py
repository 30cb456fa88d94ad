"""The commands in the documents do what they say, one after the other."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.headless.processes import PATIENCE
from tests.unit.test_documents import ROOT, blocks


def sessions() -> list[object]:
    """The shell blocks that run members, of all documents."""
    return [
        pytest.param(code, id=str(path.relative_to(ROOT)))
        for path in (ROOT / "README.md", ROOT / "packages/raft-node/README.md")
        for code in blocks(path, "sh")
        if "raft-node run" in code
    ]


def test_both_documents_show_how() -> None:
    assert len(sessions()) == 2


@pytest.mark.parametrize("code", sessions())
def test_the_commands_of_a_document_run(code: str, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    assert "8765" in code
    # The introducer is not there yet when the next line runs: members try again by themselves.
    script = f"set -e\n{code.replace('8765', port)}"
    environment = {name: value for name, value in os.environ.items() if "RAFT_NODE" not in name}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    with (tmp_path / "out").open("w+") as out:
        process = subprocess.Popen(
            ["bash", "-c", script],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            code_of_bash = process.wait(2 * PATIENCE)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        out.seek(0)
        said = out.read()
    assert code_of_bash == 0, said
    assert "The cluster is complete.\n" in said
    assert "\nred\n" in said
    assert "(leader)" in said or "(follower)" in said
