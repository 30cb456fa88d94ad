"""Bytecode of the page's own Python, made once, for the standard library and for wheels."""

import zipfile
from pathlib import Path

import pytest

from raft_web.builder.bytecode import STDLIB, compiled_stdlib, compiled_wheels
from raft_web.builder.node import Runtime
from raft_web.builder.wheels import alone

UNCHECKED_HASH = (1).to_bytes(4, "little")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wheel") / "tiny-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny/__init__.py", "ONE = 1\n")
        archive.writestr("tiny/more/words.txt", "words")
        archive.writestr("alone.py", "TWO = 2\n")
        archive.writestr("tiny/old.py", "print 'of another Python'\n")
    return path


def test_each_module_is_there_as_bytecode_that_names_its_place_and_is_not_checked(
    runtime: Runtime,
) -> None:
    with alone(runtime.cache):
        path = compiled_stdlib(runtime)
    with zipfile.ZipFile(runtime.pyodide / STDLIB) as library:
        names = {f"{name}c" if name.endswith(".py") else name for name in library.namelist()}
    with zipfile.ZipFile(path) as library:
        assert set(library.namelist()) == names
        modules = {name: library.read(name) for name in names if name.endswith(".pyc")}
    assert {data[4:8] for data in modules.values()} == {UNCHECKED_HASH}
    assert len({data[:4] for data in modules.values()}) == 1, "one Python made them"
    for name, data in modules.items():
        place = f"/lib/python{runtime.target.short}.zip/{name.removesuffix('c')}"
        assert place.encode() in data


def test_it_is_made_once(runtime: Runtime) -> None:
    said: list[str] = []
    with alone(runtime.cache):
        path = compiled_stdlib(runtime)
        assert compiled_stdlib(runtime._replace(say=said.append)) == path
    assert said == []


def test_a_wheel_keeps_all_it_has_and_gets_bytecode_where_an_import_looks_for_it(
    wheel: Path, runtime: Runtime, tmp_path: Path
) -> None:
    runtime = runtime._replace(cache=tmp_path)
    (zipped,) = compiled_wheels(runtime, [wheel], "/lib/x.zip", "beside")
    first = contents(zipped)
    assert first == {
        "tiny/__init__.py",
        "tiny/__init__.pyc",
        "tiny/more/words.txt",
        "tiny/old.py",
        "alone.py",
        "alone.pyc",
    }
    (unpacked,) = compiled_wheels(runtime, [wheel], "/lib/folder", "pycache")
    assert contents(unpacked) - first == {
        "tiny/__pycache__/__init__.cpython-314.pyc",
        "__pycache__/alone.cpython-314.pyc",
    }
    assert list(tmp_path.rglob("tiny-*.zip")) == [unpacked], "of earlier states nothing is kept"


def contents(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())
