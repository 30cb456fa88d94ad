"""Without a Node.js in which Pyodide runs there is no site, and it is said what is missing."""

from pathlib import Path

import pytest

from raft_web.builder.errors import BuildError
from raft_web.builder.node import Runtime


def test_without_node_it_is_said_where_that_comes_from(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"Node\.js was not found, which comes with npm"):
        runtime.run("compile.mjs", [])


def test_a_pyodide_that_does_not_run_is_named(runtime: Runtime, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"(?s)nowhere does not run in Node\.js.*pyodide\.mjs"):
        runtime._replace(pyodide=tmp_path / "nowhere").run("compile.mjs", [])
