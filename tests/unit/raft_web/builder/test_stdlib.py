"""The page's standard library: bytecode of the page's own Python, made once."""

import zipfile
from pathlib import Path

import pytest

from raft_web.builder.errors import BuildError
from raft_web.builder.project import find_pyodide
from raft_web.builder.stdlib import compiled_stdlib
from raft_web.builder.wheels import alone, read_target
from tests.unit.raft_web.builder.conftest import REPOSITORY

PYODIDE = find_pyodide(REPOSITORY)
TARGET = read_target(PYODIDE)
# The repository's own: it takes seconds to make.
CACHE = REPOSITORY / "build/raft-web"
UNCHECKED_HASH = (1).to_bytes(4, "little")


def test_each_module_is_there_as_bytecode_that_names_its_place_and_is_not_checked() -> None:
    with alone(CACHE):
        path = compiled_stdlib(PYODIDE, TARGET, CACHE, print)
    with zipfile.ZipFile(PYODIDE / "python_stdlib.zip") as library:
        names = {f"{name}c" if name.endswith(".py") else name for name in library.namelist()}
    with zipfile.ZipFile(path) as library:
        assert set(library.namelist()) == names
        modules = {name: library.read(name) for name in names if name.endswith(".pyc")}
    assert {data[4:8] for data in modules.values()} == {UNCHECKED_HASH}
    assert len({data[:4] for data in modules.values()}) == 1, "one Python made them"
    for name, data in modules.items():
        assert f"/lib/python{TARGET.short}.zip/{name.removesuffix('c')}".encode() in data


def test_it_is_made_once() -> None:
    said: list[str] = []
    with alone(CACHE):
        path = compiled_stdlib(PYODIDE, TARGET, CACHE, print)
        assert compiled_stdlib(PYODIDE, TARGET, CACHE, said.append) == path
    assert said == []


def test_without_node_it_is_said_where_that_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"Node\.js was not found, which comes with npm"):
        compiled_stdlib(PYODIDE, TARGET, tmp_path, print)


def test_a_pyodide_that_does_not_run_leaves_nothing_and_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"(?s)nowhere does not run in Node\.js.*pyodide\.mjs"):
        compiled_stdlib(tmp_path / "nowhere", TARGET, tmp_path, print)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
